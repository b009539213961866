// Owns the making of one binary from another and their difference (tools/build/delta.ts).

/** What `difference` makes of `base`: [copied length, its start in `base`, literal length, literals] until its end; numbers are LEB128. */
export function patch(base: Uint8Array, difference: Uint8Array): Uint8Array<ArrayBuffer> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  let at = 0;
  const next = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = difference[at++];
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  const add = (bytes: Uint8Array, from: number, count: number) => {
    pieces.push(bytes.subarray(from, from + count));
    length += count;
  };
  while (at < difference.length) {
    const copied = next();
    add(base, next(), copied);
    const literals = next();
    add(difference, at, literals);
    at += literals;
  }
  const result = new Uint8Array(length);
  let to = 0;
  for (const piece of pieces) {
    result.set(piece, to);
    to += piece.length;
  }
  return result;
}
