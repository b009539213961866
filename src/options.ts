// Owns the check of option names: a misspelt option is an error, never ignored.
import { ModelError } from './errors';

/** A table with every option of O as a key: one that lacks an option does not compile. */
export type OptionNames<O> = Readonly<Record<keyof O, unknown>>;

/** Insertions, deletions and substitutions that turn `a` into `b` (Levenshtein, 1966), one row of the table at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) next.push(Math.min(next[j] + 1, row[j + 1] + 1, row[j] + (a[i] === b[j] ? 0 : 1)));
    row = next;
  }
  return row[b.length];
}

/**
 * Checks that `options` is an object without members that are not in `names`; the message suggests the closest name. Values are not
 * checked.
 * @param owner what the options belong to, as `load`
 * @throws ModelError `bad-argument`
 */
export function checkOptionNames<O>(options: unknown, names: OptionNames<O>, owner: string): asserts options is O {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    const found = Array.isArray(options) ? 'an array' : String(options);
    throw new ModelError('bad-argument', `the options of ${owner} must be an object, not ${found}`);
  }
  for (const key of Object.keys(options)) {
    if (Object.hasOwn(names, key)) continue;
    const distances = Object.keys(names).map((name) => [editDistance(key.toLowerCase(), name.toLowerCase()), name] as const);
    const [distance, closest] = distances.reduce((best, found) => (found[0] < best[0] ? found : best));
    const advice = distance <= key.length / 2 ? `did you mean ${closest}?` : `it takes ${Object.keys(names).join(', ')}`;
    throw new ModelError('bad-argument', `${owner} has no option '${key}'; ${advice}`);
  }
}

/** The own members of an object, without what Object.prototype may have been given. */
export function own<T extends object>(object: T): T {
  return { __proto__: null, ...object };
}
