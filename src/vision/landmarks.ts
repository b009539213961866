// Owns landmarks as results, and the checks of options that the tasks which find them share.
import { ModelError } from '../errors';
import type { Point } from '../tasks/anchors';

/** A position with its name, in pixels of the picture, from its top left corner. */
export interface NamedPoint extends Point {
  readonly name: string;
}

/** @throws ModelError `bad-argument` unless `maxResults` is an integer >= 1, and each of `shares` in 0..1 */
export function checkDetection(maxResults: number, shares: Readonly<Record<string, number>>): void {
  if (!(Number.isInteger(maxResults) && maxResults >= 1))
    throw new ModelError('bad-argument', `maxResults is ${String(maxResults)}; it must be an integer >= 1`);
  for (const [name, value] of Object.entries(shares)) {
    if (!(typeof value === 'number' && value >= 0 && value <= 1))
      throw new ModelError('bad-argument', `${name} is ${String(value)}; it must be in 0..1`);
  }
}
