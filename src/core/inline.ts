// Owns the binaries inside this package: decoded and compiled once, on first use.
import { coreBase64 } from './wasm';

/** Compiles a binary; the module holds no state and serves every model. */
export interface CoreSource {
  sync(): WebAssembly.Module;
  async(): Promise<WebAssembly.Module>;
}

/** A binary from its bytes in base64. A compiled module is kept: it is code, not state. */
export function inlineModule(base64: string): CoreSource {
  let module: WebAssembly.Module | undefined;
  const bytes = () => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  return {
    sync() {
      module ??= new WebAssembly.Module(bytes());
      return module;
    },
    async async() {
      module ??= await WebAssembly.compile(bytes());
      return module;
    },
  };
}

/** The core. */
export function inlineCore(): CoreSource {
  return inlineModule(coreBase64);
}
