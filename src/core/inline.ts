// Owns the binaries that the package contains as text: decoded and compiled once, on first use.
import { type WasmModule, wasmError } from './isa';
import { coreBase64 } from './wasm';

/** Gives a compiled binary, or throws `wasm-forbidden` or `wasm-failed`. The module has no state and is shared by all models. */
export interface CoreSource {
  sync(): WasmModule;
  async(): Promise<WasmModule>;
}

/** A binary from its bytes in base64, compiled on the first call. */
export function inlineModule(base64: string): CoreSource {
  let module: WasmModule | undefined;
  const bytes = () => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
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

/** The core. */
export function inlineCore(): CoreSource {
  return inlineModule(coreBase64);
}
