// Owns HTML templates that escape what is inserted, except markup from other templates.

/** HTML text, which templates insert unescaped. */
export class Markup {
  constructor(readonly text: string) {}

  toString(): string {
    return this.text;
  }
}

type Part = Markup | string | number | undefined | false | readonly Part[];

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function render(part: Part): string {
  if (part === undefined || part === false) return '';
  if (part instanceof Markup) return part.text;
  if (typeof part === 'object') return part.map(render).join('');
  return String(part).replace(/[&<>"']/g, (character) => entities[character]);
}

/** Text that breaks after separators of paths and names rather than anywhere. */
export function breakable(text: string): Markup {
  return new Markup(
    text
      .split(/(?<=[-_/])(?=.)/)
      .map((part) => render(part))
      .join('<wbr>'),
  );
}

/** Template tag. Strings and numbers are escaped; markup and lists of it are inserted as they are; undefined and false insert nothing. */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Markup {
  return new Markup(strings.reduce((text, string, i) => text + render(parts[i - 1]) + string));
}
