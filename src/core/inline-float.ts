// Owns the inlined float core: decoded and compiled once, on first use.

import { base64Bytes } from './base64';
import { floatCoreBase64 } from './float-wasm';
import { type WasmModule, wasmError } from './isa';

/** A function to the float core from the bytes inside this package. A compiled module is kept: it is code, not state. */
export function inlineFloatCore(): () => WasmModule {
  let module: WasmModule | undefined;
  return () => {
    try {
      module ??= new WebAssembly.Module(base64Bytes(floatCoreBase64));
    } catch (cause) {
      throw wasmError(cause);
    }
    return module;
  };
}
