// Owns an instance of the core and its memory, sized once and never grown.
import { instantiateSync } from '@assemblyscript/loader';
import { ModelError } from '../errors';
import { abiVersion } from './abi';

interface CoreExports extends Record<string, unknown> {
  abiVersion(): number;
  run(program: number, first: number, last: number, thread: number, threads: number): void;
}

const pageBytes = 65536;

/** One core over one memory. Several cores never share anything. */
export class Core {
  readonly memory: ArrayBuffer;
  private readonly exports: CoreExports;

  /** `bytes` is a multiple of 64 KB. Throws `too-large` when the engine refuses that much, `bad-argument` for a foreign module. */
  constructor(module: WebAssembly.Module, bytes: number) {
    const pages = bytes / pageBytes;
    let memory: WebAssembly.Memory;
    try {
      memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    } catch (cause) {
      throw new ModelError('too-large', `the engine refuses ${bytes} bytes of memory; lower maxBytes or free memory`, { cause });
    }
    try {
      this.exports = instantiateSync<CoreExports>(module, { env: { memory } }).exports;
      if (this.exports.abiVersion() !== abiVersion) throw new RangeError('a core of another version');
    } catch (cause) {
      throw new ModelError('bad-argument', 'the option module must be the core.wasm of this package', { cause });
    }
    this.memory = memory.buffer;
  }

  /** Runs descriptors [first, last) of the program at an address, on one thread. */
  run(program: number, first: number, last: number): void {
    this.exports.run(program, first, last, 0, 1);
  }
}
