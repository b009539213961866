// Owns the tables that docs/environments.md begins with: environments by entries, from the rows of its own that tests wrote, and lines of code
// to a result, counted in the programs of the guides, which tests run.
import { codeLines, nodePrograms, type Program, pagePrograms } from '../test/guides/snippets';

const begin = '<!-- tables: written by npm run docs:write -->\n';
const end = '<!-- end of tables -->\n';

/** The marks with nothing between them. */
export const emptyTables = begin + end;

const entries = ['zeropoint', '/float', '/vision', '/slim', '/threads'];

/** Of rows `| environment | context | versions | entries |`. */
function environmentTable(page: string): string {
  const rows = [...page.matchAll(/^\| ([^|]+) \| ([^|]+) \| ([^|]+) \| (`[^|]+) \|$/gm)].map(([, ...cells]) => cells);
  const names = [...new Set(rows.map(([name]) => name))];
  const lines = names.map((name) => {
    const own = rows.filter((row) => row[0] === name);
    const contexts = own.map(([, context]) => context);
    const has = (entry: string) => own.some((row) => row[3].split(', ').some((cell) => cell.startsWith(`\`${entry}`)));
    return `| **${name}** | ${contexts.join('; ')} | ${entries.map((entry) => (has(entry) ? 'yes' : '-')).join(' | ')} |`;
  });
  return `| environment | where | ${entries.map((entry) => `\`${entry}\``).join(' | ')} |\n|---|---|${'---|'.repeat(entries.length)}\n${lines.join('\n')}\n`;
}

/** Tasks, their guides, and the class that does them. */
const tasks: Readonly<Record<string, readonly [guide: string, className: string]>> = {
  'classes of a picture': ['classify', 'ImageClassifier'],
  'objects and their boxes': ['detect', 'ObjectDetector'],
  'the class of every pixel': ['segment', 'ImageSegmenter'],
  'poses of people': ['pose', 'MoveNet'],
  'faces and their key points': ['faces', 'FaceDetector'],
  'landmarks of hands': ['hands', 'HandLandmarker'],
  'new classes from a few pictures': ['learn', 'ImprintedClassifier'],
};

/** Of the guide's first program that loads such a class. */
function linesOf(programs: readonly Program[], guide: string, className: string): string {
  const program = programs.find(({ name, code }) => name.startsWith(`docs/${guide}.md:`) && code.includes(`await ${className}.load(`));
  return program ? String(codeLines(program.code)) : '-';
}

function lineTable(): string {
  const [pages, node] = [pagePrograms(), nodePrograms()];
  const rows = Object.entries(tasks).map(
    ([task, [guide, name]]) => `| [${task}](${guide}.md) | ${linesOf(pages, guide, name)} | ${linesOf(node, guide, name)} |`,
  );
  return `| from nothing to | lines in a page | lines in Node |\n|---|--:|--:|\n${rows.join('\n')}\n`;
}

/** The page with its tables as they are now. @throws Error where the marks are missing */
export function withStartTables(page: string): string {
  const [before, rest] = page.split(begin);
  const [, after] = rest?.split(end) ?? [];
  if (after === undefined) throw new Error('docs/environments.md lacks the marks of its tables');
  const text = `## At a glance

${environmentTable(after)}
A dash is an entry that no test runs there.

## Lines to a result

${lineTable()}
Counted by code in the first program of each guide, which tests run: imports and, in Node, reading and decoding the pictures included, without
empty lines and comments.

`;
  return `${before}${begin}\n${text}${end}${after}`;
}
