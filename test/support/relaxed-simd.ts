// Owns relaxed SIMD in the engine of a test: Node 20 has it behind a flag.
import { setFlagsFromString } from 'node:v8';

/** Sets the flag, which later versions do not have. */
export function enableRelaxedSimd(): void {
  if (process.version.startsWith('v20.')) setFlagsFromString('--experimental-wasm-relaxed-simd');
}
