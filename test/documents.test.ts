// Tests that the documents tell the truth: operators have their rows, files, links, scripts, commands and entries that they name exist.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { operatorTable } from '../docs/operator-table';
import { anchorOf } from '../docs/site/render';
import { written } from '../docs/write';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const read = (...parts: string[]): string => readFileSync(join(root, ...parts), 'utf8');

const guides = readdirSync(join(root, 'docs')).flatMap((file) => (file.endsWith('.md') ? `docs/${file}` : []));

/** Paths from the root. */
const documents = [
  'README.md',
  'ARCHITECTURE.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...guides,
  'tools/README.md',
  'tools/demo/README.md',
];

/** Sites that documents may link to; the project itself has no address yet. */
const sites = ['https://keepachangelog.com/', 'https://semver.org/', 'http://localhost'];

interface Manifest {
  readonly version: string;
  readonly scripts: Record<string, string>;
  readonly exports: Record<string, unknown>;
  readonly dependencies: Record<string, string>;
}

const manifest = (...folder: string[]) => JSON.parse(read(...folder, 'package.json')) as Manifest;

/** Files and folders below `folder`, from the root, without what is installed or built. */
function pathsBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.name === 'node_modules' || entry.name === 'dist' || entry.name.startsWith('.')) return [];
    return entry.isDirectory() ? [`${path}/`, ...pathsBelow(path)] : [path];
  });
}

const paths = ['assembly', 'src', 'tools', 'test', 'bench', 'docs'].flatMap((folder) => [`${folder}/`, ...pathsBelow(folder)]);

/** The text from a heading to the next one of its level or above. */
function section(document: string, heading: string): string {
  const level = heading.split(' ')[0].length;
  const [, text] = read(document).split(`\n${heading}\n`);
  assert.ok(text, `${document} has the heading ${heading}`);
  return text.split(new RegExp(`^#{1,${level}} `, 'm'))[0];
}

/** Keys of OperatorAttributes, the list of all operators. */
function operatorTypes(): string[] {
  const body = read('src/graph/graph.ts').split('export interface OperatorAttributes {')[1].split('\n}')[0];
  return [...body.matchAll(/^ {2}([A-Za-z][A-Za-z0-9_]*):/gm)].map(([, name]) => name);
}

test('tables and files in guides are what npm run docs:write writes', () => {
  for (const guide of guides) assert.is(read(guide), written(guide, read(guide)), guide);
});

test('the table of operators names every operator', () => {
  assert.ok(read('docs/operators.md').includes(operatorTable()));
  for (const type of operatorTypes()) assert.match(operatorTable(), new RegExp(`\\b${type}\\b`));
});

test('every operator has an example in the test of dtypes', () => {
  const examples = read('test/support/operator-examples.ts');
  for (const type of operatorTypes()) assert.ok(examples.includes(type), `${type} has no example in test/support/operator-examples.ts`);
});

test('every npm script that the documents name exists', () => {
  const { scripts } = manifest();
  for (const document of documents) {
    for (const [, script] of read(document).matchAll(/npm run ([a-z0-9:-]*[a-z0-9])/g))
      assert.ok(scripts[script], `${document} names npm run ${script}`);
  }
});

test('every script runs a file that exists', () => {
  for (const [name, command] of Object.entries(manifest().scripts)) {
    for (const [, file] of command.matchAll(/tsx ([a-z/-]+\.ts)/g)) assert.ok(existsSync(join(root, file)), `${name} runs ${file}`);
  }
});

test('every source file and folder that the documents name in backquotes exists', () => {
  let count = 0;
  for (const document of documents) {
    for (const [, name] of read(document).matchAll(/`([a-z0-9][\w./-]*(?:\.ts|\/))`/g)) {
      // A report of old versions may name what is gone, examples name data of the reader.
      if (document === 'CHANGELOG.md' || name.startsWith('node_modules')) continue;
      count++;
      assert.ok(
        paths.some((path) => path === name || path.endsWith(`/${name}`)),
        `${document} names ${name}`,
      );
    }
  }
  assert.ok(count > 100, `${count} names found`);
});

test('the tree of ARCHITECTURE shows every folder of assembly, src and tools, and every file of src', () => {
  const tree = section('ARCHITECTURE.md', '## The tree');
  const shown = paths.filter((path) => /^(?:assembly|src|tools)\/[^/]+\/$/.test(path) || /^src\/[^/]+\.ts$/.test(path));
  assert.ok(shown.length > 30);
  for (const path of shown) {
    // Declarations of types for the compiler alone.
    if (path.endsWith('.d.ts')) continue;
    const name = path.split('/').slice(1).join('/');
    assert.ok(new RegExp(`(?<![\\w-])${name.replace('.', '\\.')}`).test(tree), `the tree lacks ${path}`);
  }
});

