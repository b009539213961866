// Owns the binaries inside this package: decoded and compiled once, on first use.
import { type WasmModule, wasmError } from './isa';
import { coreBase64 } from './wasm';

/** Compiles a binary, or throws `wasm-forbidden` or `wasm-failed`; the module holds no state and serves every model. */
export interface CoreSource {
  sync(): WasmModule;
  async(): Promise<WasmModule>;
}

/** A binary from its bytes in base64. A compiled module is kept: it is code, not state. */
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
