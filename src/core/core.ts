// Owns linear memory, sized once and never grown, and the instances of binaries on it.
import { instantiateSync } from '@assemblyscript/loader';
import { ModelError } from '../errors';
import { abiVersion } from './abi';

interface CoreExports extends Record<string, unknown> {
  abiVersion(): number;
  run(program: number, begin: number, end: number, thread: number, threads: number): void;
}

const pageBytes = 65536;

/** Linear memory of `bytes`, a multiple of 64 KB, that never grows. Throws `too-large` when the engine refuses that much. */
export function allocateMemory(bytes: number): WebAssembly.Memory {
  const pages = bytes / pageBytes;
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages });
  } catch (cause) {
    throw new ModelError('too-large', `the engine refuses ${bytes} bytes of memory; lower maxBytes or free memory`, { cause });
  }
}

/** An instance of a binary on a memory, which several instances may share: they have no state of their own. */
export class Core {
  private readonly exports: CoreExports;

  /** Throws `bad-argument` for a foreign module. */
  constructor(module: WebAssembly.Module, memory: WebAssembly.Memory) {
    try {
      this.exports = instantiateSync<CoreExports>(module, { env: { memory } }).exports;
      if (this.exports.abiVersion() !== abiVersion) throw new RangeError('a core of another version');
    } catch (cause) {
      throw new ModelError('bad-argument', 'the option module must be the core.wasm of this package', { cause });
    }
  }

  /** Runs descriptors [begin, end) of the program at an address, on one thread. */
  run(program: number, begin: number, end: number): void {
    this.exports.run(program, begin, end, 0, 1);
  }
}
