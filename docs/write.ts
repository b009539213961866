// Owns what documents take from the code: `npm run docs:write` writes the table of operators, the examples that guides show and the tables of
// docs/environments.md; a test compares.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../tools/build/root';
import { withStartTables } from './environment-summary';
import { withOperatorTable } from './operator-table';

/** The text with every block ```js PATH holding that file. */
export function withFiles(text: string): string {
  return text.replace(/^```js (\S+)\n[\s\S]*?^```$/gm, (_, path) => `\`\`\`js ${path}\n${readFileSync(join(root, path), 'utf8')}\`\`\``);
}

/** A document as the code would have it. */
export function written(document: string, text: string): string {
  if (document === 'docs/operators.md') return withOperatorTable(text);
  if (document === 'docs/environments.md') return withStartTables(text);
  return withFiles(text);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  for (const file of readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'))) {
    const path = join(root, 'docs', file);
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, written(`docs/${file}`, text));
  }
}
