// Owns the refusal of everything in a file that no importer converts, in one error.
import { ModelError } from 'zeropoint';
import { quote, quoteList } from '../quote';

/** An operator or layer of a file, by its type and its own name. */
export interface Named {
  readonly type: string;
  readonly name: string;
}

/** @throws ModelError `unsupported-operator` for all of `items`, each type with the first of its names; `owner` says what uses them */
export function refuseUnsupported(owner: string, items: Iterable<Named>): void {
  const found = new Map<string, { first: string; count: number }>();
  for (const { type, name } of items) {
    const known = found.get(type);
    if (known) known.count++;
    else found.set(type, { first: name, count: 1 });
  }
  if (found.size === 0) return;
  const list = [...found].map(([type, { first, count }]) => {
    const name = quote(first);
    return count === 1 ? `${quote(type)} '${name}'` : `${quote(type)} (${count} times, first '${name}')`;
  });
  throw new ModelError('unsupported-operator', `${owner} that cannot be imported: ${quoteList(list)}`);
}
