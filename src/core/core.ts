// Owns an instance of the core and its memory, sized once and never grown.
import { instantiateSync } from '@assemblyscript/loader';
import { ModelError } from '../errors';
import { abiVersion } from './abi';
import { type WasmModule, wasmError } from './isa';

interface CoreExports extends Record<string, unknown> {
  abiVersion(): number;
  run(program: number, first: number, last: number, thread: number, threads: number): void;
}

const pageBytes = 65536;

const foreignModule = () => new ModelError('bad-argument', 'the option module must be the core.wasm of this version of the package');

/** Throws `bad-argument` unless `module` is a WebAssembly.Module that exports what the core does and imports nothing but a memory. */
export function checkModule(module: WasmModule): void {
  let isCore = false;
  try {
    const names = WebAssembly.Module.exports(module as WebAssembly.Module).map(({ name }) => name);
    const imports = WebAssembly.Module.imports(module as WebAssembly.Module);
    isCore = names.includes('run') && names.includes('abiVersion') && imports.every(({ kind }) => kind === 'memory');
  } catch {
    // Not a module at all.
  }
  if (!isCore) throw foreignModule();
}

/** One core over one memory. Several cores never share anything. */
export class Core {
  readonly memory: ArrayBuffer;
  private readonly exports: CoreExports;

  /** `bytes` is a multiple of 64 KB. Throws `too-large` when the engine refuses that much, `bad-argument` for a foreign module. */
  constructor(module: WasmModule, bytes: number) {
    const pages = bytes / pageBytes;
    let memory: WebAssembly.Memory;
    try {
      memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    } catch (cause) {
      const error = wasmError(cause);
      if (error.code === 'wasm-forbidden') throw error;
      throw new ModelError('too-large', `the engine refuses ${bytes} bytes of memory; lower maxBytes or free memory`, { cause });
    }
    try {
      this.exports = instantiateSync<CoreExports>(module as WebAssembly.Module, { env: { memory } }).exports;
    } catch (cause) {
      throw cause instanceof WebAssembly.LinkError ? foreignModule() : wasmError(cause);
    }
    // Only a module that a caller or a bundler supplied can have another version than this code.
    if (this.exports.abiVersion() !== abiVersion) throw foreignModule();
    this.memory = memory.buffer;
  }

  /** Runs descriptors [first, last) of the program at an address, on one thread. */
  run(program: number, first: number, last: number): void {
    this.exports.run(program, first, last, 0, 1);
  }
}
