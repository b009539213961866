// Owns a document's way from Markdown to HTML: headings with anchors as GitHub makes them, links between documents, tables, code.
import { dirname, join, normalize } from 'node:path';
import { Marked, type Token, type Tokens } from 'marked';
import { escapeHtml, highlight } from './highlight';
import type { Page } from './pages';

export interface Heading {
  readonly depth: number;
  readonly text: string;
  readonly anchor: string;
}

/** The text below one heading, for the search. */
export interface Section extends Heading {
  readonly body: string;
}

export interface Rendered {
  readonly title: string;
  readonly html: string;
  readonly headings: readonly Heading[];
  readonly sections: readonly Section[];
}

/** GitHub's anchor of a heading; the second one of the same text ends in -1. */
export function anchorOf(heading: string, used: Map<string, number>): string {
  const anchor = heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_\- ]/gu, '')
    .replace(/ /g, '-');
  const count = used.get(anchor) ?? 0;
  used.set(anchor, count + 1);
  return count === 0 ? anchor : `${anchor}-${count}`;
}

/** The first anchor of a heading that is not given to another one. */
function freeAnchor(heading: string, used: Map<string, number>, given: ReadonlySet<string>): string {
  let anchor = anchorOf(heading, used);
  while (given.has(anchor)) anchor = anchorOf(heading, used);
  return anchor;
}

/** Where links of documents lead: pages of the site by their sources, and files that are copied into it. */
export interface Targets {
  readonly pages: ReadonlyMap<string, string>;
  readonly files: ReadonlySet<string>;
}

/** The address of a link in `source`. @throws Error where the site has nothing there */
export function resolveLink(href: string, source: string, { pages, files }: Targets): string {
  if (/^[a-z]+:/.test(href) || href.startsWith('#')) return href;
  const [path, anchor] = href.split('#');
  const target = normalize(join(dirname(source), decodeURI(path))).replace(/\/$/, '');
  const example = /^examples\/(.+)$/.exec(target);
  if (example) return `examples.html#${anchorOf(example[1], new Map())}`;
  const page = pages.get(target);
  if (page) return anchor === undefined ? page : `${page}#${anchor}`;
  if (files.has(target)) return target.replace(/^.*\//, '');
  throw new Error(`${source} links to ${href}, which the site lacks`);
}

/** Text of inline Markdown without its marks. */
function plainText(tokens: readonly Token[] = []): string {
  const text = tokens.map((token) => {
    const { tokens: inner, text = '', raw } = token as Tokens.Generic;
    return inner && token.type !== 'code' ? plainText(inner) : token.type === 'escape' || text ? text : token.type === 'br' ? ' ' : raw;
  });
  return text
    .join('')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&#39;/g, "'")
    .replace(/&amp;/g, '&');
}

/** Words of a block for the search: of tables, lists and code as well. */
function blockText(token: Token): string {
  if (token.type === 'table') {
    const { header, rows } = token as Tokens.Table;
    return [header, ...rows].flatMap((row) => row.map((cell) => plainText(cell.tokens))).join(' ');
  }
  if (token.type === 'list') return (token as Tokens.List).items.map((item) => item.tokens.map(blockText).join(' ')).join(' ');
  if (token.type === 'code') return (token as Tokens.Code).text;
  if (token.type === 'html' || token.type === 'space' || token.type === 'hr') return '';
  return plainText((token as Tokens.Generic).tokens);
}

/** Headings that say nothing alone: their text belongs to the section before. */
const parts =
  /^(Parameters|Returns|Throws|Type Parameters?|Get Signature|Set Signature|Overrides|Inherited from|Extends|Extended by|Implements|Constructors?|Properties|Methods|Accessors)$/;

function sectionsOf(tokens: readonly Token[], anchors: ReadonlyMap<Token, string>): Section[] {
  const sections: { depth: number; text: string; anchor: string; body: string }[] = [];
  for (const token of tokens) {
    if (token.type === 'heading' && !parts.test(plainText(token.tokens))) {
      sections.push({ depth: (token as Tokens.Heading).depth, text: plainText(token.tokens), anchor: anchors.get(token)!, body: '' });
    } else if (sections.length > 0) {
      const section = sections[sections.length - 1];
      section.body = `${section.body} ${blockText(token)}`.trim();
    }
  }
  return sections;
}

/** Anchors that typedoc gives, on a line of their own before a heading; they are the heading's then. */
const givenAnchor = /^<a id="([^"]+)"><\/a>$/;

