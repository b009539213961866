// Owns the site of all documents: `npm run docs:site` writes build/site, static files that need no server and fetch nothing from elsewhere.
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { root } from '../../tools/build/root';
import { escapeHtml } from './highlight';
import { type Group, type Page, siteGroups } from './pages';
import { type Rendered, render, type Targets } from './render';

/** Pictures of documents. */
const pictures = ['docs/family.svg'];

/** A section in the index: page, anchor, title with what it belongs to, text. */
export type IndexEntry = readonly [file: string, anchor: string, title: string, context: string, text: string];

/** Headings of the API reference over what they group. */
const kinds = /^(Classes|Functions|Interfaces|Type Aliases|Variables)$/;

function indexOf({ file, label }: Page, { title, sections }: Rendered): IndexEntry[] {
  const name = label ?? title;
  // Entries repeat what others export.
  const own = sections.filter(({ body }) => !body.startsWith('Re-exports '));
  return own.map(({ depth, text, anchor, body }, i) => {
    // The nearest heading above of a higher level, as the class of a method.
    const above = own.slice(0, i).findLast((section) => section.depth < depth && section.depth > 1 && !kinds.test(section.text));
    const context = depth === 1 ? '' : [name, above?.text].filter(Boolean).join(' › ');
    return [file, depth === 1 ? '' : anchor, depth === 1 ? title : text, context, body];
  });
}

function sidebar(groups: readonly Group[], current: Page): string {
  return groups
    .map(({ name, pages }) => {
      const links = pages
        .filter(({ label }) => label !== undefined)
        .map(
          ({ file, label }) => `<li><a href="${file}"${file === current.file ? ' aria-current="page"' : ''}>${escapeHtml(label!)}</a></li>`,
        );
      return `<h2>${name}</h2>\n<ul>${links.join('')}</ul>`;
    })
    .join('\n');
}

/** Links to sections: of guides those of level 2, of the API reference the names that an entry exports. */
function contents(page: Page, { headings }: Rendered): string {
  const level = page.source.startsWith('build/api') || page.source === 'CHANGELOG.md' ? 3 : 2;
  const shown = headings.filter(({ depth }) => depth === (page.source === 'CHANGELOG.md' ? 2 : level));
  if (shown.length < 2) return '';
  const links = shown.map(({ text, anchor }) => `<li><a href="#${anchor}">${escapeHtml(text)}</a></li>`).join('');
  return `<nav class="contents" aria-label="On this page"><h2>On this page</h2><ul>${links}</ul></nav>`;
}

/** Links to the pages before and after, in the order of the sidebar. */
function neighbours(groups: readonly Group[], current: Page): string {
  const pages = groups.flatMap((group) => group.pages.filter(({ label }) => label !== undefined));
  const place = pages.indexOf(current);
  if (place < 0) return '';
  const link = (page: Page | undefined, rel: string) =>
    page
      ? `<a rel="${rel}" href="${page.file}"><span>${rel === 'prev' ? 'Before' : 'Next'}</span>${escapeHtml(page.label!)}</a>`
      : '<span></span>';
  return `<nav class="neighbours" aria-label="Neighbouring pages">${link(pages[place - 1], 'prev')}${link(pages[place + 1], 'next')}</nav>`;
}

function html(groups: readonly Group[], page: Page, rendered: Rendered, version: string): string {
  const title = page.file === 'index.html' ? 'zeropoint' : `${rendered.title} · zeropoint`;
  const kind = page.file === 'index.html' ? 'home' : page.source.startsWith('build/api') ? 'api' : 'guide';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="style.css">
<script src="client.js" defer></script>
</head>
<body class="${kind}">
<a class="skip" href="#content">Skip to the content</a>
<header>
<a class="brand" href="index.html"><img src="icon.svg" alt="" width="24" height="24">zeropoint <small>${version}</small></a>
<div class="search" role="search">
<input type="search" placeholder="Search" aria-label="Search" autocomplete="off" spellcheck="false">
<kbd>/</kbd>
<ol hidden></ol>
</div>
</header>
<div class="columns">
<details class="menu"><summary>Menu</summary><nav aria-label="Documents">
${sidebar(groups, page)}
</nav></details>
<main id="content">
${rendered.html}${neighbours(groups, page)}
</main>
${contents(page, rendered)}
</div>
</body>
</html>
`;
}

/** Writes the site into `folder`, which is emptied before; returns the names of its pages. @throws Error for links that lead nowhere */
export async function buildSite(folder: string): Promise<string[]> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const groups = siteGroups();
  const pages = groups.flatMap((group) => group.pages);
  const targets: Targets = { pages: new Map(pages.map(({ source, file }) => [source, file])), files: new Set(pictures) };
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const index: IndexEntry[] = [];
  for (const page of pages) {
    const rendered = render(page, targets);
    writeFileSync(join(folder, page.file), html(groups, page, rendered, version));
    index.push(...indexOf(page, rendered));
  }
  // A script, since pages that are opened from a disk may not fetch.
  writeFileSync(join(folder, 'search-index.js'), `window.searchIndex = ${JSON.stringify(index)};\n`);
  for (const picture of pictures) copyFileSync(join(root, picture), join(folder, basename(picture)));
  for (const file of ['style.css', 'icon.svg']) copyFileSync(join(root, 'docs/site', file), join(folder, file));
  await build({
    entryPoints: [join(root, 'docs/site/client.ts')],
    outfile: join(folder, 'client.js'),
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2020',
    logLevel: 'warning',
  });
  return pages.map(({ file }) => file);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const folder = join(root, 'build/site');
  const pages = await buildSite(folder);
  const api = existsSync(join(root, 'build/api')) ? '' : ', without the API reference (npm run docs:api)';
  console.log(`${pages.length} pages${api}: ${join(folder, 'index.html')}`);
}
