// Owns which documents the site has, in the order of its sidebar, and what their pages are called.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../tools/build/root';

/** A document in Markdown, and its page. */
export interface Page {
  /** Path from the root of the repository. */
  readonly source: string;
  /** File in the site, all in one folder. */
  readonly file: string;
  /** In the sidebar; undefined: it is reached by links alone. */
  readonly label: string | undefined;
  readonly markdown: string;
}

export interface Group {
  readonly name: string;
  readonly pages: readonly Page[];
}

type Entry = readonly [source: string, label: string];

/** The sidebar. A document that is not here fails the build. */
const groups: Readonly<Record<string, readonly Entry[]>> = {
  Start: [
    ['README.md', 'zeropoint'],
    ['docs/environments.md', 'Environments'],
    ['examples', 'Examples'],
  ],
  Tasks: [
    ['docs/classify.md', 'Classify'],
    ['docs/detect.md', 'Detect objects'],
    ['docs/segment.md', 'Segment'],
    ['docs/pose.md', 'Poses'],
    ['docs/faces.md', 'Faces'],
    ['docs/hands.md', 'Hands'],
    ['docs/learn.md', 'Embed and learn'],
    ['docs/sound.md', 'Sound'],
  ],
  Run: [
    ['docs/models.md', 'Load and run a model'],
    ['docs/servers.md', 'Servers, workers, threads'],
    ['docs/operators.md', 'Operators and formats'],
  ],
  Tools: [
    ['docs/command-line.md', 'Command line'],
    ['docs/quantization.md', 'Quantization'],
    ['tools/README.md', 'Tools and imports'],
    ['tools/demo/README.md', 'The demo'],
  ],
  Know: [
    ['docs/numerics.md', 'Numerics'],
    ['docs/performance.md', 'Performance'],
    ['SECURITY.md', 'Security'],
  ],
  Project: [
    ['CHANGELOG.md', 'Changes'],
    ['ARCHITECTURE.md', 'Architecture'],
    ['CONTRIBUTING.md', 'Contributing'],
  ],
};

/** `docs/classify.md` -> `classify.html`, `tools/README.md` -> `tools.html`, `build/api/zeropoint/vision/README.md` -> `api-zeropoint-vision.html`. */
export function fileOf(source: string): string {
  if (source === 'README.md') return 'index.html';
  const name = source
    .replace(/^docs\//, '')
    .replace(/^build\/api/, 'api')
    .replace(/(\/README)?\.md$/, '')
    .replace(/@/g, '')
    .replace(/\//g, '-')
    .toLowerCase();
  return `${name}.html`;
}

/** One document of all examples. */
function examplesMarkdown(): string {
  const files = readdirSync(join(root, 'examples')).sort();
  const sections = files.map((file) => `## ${file}\n\n\`\`\`js\n${readFileSync(join(root, 'examples', file), 'utf8')}\`\`\`\n`);
  return `# Examples\n\nSmall programs, each run by a test.\n\n${sections.join('\n')}`;
}

const pageOf = ([source, label]: Entry): Page => ({
  source,
  file: fileOf(source),
  label,
  markdown: source === 'examples' ? examplesMarkdown() : readFileSync(join(root, source), 'utf8'),
});

const apiFolder = 'build/api';

/** The types that an entry does not export, from the top of its page to the end. */
function withTypesLast(markdown: string): string {
  const link = '## Modules\n\n- [Referenced types](Referenced-types.md)\n\n';
  if (!markdown.includes(link)) return markdown;
  return `${markdown.replace(link, '')}\n## Referenced types\n\n[Types](Referenced-types.md) that are named above and not exported.\n`;
}

/** What README says of an entry. */
function descriptionOf(entry: string): string {
  const rows = readFileSync(join(root, 'README.md'), 'utf8').matchAll(/^\| `(zeropoint[\w/]*)` \| (.*) \|$/gm);
  const [, description] = [...rows].map(([, ...cells]) => cells).find(([name]) => name === entry) ?? [];
  return description ? `${description[0].toUpperCase()}${description.slice(1)}.\n\n` : '';
}

/** Pages of the API reference as typedoc has written them to build/api; none where it did not run. */
function apiPages(): Page[] {
  if (!existsSync(join(root, apiFolder, 'README.md'))) return [];
  const files = readdirSync(join(root, apiFolder), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.md'));
  // In the order of the exports in package.json, which the list of modules has; what is not in it has no label.
  const order = [...readFileSync(join(root, apiFolder, 'README.md'), 'utf8').matchAll(/\]\(([^)]+\.md)\)/g)].map(([, file]) => file);
  const pages = files
    .sort((a, b) => order.indexOf(a) - order.indexOf(b) || a.localeCompare(b))
    .map((file): Page => {
      const markdown = withTypesLast(readFileSync(join(root, apiFolder, file), 'utf8'));
      const [, title] = /^# (.*)$/m.exec(markdown) ?? [];
      const isEntry = /^@?zeropoint(\/|$)/.test(title ?? '') && !file.includes('namespaces');
      return {
        source: `${apiFolder}/${file}`,
        file: fileOf(`${apiFolder}/${file}`),
        label: isEntry ? title : undefined,
        markdown: isEntry ? markdown.replace(/^# .*\n\n/, (heading) => heading + descriptionOf(title)) : markdown,
      };
    });
  return pages;
}

/** The sidebar's groups; the last one is the API reference, if there is one, with pages that it does not show. */
export function siteGroups(): Group[] {
  const documents = Object.entries(groups).map(([name, entries]) => ({ name, pages: entries.map(pageOf) }));
  const known = documents.flatMap(({ pages }) => pages.map(({ source }) => source));
  const lost = readdirSync(join(root, 'docs')).filter((file) => file.endsWith('.md') && !known.includes(`docs/${file}`));
  if (lost.length > 0) throw new Error(`docs/site/pages.ts has no place for ${lost.join(', ')}`);
  const api = apiPages();
  return api.length > 0 ? [...documents, { name: 'API', pages: api }] : documents;
}
