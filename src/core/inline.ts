// Owns the inlined core: decoded and compiled once, on first use.
import { base64Bytes } from './base64';
import { coreBase64 } from './wasm';

/** Compiles the core; the module holds no state and serves every model. */
export interface CoreSource {
  sync(): WebAssembly.Module;
  async(): Promise<WebAssembly.Module>;
}

/** The core from the bytes inside this package. A compiled module is kept: it is code, not state. */
export function inlineCore(): CoreSource {
  let module: WebAssembly.Module | undefined;
  return {
    sync() {
      module ??= new WebAssembly.Module(base64Bytes(coreBase64));
      return module;
    },
    async async() {
      module ??= await WebAssembly.compile(base64Bytes(coreBase64));
      return module;
    },
  };
}
