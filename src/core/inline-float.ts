// Owns the inlined float core: decoded and compiled once, on first use.

import { base64Bytes } from './base64';
import { floatCoreBase64 } from './float-wasm';

/** A function to the float core from the bytes inside this package. A compiled module is kept: it is code, not state. */
export function inlineFloatCore(): () => WebAssembly.Module {
  let module: WebAssembly.Module | undefined;
  return () => {
    module ??= new WebAssembly.Module(base64Bytes(floatCoreBase64));
    return module;
  };
}
