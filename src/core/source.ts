// Owns what gives a compiled binary: bytes that are compiled on first use, or a module.
import type { WasmModule } from './isa';

/** Gives a compiled binary, or throws `wasm-forbidden` or `wasm-failed`. The module has no state and is shared by all models. */
export interface CoreSource {
  sync(): WasmModule;
  async(): Promise<WasmModule>;
}

/** A binary that is compiled already. */
export function compiledModule(module: WasmModule): CoreSource {
  return { sync: () => module, async: async () => module };
}