test('ARCHITECTURE names every table of operators that a new one may have to enter', () => {
  // How tables over operators are declared; types of whole tables that others fill are in the files that fill them.
  const table =
    /(?:const \w+: .*(?:Record<(?:Operator|Builtin)Type|in OperatorType\]|in Exclude<OperatorType|Set<OperatorType>|readonly OperatorType\[\])|Set<Node\['type'\]>|satisfies readonly OperatorType)/;
  const page = section('ARCHITECTURE.md', '## Adding an operator');
  const found = paths.filter((path) => path.endsWith('.ts') && path !== 'test/documents.test.ts' && table.test(read(path)));
  assert.ok(found.length > 12, `${found.length} tables found`);
  for (const path of found) {
    const name = path.replace(/^src\//, '');
    assert.ok(page.includes(`\`${name}\``), `the page about operators lacks ${name}`);
  }
});

test('README has a row for every entry of the package', () => {
  const rows = [...section('README.md', '## Which entry for what').matchAll(/^\| `(zeropoint[\w/.-]*)` \|/gm)].map(([, entry]) => entry);
  const entries = Object.keys(manifest().exports).filter((entry) => entry !== './package.json');
  assert.equal(rows.sort(), entries.map((entry) => entry.replace('.', 'zeropoint')).sort());
});

test('README is short', () => {
  const { length } = Buffer.from(read('README.md'));
  assert.ok(length <= 10_000, `${length} bytes; details belong to docs/`);
});

test('the guide and the README of the tools show every command', () => {
  const commands = paths.filter((path) => path.startsWith('tools/commands/')).flatMap((path) => (path.endsWith('.ts') ? [read(path)] : []));
  const names = commands.flatMap((text) => [...text.matchAll(/\.command\('([a-z]+)'\)/g)].map(([, name]) => name));
  assert.ok(names.length >= 7, `${names}`);
  for (const document of ['docs/command-line.md', 'tools/README.md']) {
    for (const name of names) assert.ok(read(document).includes(`npx -p @zeropoint/tools zeropoint ${name} `), `${document} lacks ${name}`);
  }
});

/** Anchors of a document as GitHub makes them of headings. */
function anchors(document: string): string[] {
  const used = new Map<string, number>();
  return [...read(document).matchAll(/^#+ (.*)$/gm)].map(([, heading]) => anchorOf(heading, used));
}

test('links lead to documents and headings that exist, and to no other address', () => {
  for (const document of documents) {
    for (const [, target] of read(document).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (sites.some((site) => target.startsWith(site))) continue;
      assert.not.match(target, /^\w+:/, `${document} links to ${target}`);
      const [file, anchor] = target.split('#');
      const path = file === '' ? document : normalize(join(dirname(document), file));
      assert.ok(existsSync(join(root, path)), `${document} links to ${target}`);
      if (anchor !== undefined) assert.ok(anchors(path).includes(anchor), `${document} links to ${target}`);
    }
    const addresses = read(document).match(/https?:\/\/[^\s)>`]+/g) ?? [];
    const unknown = addresses.filter((address) => !sites.some((site) => address.startsWith(site)));
    assert.equal(unknown, [], document);
  }
});

test('README leads to every other document', () => {
  const text = read('README.md');
  for (const document of documents.slice(1)) assert.ok(text.includes(`](${document})`), document);
});

test('CHANGELOG begins with the version of both packages, with a date, and versions descend', () => {
  const headings = [...read('CHANGELOG.md').matchAll(/^## (.*)$/gm)].map(([, heading]) => heading);
  const versions = headings.map((heading) => /^\[(\d+\.\d+\.\d+)\] - \d{4}-\d\d-\d\d$/.exec(heading)?.[1]);
  assert.ok(!versions.includes(undefined), `${headings}`);
  const descending = [...versions].sort((a, b) => b!.localeCompare(a!, 'en', { numeric: true }));
  assert.equal(versions, descending);
  const { version } = manifest();
  const tools = manifest('tools');
  assert.equal([version, tools.version, tools.dependencies.zeropoint], [versions[0], versions[0], versions[0]]);
});

test('CHANGELOG groups changes as Keep a Changelog does', () => {
  const groups = [...read('CHANGELOG.md').matchAll(/^### (.*)$/gm)].map(([, group]) => group);
  const known = ['Added', 'Changed', 'Deprecated', 'Removed', 'Fixed', 'Security'];
  for (const group of groups) assert.ok(known.includes(group) || /^Migrating from \d+\.\d+$/.test(group), group);
});

test.run();
