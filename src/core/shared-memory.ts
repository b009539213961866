// Owns the cores on shared memory: the same code with another import.
import { compiledOnce, coreBytes } from './inline';
import type { Isa, WasmModule } from './isa';

/** The import of the memory, as AssemblyScript writes it: section 2 of 15 bytes with one import, "env" "memory", a memory of at least 0 pages. */
const ownImport = [2, 15, 1, 3, 101, 110, 118, 6, 109, 101, 109, 111, 114, 121, 2, 0, 0];
/** The same, shared, of at most 65,536 pages (LEB128): shared memories need a maximum. */
const sharedImport = [2, 18, 1, 3, 101, 110, 118, 6, 109, 101, 109, 111, 114, 121, 2, 3, 0, 128, 128, 4];

/** A binary with a shared memory instead of one of its own. Throws RangeError where it does not import one. */
export function withSharedMemory(binary: Uint8Array): Uint8Array<ArrayBuffer> {
  const at = binary.findIndex((_, i) => ownImport.every((byte, j) => binary[i + j] === byte));
  if (at < 0) throw new RangeError('the binary imports no memory');
  const result = new Uint8Array(binary.length + sharedImport.length - ownImport.length);
  result.set(binary.subarray(0, at));
  result.set(sharedImport, at);
  result.set(binary.subarray(at + ownImport.length), at + sharedImport.length);
  return result;
}

const simd = compiledOnce(() => withSharedMemory(coreBytes.simd()));
const relaxed = compiledOnce(() => withSharedMemory(coreBytes.relaxed()));

/** The core for `isa` on shared memory. Throws `wasm-forbidden` or `wasm-failed`. */
export function sharedCore(isa: Isa): Promise<WasmModule> {
  return (isa === 'simd' ? simd : relaxed).async();
}
