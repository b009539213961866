// Owns the reading of binaries from the text that the build writes (tools/build/byte-text.ts).
import { byteOrder, characters } from './alphabet';

/** The last characters of the alphabet begin pairs. */
const singles = characters.length - 3;

/** A loop, since a callback per byte takes milliseconds before it is compiled. */
export function decodeText(text: string): Uint8Array<ArrayBuffer> {
  const ranks = new Uint8Array(128);
  for (let i = 0; i < characters.length; i++) ranks[characters.charCodeAt(i)] = i;
  const order = new Uint8Array(256);
  for (let i = 0; i < 256; i++) order[i] = Number.parseInt(byteOrder.slice(2 * i, 2 * i + 2), 16);
  const bytes = new Uint8Array(text.length);
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    let rank = ranks[text.charCodeAt(i)];
    if (rank >= singles) rank = singles + (rank - singles) * characters.length + ranks[text.charCodeAt(++i)];
    bytes[length++] = order[rank];
  }
  return bytes.slice(0, length);
}
