// Owns binaries as text in modules: one character for every common byte, two for the others. base64 would shift equal bytes against each
// other, so that compressors find a third less in it.

/** Printable ASCII that needs no escape in a string, in HTML or in a template. */
const characters = Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i))
  .filter((character) => !'"\'\\`<$'.includes(character))
  .join('');
/** The last characters of the alphabet begin pairs. */
const prefixes = 3;

/** How bytes are written; src/core/byte-text.ts reads it. */
export interface Alphabet {
  readonly characters: string;
  /** All bytes, the most frequent first: as many as there are single characters have one of their own. */
  readonly bytes: readonly number[];
}

/** The alphabet for these binaries. */
export function alphabetOf(binaries: readonly Uint8Array[]): Alphabet {
  const counts = new Array<number>(256).fill(0);
  for (const binary of binaries) for (const byte of binary) counts[byte]++;
  return { characters, bytes: [...counts.keys()].sort((a, b) => counts[b] - counts[a]) };
}

export function byteText(binary: Uint8Array, { characters, bytes }: Alphabet): string {
  const singles = characters.length - prefixes;
  const words = new Map(
    bytes.map((byte, rank) => {
      const pair = rank - singles;
      if (pair < 0) return [byte, characters[rank]];
      return [byte, characters[singles + Math.floor(pair / characters.length)] + characters[pair % characters.length]];
    }),
  );
  return Array.from(binary, (byte) => words.get(byte)).join('');
}
