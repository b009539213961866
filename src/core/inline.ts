// Owns the binaries that the package contains as text: decoded and compiled once, on first use.
import type { Cores } from './choose';
import { type WasmModule, wasmError } from './isa';
import { relaxedCoreBase64 } from './relaxed-wasm';
import type { CoreSource } from './source';
import { coreBase64 } from './wasm';

/** A binary from its bytes in base64, compiled on the first call. */
export function inlineModule(base64: string): CoreSource {
  let module: WasmModule | undefined;
  return {
    sync() {
      try {
        module ??= new WebAssembly.Module(decode(base64));
      } catch (cause) {
        throw wasmError(cause);
      }
      return module;
    },
    async async() {
      try {
        module ??= await WebAssembly.compile(decode(base64));
      } catch (cause) {
        throw wasmError(cause);
      }
      return module;
    },
  };
}

/** A loop, since a callback per byte takes milliseconds before it is compiled. */
function decode(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** Both cores; only what is asked for is compiled. */
export function inlineCores(): Cores {
  return { simd: inlineModule(coreBase64), relaxed: inlineModule(relaxedCoreBase64) };
}
