// Owns the inlined core: decoded and compiled once, on first use.
import { coreBase64 } from './wasm';

/** Compiles the core; the module holds no state and serves every model. */
export interface CoreSource {
  sync(): WebAssembly.Module;
  async(): Promise<WebAssembly.Module>;
}

function coreBytes(): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(coreBase64), (character) => character.charCodeAt(0));
}

/** The core from the bytes inside this package. A compiled module is kept: it is code, not state. */
export function inlineCore(): CoreSource {
  let module: WebAssembly.Module | undefined;
  return {
    sync() {
      module ??= new WebAssembly.Module(coreBytes());
      return module;
    },
    async async() {
      module ??= await WebAssembly.compile(coreBytes());
      return module;
    },
  };
}
