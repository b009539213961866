// Owns the colours of code: comments, strings, numbers and words of the language, as spans; everything else as it is.

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

export const escapeHtml = (text: string): string => text.replace(/[&<>"]/g, (character) => escapes[character]);

const scriptWords =
  'abstract|as|async|await|break|case|catch|class|const|continue|declare|default|delete|do|else|enum|export|extends|false|finally|for|from|' +
  'function|get|if|implements|import|in|instanceof|interface|keyof|let|new|null|of|override|private|protected|public|readonly|return|satisfies|' +
  'set|static|super|switch|this|throw|true|try|type|typeof|undefined|using|var|void|while|yield';

/** Each group of a match names a class of the stylesheet. */
const script = new RegExp(
  [
    String.raw`(?<comment>\/\/[^\n]*|\/\*[\s\S]*?\*\/)`,
    '(?<string>\'(?:[^\'\\\\\\n]|\\\\.)*\'|"(?:[^"\\\\\\n]|\\\\.)*"|`(?:[^`\\\\]|\\\\.)*`)',
    String.raw`(?<number>\b(?:0x[\da-f]+|\d[\d_.]*(?:e[+-]?\d+)?)\b)`,
    String.raw`(?<word>(?<![.\w])(?:${scriptWords})\b(?!\s*:))`,
    String.raw`(?<name>\b[A-Z]\w*|\b[a-z]\w*(?=\())`,
  ].join('|'),
  'gi'.replace('i', ''),
);
const shell = /(?<comment>(?<=^|\s)#[^\n]*)|(?<string>'[^'\n]*')|(?<word>(?<=\s)--?[a-z][\w-]*)/g;
const markup = /(?<comment><!--[\s\S]*?-->)|(?<string>"[^"\n]*")|(?<word><\/?[a-z][\w-]*|\/?>)/g;

const languages: Readonly<Record<string, RegExp>> = { ts: script, js: script, json: script, sh: shell, html: markup };

/** HTML of code in a language; of others without colours. */
export function highlight(code: string, language: string | undefined): string {
  const pattern = languages[language ?? ''];
  if (!pattern) return escapeHtml(code);
  let [html, end] = ['', 0];
  for (const match of code.matchAll(pattern)) {
    const [kind] = Object.entries(match.groups!).find(([, text]) => text !== undefined)!;
    html += `${escapeHtml(code.slice(end, match.index))}<span class="${kind}">${escapeHtml(match[0])}</span>`;
    end = match.index + match[0].length;
  }
  return html + escapeHtml(code.slice(end));
}
