// Owns a core on a memory of its own, for what is computed while a model is loaded: loops that take cold JavaScript milliseconds.
import { descriptorBytes } from './abi';
import { allocateMemory, Core, growMemory } from './core';
import type { WasmMemory, WasmModule } from './isa';

/** Where the descriptor lies; 0 is no address. */
const program = 64;

export class Scratch {
  /** The first byte that is the caller's, a multiple of 64. */
  readonly begin = program + descriptorBytes;
  private memory: WasmMemory | undefined;
  private core: Core | undefined;

  /** Nothing is allocated before it is needed. */
  constructor(private readonly module: WasmModule) {}

  /** Memory of at least `bytes`, with what earlier uses left behind. Views of earlier memories are void. */
  reserve(bytes: number): ArrayBuffer {
    this.memory ??= allocateMemory(65536, { grows: true });
    growMemory(this.memory, bytes);
    return this.memory.buffer as ArrayBuffer;
  }

  /** Executes an operator on the memory: fields are integers and addresses, 0 where they are absent. */
  run({ kind, fields }: { readonly kind: number; readonly fields: readonly string[] }, values: Readonly<Record<string, number>>): void {
    const view = new DataView(this.reserve(0));
    view.setInt32(program, kind, true);
    for (let i = 0; i < fields.length; i++) view.setInt32(program + 4 + 4 * i, values[fields[i]] ?? 0, true);
    this.core ??= new Core(this.module, this.memory!);
    this.core.run(program, 0, 1);
  }
}