/** Cells of fewer characters need no minimal width on phones. */
const shortCell = 10;

/** HTML of a page's content. @throws Error for links that lead nowhere */
export function render({ source, markdown }: Page, targets: Targets): Rendered {
  const marked = new Marked({ gfm: true });
  const all = marked.lexer(markdown);
  const tokens = Object.assign(
    all.filter(({ raw }) => !givenAnchor.test(raw.trim())),
    { links: all.links },
  );
  const given = new Set(all.flatMap(({ raw }) => givenAnchor.exec(raw.trim())?.[1] ?? []));
  const used = new Map<string, number>();
  const anchors = new Map<Token, string>();
  const headings: Heading[] = [];
  for (const [i, token] of all.entries()) {
    if (token.type !== 'heading') continue;
    const text = plainText(token.tokens);
    const before = all.slice(0, i).findLast(({ type }) => type !== 'space');
    const [, own] = givenAnchor.exec(before?.raw.trim() ?? '') ?? [];
    const anchor = own ?? freeAnchor(text, used, given);
    anchors.set(token, anchor);
    headings.push({ depth: (token as Tokens.Heading).depth, text, anchor });
  }
  marked.use({
    renderer: {
      heading(token) {
        const anchor = anchors.get(token)!;
        const link = token.depth > 1 ? `<a class="anchor" href="#${anchor}" aria-label="Link to this section">#</a>` : '';
        return `<h${token.depth} id="${anchor}">${this.parser.parseInline(token.tokens)}${link}</h${token.depth}>\n`;
      },
      link({ href, tokens }) {
        return `<a href="${escapeHtml(resolveLink(href, source, targets))}">${this.parser.parseInline(tokens)}</a>`;
      },
      image({ href, text }) {
        return `<img src="${escapeHtml(resolveLink(href, source, targets))}" alt="${escapeHtml(text)}">`;
      },
      code({ text, lang }) {
        const [language] = (lang ?? '').split(' ');
        const label = language === 'text' ? 'prints' : '';
        return `<div class="code ${language}"><pre tabindex="0"${label && ` data-label="${label}"`}><code>${highlight(text, language)}</code></pre></div>\n`;
      },
      table({ header, rows, align }) {
        const cell = (tag: string) => (token: Tokens.TableCell) => {
          const names = [token.align ?? '', token.text.length <= shortCell ? 'short' : ''].filter(Boolean).join(' ');
          return `<${tag}${names && ` class="${names}"`}>${this.parser.parseInline(token.tokens)}</${tag}>`;
        };
        const row = (cells: Tokens.TableCell[], tag: string) => `<tr>${cells.map(cell(tag)).join('')}</tr>`;
        const head = header.some(({ text }) => text) ? `<thead>${row(header, 'th')}</thead>` : '';
        const isPairs = header.length === 2 && align.every((side) => side === null);
        const body = rows.map((cells) => row(cells, 'td')).join('');
        return `<div class="table${isPairs ? ' pairs' : ''}" tabindex="0"><table>${head}<tbody>${body}</tbody></table></div>\n`;
      },
      // Comments that mark what scripts write.
      html({ text }) {
        return text.replace(/<!--[\s\S]*?-->\n?/g, '');
      },
    },
  });
  return { title: headings[0]?.text ?? source, html: marked.parser(tokens), headings, sections: sectionsOf(tokens, anchors) };
}
