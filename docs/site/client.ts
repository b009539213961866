// Owns what pages of the site do: the search, the menu of wide screens, copying code, and which section is shown.
import type { IndexEntry } from './build';
import { excerpt, search, wordsOf } from './search';

declare global {
  interface Window {
    searchIndex?: readonly IndexEntry[];
  }
}

const maxResults = 12;
const excerptLength = 110;

let loading: Promise<void> | undefined;

/** The index, which is large, is loaded when somebody begins to search. */
function loadIndex(): Promise<void> {
  loading ??= new Promise((resolve, reject) => {
    const script = Object.assign(document.createElement('script'), { src: 'search-index.js', onload: () => resolve(), onerror: reject });
    document.head.append(script);
  });
  return loading;
}

/** Appends `text` with the words marked. */
function appendMarked(parent: HTMLElement, text: string, words: readonly string[]): void {
  const pattern = new RegExp(`(${words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')})`, 'gi');
  for (const [i, part] of text.split(pattern).entries()) {
    parent.append(i % 2 ? Object.assign(document.createElement('mark'), { textContent: part }) : part);
  }
}

function resultItem([file, anchor, title, context, text]: IndexEntry, words: readonly string[]): HTMLLIElement {
  const item = document.createElement('li');
  const link = Object.assign(document.createElement('a'), { href: file + (anchor && `#${anchor}`) });
  const lines = [document.createElement('strong'), document.createElement('small'), document.createElement('span')];
  appendMarked(lines[0], title, words);
  lines[1].textContent = context;
  appendMarked(lines[2], excerpt(text, words, excerptLength), words);
  link.append(...lines);
  item.append(link);
  return item;
}

function startSearch(input: HTMLInputElement, list: HTMLOListElement): void {
  let chosen = 0;
  const items = () => [...list.querySelectorAll('a')];
  const choose = (index: number) => {
    const links = items();
    chosen = (index + links.length) % (links.length || 1);
    for (const [i, link] of links.entries()) link.classList.toggle('chosen', i === chosen);
    links[chosen]?.scrollIntoView({ block: 'nearest' });
  };
  const show = async () => {
    await loadIndex();
    const words = wordsOf(input.value);
    const found = search(window.searchIndex!, input.value, maxResults);
    list.replaceChildren(...found.map(({ entry }) => resultItem(entry, words)));
    if (found.length === 0)
      list.append(Object.assign(document.createElement('li'), { className: 'none', textContent: 'Nothing was found.' }));
    list.hidden = words.length === 0;
    choose(0);
  };
  input.addEventListener('focus', () => void loadIndex());
  input.addEventListener('input', () => void show());
  input.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      choose(chosen + (event.key === 'ArrowDown' ? 1 : -1));
    } else if (event.key === 'Enter') items()[chosen]?.click();
    else if (event.key === 'Escape') {
      list.hidden = true;
      input.blur();
    }
  });
  document.addEventListener('keydown', (event) => {
    const isTyping = event.target instanceof HTMLInputElement;
    if (event.key !== '/' || isTyping || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    input.focus();
    input.select();
  });
  document.addEventListener('click', (event) => {
    const target = event.target as HTMLElement;
    // A link to a section of this very page loads nothing.
    if (!target.closest('.search') || target.closest('.search a')) list.hidden = true;
  });
}

/** The sidebar is open where it has a column of its own. */
function startMenu(menu: HTMLDetailsElement): void {
  const wide = matchMedia('(min-width: 900px)');
  const update = () => {
    menu.open = wide.matches;
  };
  wide.addEventListener('change', update);
  update();
  menu.querySelector('[aria-current]')?.scrollIntoView({ block: 'center' });
  scrollTo(0, location.hash ? scrollY : 0);
}

function addCopyButtons(): void {
  for (const block of document.querySelectorAll('.code:not(.text)')) {
    const button = Object.assign(document.createElement('button'), { type: 'button', textContent: 'Copy' });
    button.addEventListener('click', async () => {
      await navigator.clipboard.writeText(block.querySelector('code')!.textContent ?? '');
      button.textContent = 'Copied';
      setTimeout(() => {
        button.textContent = 'Copy';
      }, 1500);
    });
    block.append(button);
  }
}

/** Marks the link to the section that is at the top of the screen. */
function followSections(contents: Element): void {
  const links = new Map([...contents.querySelectorAll('a')].map((link) => [decodeURIComponent(link.hash.slice(1)), link]));
  const headings = [...links.keys()].map((id) => document.getElementById(id)).filter((element) => element !== null);
  const update = () => {
    const current = headings.filter((heading) => heading.getBoundingClientRect().top < 120).at(-1) ?? headings[0];
    for (const [id, link] of links) link.classList.toggle('chosen', id === current?.id);
  };
  addEventListener('scroll', update, { passive: true });
  update();
}

startSearch(document.querySelector<HTMLInputElement>('.search input')!, document.querySelector<HTMLOListElement>('.search ol')!);
startMenu(document.querySelector<HTMLDetailsElement>('.menu')!);
if (navigator.clipboard) addCopyButtons();
const contents = document.querySelector('.contents');
if (contents) followSections(contents);
