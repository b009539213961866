// Owns the inlined core: decoded and compiled once, on first use.
import { base64Bytes } from './base64';
import { type WasmModule, wasmError } from './isa';
import { coreBase64 } from './wasm';

/** Compiles the core, or throws `wasm-forbidden` or `wasm-failed`; the module holds no state and serves every model. */
export interface CoreSource {
  sync(): WasmModule;
  async(): Promise<WasmModule>;
}

/** The core from the bytes inside this package. A compiled module is kept: it is code, not state. */
export function inlineCore(): CoreSource {
  let module: WasmModule | undefined;
  return {
    sync() {
      try {
        module ??= new WebAssembly.Module(base64Bytes(coreBase64));
      } catch (cause) {
        throw wasmError(cause);
      }
      return module;
    },
    async async() {
      try {
        module ??= await WebAssembly.compile(base64Bytes(coreBase64));
      } catch (cause) {
        throw wasmError(cause);
      }
      return module;
    },
  };
}
