// Owns bringing items that depend on each other into an order in which each comes after those it depends on.

/**
 * All that `roots` depend on, and they, each after what it depends on, without recursion, since files may hold long chains.
 * @param circle called with an item that depends on itself
 */
export function dependencyOrder<T>(roots: Iterable<T>, dependenciesOf: (item: T) => Iterable<T>, circle: (item: T) => never): T[] {
  const order: T[] = [];
  const state = new Map<T, 'open' | 'done'>();
  for (const root of roots) {
    const stack = [{ item: root, rest: undefined as Iterator<T> | undefined }];
    while (stack.length > 0) {
      const top = stack[stack.length - 1];
      if (!top.rest) {
        if (state.get(top.item) === 'done') {
          stack.pop();
          continue;
        }
        if (state.get(top.item) === 'open') circle(top.item);
        state.set(top.item, 'open');
        top.rest = dependenciesOf(top.item)[Symbol.iterator]();
      }
      const next = top.rest.next();
      if (!next.done) stack.push({ item: next.value, rest: undefined });
      else {
        state.set(top.item, 'done');
        order.push(top.item);
        stack.pop();
      }
    }
  }
  return order;
}
