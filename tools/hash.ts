// Owns hashes: SHA-256 of bytes and graphs, and sums of hashes, which do not depend on order or grouping.
import { createHash } from 'node:crypto';
import { type Graph, printGraph } from 'zeropoint/tflite';

/** SHA-256, hexadecimal. Text is hashed as UTF-8. */
export function sha256(...parts: (Uint8Array | string)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

/**
 * The sum of hashes modulo 2^256. A dataset's hash is the sum over its samples of the hash of position, name and content, so hashes
 * of shards add up to that of the whole.
 */
export function addHashes(hashes: readonly string[]): string {
  const sum = hashes.reduce((total, hash) => BigInt.asUintN(256, total + BigInt(`0x${hash}`)), 0n);
  return sum.toString(16).padStart(64, '0');
}

/** SHA-256 of what a network computes: its text and the data of its constants. */
export function hashGraph(graph: Graph): string {
  const constants = graph.values.flatMap(({ data }) => (data ? [new Uint8Array(data.buffer, data.byteOffset, data.byteLength)] : []));
  return sha256(printGraph(graph), ...constants);
}
