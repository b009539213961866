// Owns the search over the site's sections: all words must occur; titles count more than text.
import type { IndexEntry } from './build';

export interface Found {
  readonly entry: IndexEntry;
  readonly score: number;
}

/** Words of a query, in lower case. */
export const wordsOf = (query: string): string[] => query.toLowerCase().split(/\s+/).filter(Boolean);

/** Weight of one word in one entry; 0: it does not occur. */
function weight(word: string, title: string, context: string, text: string): number {
  if (title.replace(/\(\)$/, '') === word) return 100;
  const inTitle = title.indexOf(word);
  if (inTitle === 0) return 40;
  if (inTitle > 0) return /\w/.test(title[inTitle - 1]) ? 15 : 25;
  if (context.includes(word)) return 8;
  const at = text.indexOf(word);
  if (at < 0) return 0;
  return at > 0 && /\w/.test(text[at - 1]) ? 1 : 4;
}

/** The best `count` sections, best first; equal ones in the order of the site. */
export function search(index: readonly IndexEntry[], query: string, count: number): Found[] {
  const words = wordsOf(query);
  if (words.length === 0) return [];
  const found: Found[] = [];
  for (const entry of index) {
    const [title, context, text] = [entry[2], entry[3], entry[4]].map((part) => part.toLowerCase());
    const weights = words.map((word) => weight(word, title, context, text));
    // Guides before the API reference.
    const factor = entry[0].startsWith('api') ? 0.9 : 1;
    if (!weights.includes(0)) found.push({ entry, score: factor * weights.reduce((sum, value) => sum + value) });
  }
  return found.sort((a, b) => b.score - a.score).slice(0, count);
}

/** About `length` characters of `text` around the first word that occurs. */
export function excerpt(text: string, words: readonly string[], length: number): string {
  const lower = text.toLowerCase();
  const places = words.map((word) => lower.indexOf(word)).filter((at) => at >= 0);
  const first = Math.max(0, (places.length > 0 ? Math.min(...places) : 0) - length / 3);
  const start = first === 0 ? 0 : text.indexOf(' ', first) + 1;
  return (start > 0 ? '… ' : '') + text.slice(start, start + length) + (text.length > start + length ? ' …' : '');
}
