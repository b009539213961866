// Owns the difference between two binaries, as src/core/delta.ts applies it: most of the relaxed core is the core.

/** The shortest run of equal bytes that is copied: a copy costs about six. */
const minMatch = 12;

/** Seven bits per byte, least significant first, as LEB128. */
function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)];
}

/**
 * `target` as copies of runs of `base` and literal bytes: [copied length, its start in `base`, literal length, literals] until all of
 * `target` is written. Greedy: the longest run at every position, among those that begin with the same bytes.
 */
export function delta(base: Uint8Array, target: Uint8Array): Uint8Array {
  const starts = new Map<string, number[]>();
  const key = (bytes: Uint8Array, at: number) => bytes.subarray(at, at + minMatch).join();
  for (let i = 0; i + minMatch <= base.length; i++) {
    const found = key(base, i);
    starts.set(found, [...(starts.get(found) ?? []), i]);
  }
  const longest = (at: number): { from: number; length: number } => {
    let best = { from: 0, length: 0 };
    if (at + minMatch > target.length) return best;
    for (const from of starts.get(key(target, at)) ?? []) {
      let length = minMatch;
      while (from + length < base.length && at + length < target.length && base[from + length] === target[at + length]) length++;
      if (length > best.length) best = { from, length };
    }
    return best;
  };
  const out: number[] = [];
  let copy = { from: 0, length: 0 };
  let literals: number[] = [];
  const flush = () => out.push(...varint(copy.length), ...varint(copy.from), ...varint(literals.length), ...literals);
  for (let at = 0; at < target.length; ) {
    const found = longest(at);
    if (found.length === 0) {
      literals.push(target[at++]);
      continue;
    }
    if (at > 0) flush();
    [copy, literals] = [found, []];
    at += found.length;
  }
  flush();
  return Uint8Array.from(out);
}
