// Owns reading XML as annotations use it: elements and their text, with lines for messages; no namespaces, no own entities.
import { ModelError } from 'zeropoint';
import { quote } from '../../quote';

export interface XmlElement {
  readonly name: string;
  /** From 1. */
  readonly line: number;
  readonly children: XmlElement[];
  /** Outside of children, trimmed. */
  text: string;
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

const plain = (text: string): string =>
  text.replace(/&(#x[0-9a-f]{1,6}|#\d{1,7}|\w+);/gi, (whole, name: string) => {
    if (!name.startsWith('#')) return entities[name] ?? whole;
    const code = name[1].toLowerCase() === 'x' ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });

/** Elements inside of each other; annotations have three levels. */
const maxDepth = 64;

/** Comments, declarations and character data; tags; text. */
const token = /<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<!\[CDATA\[([\s\S]*?)\]\]>|<!\w[^>]*>|<(\/?)([\w.:-]+)(?:\s[^<>]*?)?(\/?)>|([^<]+)/y;

/** The root element. @throws ModelError `bad-data` with the line of what is no XML */
export function parseXml(source: string, where: string): XmlElement {
  const root: XmlElement = { name: '', line: 1, children: [], text: '' };
  const open = [root];
  let line = 1;
  const refuse = (message: string): ModelError => new ModelError('bad-data', `line ${line}: ${message}`, { where });
  for (token.lastIndex = 0; token.lastIndex < source.length; ) {
    const at = token.lastIndex;
    const found = token.exec(source);
    if (!found) throw refuse(`is no XML at '${quote(source.slice(at, at + 40).split('\n')[0], 40)}'`);
    const [all, data, slash, name, isEmpty, text] = found;
    const parent = open[open.length - 1];
    if (data !== undefined || text !== undefined) parent.text += data ?? plain(text);
    else if (slash === '/') {
      if (parent.name !== name || open.length === 1)
        throw refuse(`</${name}> closes nothing; <${parent.name}> is open since line ${parent.line}`);
      open.pop();
    } else if (name !== undefined) {
      if (open.length > maxDepth) throw refuse(`more than ${maxDepth} elements inside of each other`);
      const element: XmlElement = { name, line, children: [], text: '' };
      parent.children.push(element);
      if (isEmpty === '') open.push(element);
    }
    for (const character of all) if (character === '\n') line++;
  }
  const unclosed = open.at(-1)!;
  if (open.length > 1) throw refuse(`ends inside of <${unclosed.name}>, open since line ${unclosed.line}`);
  if (root.children.length !== 1) throw refuse(`holds ${root.children.length} elements, not one around all`);
  return root.children[0];
}
