// Owns running single descriptors on the shipped core, for tests that go around the planner.
import { instantiateSync } from '@assemblyscript/loader';
import { type Descriptors, operators } from '../../src/core/abi';
import { type DotDescriptors, dotOperators } from '../../src/core/abi-relaxed';
import { inlineCores } from '../../src/core/inline';

type Run = (program: number, begin: number, end: number, thread: number, threads: number) => void;

type AllDescriptors = Descriptors<number> & DotDescriptors<number>;
const allOperators = { ...operators, ...dotOperators };

/** A core, by default the shipped one, over `bytes` of memory whose first 128 bytes hold one descriptor. */
export class DescriptorRunner {
  readonly buffer: ArrayBuffer;
  private readonly view: DataView;
  private readonly execute: Run;
  private next = 128;

  constructor(bytes: number, module = inlineCores().simd.sync() as WebAssembly.Module) {
    const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / 65536) });
    this.buffer = memory.buffer;
    this.view = new DataView(memory.buffer);
    const { exports } = instantiateSync<{ run: Run }>(module, { env: { memory } });
    this.execute = exports.run;
  }

  /** The address of `bytes` more of memory, a multiple of 64. */
  reserve(bytes: number): number {
    const address = this.next;
    this.next = Math.ceil((address + bytes) / 64) * 64;
    if (this.next > this.buffer.byteLength) throw new RangeError(`${this.next} bytes of memory are needed`);
    return address;
  }

  /** Writes the descriptor, in which all fields have to be given, and runs it. */
  run<O extends keyof AllDescriptors>(operator: O, fields: Readonly<AllDescriptors[O]>): void {
    const { kind, fields: names } = allOperators[operator];
    const values = fields as Readonly<Record<string, number>>;
    this.view.setUint32(0, kind, true);
    names.forEach((name, i) => {
      if (values[name] === undefined) throw new TypeError(`${operator} lacks ${name}`);
      this.view.setInt32(4 + 4 * i, values[name], true);
    });
    this.execute(0, 0, 1, 0, 1);
  }
}
