// Owns the binaries that the package contains as text: decoded and compiled once, on first use.
import { decodeText } from './byte-text';
import type { Cores } from './choose';
import { patch } from './delta';
import { type WasmModule, wasmError } from './isa';
import { relaxedDelta } from './relaxed-wasm';
import type { CoreSource } from './source';
import { coreText } from './wasm';

/** What `bytes` gives, compiled on the first call. */
export function compiledOnce(bytes: () => Uint8Array<ArrayBuffer>): CoreSource {
  let module: WasmModule | undefined;
  return {
    sync() {
      try {
        module ??= new WebAssembly.Module(bytes());
      } catch (cause) {
        throw wasmError(cause);
      }
      return module;
    },
    async async() {
      try {
        module ??= await WebAssembly.compile(bytes());
      } catch (cause) {
        throw wasmError(cause);
      }
      return module;
    },
  };
}

/** The bytes of each core. */
export const coreBytes = {
  simd: () => decodeText(coreText),
  relaxed: () => patch(decodeText(coreText), decodeText(relaxedDelta)),
};

/** Both cores; only what is asked for is compiled. */
export function inlineCores(): Cores {
  return { simd: compiledOnce(coreBytes.simd), relaxed: compiledOnce(coreBytes.relaxed) };
}
