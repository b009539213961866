// Owns linear memory, sized once and never grown, and the instances of binaries on it.
import { ModelError } from '../errors';
import { abiVersion } from './abi';
import { type WasmMemory, type WasmModule, wasmError } from './isa';

interface CoreExports {
  abiVersion(): number;
  run(program: number, begin: number, end: number, thread: number, threads: number): void;
}

const pageBytes = 65536;

const foreignModule = () =>
  new ModelError('bad-argument', 'the option module must be core.wasm or core-relaxed.wasm of this version of the package');

/** Throws `bad-argument` unless `module` is a WebAssembly.Module that exports what the core does and imports nothing but a memory. */
export function checkModule(module: WasmModule): void {
  let isCore = false;
  try {
    const names = WebAssembly.Module.exports(module as WebAssembly.Module).map(({ name }) => name);
    const imports = WebAssembly.Module.imports(module as WebAssembly.Module);
    isCore = names.includes('run') && names.includes('abiVersion') && imports.every(({ kind }) => kind === 'memory');
  } catch {
    // No WebAssembly.Module.
  }
  if (!isCore) throw foreignModule();
}

/** Whether a module of the core is the one with dot products. */
export function isRelaxed(module: WasmModule): boolean {
  return WebAssembly.Module.exports(module as WebAssembly.Module).some(({ name }) => name === 'hasDots');
}

/** Linear memory of `bytes`, a multiple of 64 KB, which grows only if it `grows`. Throws `too-large` when the engine refuses that much. */
export function allocateMemory(bytes: number, { shared = false, grows = false } = {}): WasmMemory {
  const initial = bytes / pageBytes;
  try {
    return new WebAssembly.Memory(grows ? { initial } : { initial, maximum: initial, shared });
  } catch (cause) {
    const error = wasmError(cause);
    if (error.code === 'wasm-forbidden') throw error;
    throw refusedMemory(bytes, cause);
  }
}

/** Grows a memory to at least `bytes`. Throws `too-large` when the engine refuses that much. */
export function growMemory(memory: WasmMemory, bytes: number): void {
  const pages = Math.ceil((bytes - memory.buffer.byteLength) / pageBytes);
  if (pages <= 0) return;
  try {
    (memory as WebAssembly.Memory).grow(pages);
  } catch (cause) {
    throw refusedMemory(bytes, cause);
  }
}

function refusedMemory(bytes: number, cause: unknown): ModelError {
  return new ModelError('too-large', `the engine refuses ${bytes} bytes of memory; lower maxBytes or free memory`, { cause });
}

/** An instance of a binary on a memory, which several instances may share: they have no state of their own. */
export class Core {
  private readonly exports: CoreExports;

  /** Throws `bad-argument` for a foreign module. */
  constructor(module: WasmModule, memory: WasmMemory) {
    try {
      // A binary has no heap and no runtime, so that nothing of AssemblyScript's loader is needed.
      this.exports = new WebAssembly.Instance(module as WebAssembly.Module, { env: { memory: memory as WebAssembly.Memory } })
        .exports as unknown as CoreExports;
    } catch (cause) {
      throw cause instanceof WebAssembly.LinkError ? foreignModule() : wasmError(cause);
    }
    // Modules that a caller or a bundler supplies may be of another version.
    if (this.exports.abiVersion() !== abiVersion) throw foreignModule();
  }

  /** Runs descriptors [begin, end) of the program at an address, on one thread. */
  run(program: number, begin: number, end: number): void {
    this.exports.run(program, begin, end, 0, 1);
  }
}
