// Owns what text of files may hold on its way to a terminal: no control characters, and no more than a readable length.
import { quote } from '../quote';

/** Characters of one name on a terminal. */
const maxShown = 200;

/**
 * C0, DEL and C1 (general category Cc), line and paragraph separators, and the marks that change the direction of text (UAX #9): they move
 * the cursor, start escape sequences or reorder what is read.
 */
const controls = /[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu;

/** The text in one line without control characters. */
export function cleanText(text: string): string {
  return text.replace(controls, ' ');
}

/** A copy of plain data whose texts are clean and cut, for reports that are read; JSON keeps them as they are. */
export function clean<T>(data: T): T {
  if (typeof data === 'string') return quote(cleanText(data), maxShown) as T;
  if (Array.isArray(data)) return data.map(clean) as T;
  // Elements of tensors are no text.
  if (typeof data !== 'object' || data === null || ArrayBuffer.isView(data)) return data;
  return Object.fromEntries(Object.entries(data).map(([name, member]) => [name, clean(member)])) as T;
}
