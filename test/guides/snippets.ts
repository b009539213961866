// Owns the code blocks of the documents: what each is, by the words behind its language, and the programs that they make.
//
//   ts            a program for Node;  ts continued  goes on with the one before it;  text  is what a program prints
//   ts page       a module of a page, which holds the html block before it, if there is one
//   ts file=NAME  a module that the next page loads by its name, with .js
//   js PATH       the file of that path, word for word, which has a test of its own
//   sh            commands, run one after the other in the document's folder
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** Documents with code, by their paths from the root. */
export const documentsWithCode = [
  'README.md',
  ...readdirSync(join(root, 'docs')).flatMap((file) => (file.endsWith('.md') ? `docs/${file}` : [])),
];

export interface Block {
  readonly document: string;
  /** Of its first line of code, from 1. */
  readonly line: number;
  /** The language and the words behind it. */
  readonly words: readonly string[];
  readonly code: string;
}

/** A module to run, from one block or several. */
export interface Program {
  /** Document and line. */
  readonly name: string;
  readonly code: string;
  /** What it prints; undefined where the document does not show it. */
  readonly prints: string | undefined;
  /** In the body of its page; undefined: the document shows none. */
  readonly html: string | undefined;
  /** Modules beside it, by name. */
  readonly files: ReadonlyMap<string, string>;
}

export const readDocument = (document: string): string => readFileSync(join(root, document), 'utf8');

export function blocksOf(document: string): Block[] {
  const text = readDocument(document);
  return [...text.matchAll(/^```(\w[^\n]*)\n([\s\S]*?)^```$/gm)].map((match) => {
    const [, info, code] = match;
    const line = text.slice(0, match.index).split('\n').length + 1;
    return { document, line, words: info.split(' '), code };
  });
}

const kindOf = ({ words }: Block): string => words.slice(0, 2).join(' ').replace(/=.*/, '');

/** Programs of one kind, `ts` or `ts page`, with what they print. @throws Error for blocks of no kind */
function programsOf(document: string, kind: 'ts' | 'ts page'): Program[] {
  const programs: Program[] = [];
  let html: string | undefined;
  let files = new Map<string, string>();
  let open: Program | undefined;
  for (const block of blocksOf(document)) {
    const place = `${document}:${block.line}`;
    const found = kindOf(block);
    if (found === 'text' && open) open = addText(programs, open, block.code);
    else if (found === 'ts continued' && open) open = replaced(programs, open, { ...open, code: open.code + block.code });
    else if (found === 'ts continued') open = undefined;
    else if (found === 'html') html = block.code;
    else if (found === 'ts file') files = new Map([...files, [block.words[1].split('=')[1], block.code]]);
    else if (found === 'ts' || found === 'ts page') {
      open = found === kind ? { name: place, code: block.code, prints: undefined, html, files } : undefined;
      if (open) programs.push(open);
      if (found === 'ts page') [html, files] = [undefined, new Map()];
    } else if (block.words[0] === 'js' || found === 'sh' || found === 'text') open = undefined;
    else throw new Error(`${place}: no kind of code block: ${block.words.join(' ')}`);
  }
  return programs;
}

function replaced(programs: Program[], old: Program, program: Program): Program {
  programs[programs.indexOf(old)] = program;
  return program;
}

const addText = (programs: Program[], open: Program, text: string): Program =>
  replaced(programs, open, { ...open, prints: (open.prints ?? '') + text });

export const nodePrograms = (): Program[] => documentsWithCode.flatMap((document) => programsOf(document, 'ts'));
export const pagePrograms = (): Program[] => documentsWithCode.flatMap((document) => programsOf(document, 'ts page'));

/** Lines that hold code: no empty ones and no comments. */
export const codeLines = (code: string): number => code.split('\n').filter((line) => !/^\s*(\/\/.*)?$/.test(line)).length;
