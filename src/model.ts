// Owns loading and running: bytes through reader, checks, passes and plan into memory, and everything a user does with the result.
/// <reference lib="esnext.disposable" preserve="true" />
import type { Isa } from './core/abi';
import { checkModule } from './core/core';
import type { CoreSource } from './core/inline';
import { chooseIsa, type WasmModule } from './core/isa';
import { ModelError } from './errors';
import { Execution } from './execution';
import type { Graph, Node, TensorData } from './graph/graph';
import { validate } from './graph/validate';
import { describeModel } from './inspect';
import { type OperatorInfo, type OperatorProfile, operatorInfo } from './operator-info';
import { checkOptionNames, type OptionNames } from './options';
import { type PassRecord, runPasses } from './passes';
import type { FloatBinary } from './plan/float-segment';
import { type MemoryBytes, makePlan, type Port } from './plan/plan';
import { evaluate } from './reference/run';
import { dequantize, type Tensor, type TensorInfo, tensorInfo } from './tensor';
import { asBytes, type ModelBytes } from './tflite/bytes';
import { readModel } from './tflite/read';

export interface LoadOptions {
  /** Linear memory that the model may take, in bytes; default 256 MB. The file may be as large. More is `too-large`, before allocation. */
  maxBytes?: number;
  /** Leading dimension of every input; default: the file's. */
  batch?: number;
  /** `forbid` refuses operators that have no core kernel; default `allow`. */
  hostOperators?: 'allow' | 'forbid';
  /** The core, compiled by the caller from `zeropoint/wasm/core.wasm`; default: the inlined one. */
  module?: WasmModule;
  /** The instruction set to use; default: the fastest that is exact on this engine. */
  isa?: Isa;
}

const optionNames: OptionNames<LoadOptions> = { maxBytes: 1, batch: 1, hostOperators: 1, module: 1, isa: 1 };

/** One intermediate tensor as `Model.trace` shows it. */
export interface TracedTensor extends TensorInfo {
  /** Index of the operator that computed it, as in `Model.operators`. */
  readonly operator: number;
}

/** `data`: a copy in the model's own codes. `real()`: the same as real numbers. */
export type TraceVisitor = (tensor: TracedTensor, data: TensorData, real: () => Float32Array) => void;

const defaultMaxBytes = 256 * 2 ** 20;
const defaultProfileRuns = 10;

/** What `dispose` lets go of: linear memory and the file's constants. */
interface Live {
  readonly graph: Graph;
  readonly execution: Execution;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
}

interface Settings {
  readonly isa: Isa;
  readonly hostOperators: 'allow' | 'forbid';
  readonly maxBytes: number;
  readonly float: FloatBinary | undefined;
}

/**
 * A model ready to run. Independent of every other one; memory is allocated once, at load. Inputs are zeros until they are written.
 * After `dispose` the tensors, `run`, `profile` and `trace` throw `disposed`; what describes the model stays.
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the interface adds Symbol.dispose, which is defined below where it exists
export class Model {
  /** Name and description of the graph in the file. */
  readonly name: string;
  readonly description: string;
  /** Named blobs of the file, as TFLITE_METADATA. */
  readonly metadata: readonly { readonly name: string; readonly data: Uint8Array }[];
  /** Bytes behind the model in the file: a zip archive of label files, or empty. */
  readonly trailer: Uint8Array;
  /** What the optimization passes changed or declined, and why. */
  readonly passes: readonly PassRecord[];
  /** Exact bytes of linear memory. */
  readonly memory: MemoryBytes;
  /** Every operator in execution order, without running. */
  readonly operators: readonly OperatorInfo[];
  private live: Live | undefined;

  /** Use `load` or `loadSync`. */
  constructor(
    graph: Graph,
    passes: readonly PassRecord[],
    private readonly settings: Settings,
    private readonly module: WasmModule,
  ) {
    this.name = graph.name;
    this.description = graph.description;
    // Copies, since views would keep the whole file alive.
    this.metadata = graph.metadata.map(({ name, data }) => ({ name, data: data.slice() }));
    this.trailer = graph.trailer.slice();
    this.passes = passes;
    const plan = makePlan(graph, { ...settings, reuse: true });
    const execution = new Execution(plan, module);
    const tensor = (port: Port) => ({ ...tensorInfo(port.value), data: execution.view(port) }) as Tensor;
    this.memory = plan.memory;
    this.operators = graph.nodes.map((node, i) => operatorInfo(node, i, plan.kernels.get(node)!));
    this.live = { graph, execution, inputs: plan.inputs.map(tensor), outputs: plan.outputs.map(tensor) };
  }

  /** Inputs in the file's order; write into their `data`. */
  get inputs(): readonly Tensor[] {
    return this.alive().inputs;
  }

  /** Outputs in the file's order; their `data` changes with every run. */
  get outputs(): readonly Tensor[] {
    return this.alive().outputs;
  }

  /** Computes the outputs from the inputs, synchronously. Throws `bad-data` when indices among the values point nowhere. */
  run(): void {
    this.alive().execution.run();
  }

  /** Runs `runs` times (>= 1) and measures every operator; needs a clock that advances, which hosted workers may not have. */
  profile(runs = defaultProfileRuns): OperatorProfile[] {
    const { graph, execution } = this.alive();
    if (!(Number.isInteger(runs) && runs >= 1)) throw new ModelError('bad-argument', `runs is ${runs}; it must be an integer >= 1`);
    const steps = execution.timedSteps();
    const samples = new Map<Node, number[]>(graph.nodes.map((node) => [node, new Array<number>(runs).fill(0)]));
    for (let run = 0; run < runs; run++) {
      for (const step of steps) {
        const start = performance.now();
        step.run();
        const times = step.node && samples.get(step.node);
        if (times) times[run] += performance.now() - start;
      }
    }
    return this.operators.map((operator, i): OperatorProfile => {
      const milliseconds = median(samples.get(graph.nodes[i])!);
      return { ...operator, milliseconds, gmacs: milliseconds > 0 ? operator.macs / milliseconds / 1e6 : 0 };
    });
  }

  /**
   * Runs on a copy of the current inputs and shows the outputs of every operator in execution order. Takes a second memory in which
   * nothing is overwritten; throws `too-large` when that exceeds maxBytes. A tensor that a fusion removed is not shown.
   */
  trace(visit: TraceVisitor): void {
    const { graph, inputs } = this.alive();
    if (typeof visit !== 'function') throw new ModelError('bad-argument', 'trace takes a function (tensor, data, real) => void');
    const plan = makePlan(graph, { ...this.settings, reuse: false });
    const execution = new Execution(plan, this.module);
    plan.inputs.forEach((port, i) => {
      (execution.view(port) as Uint8Array).set(inputs[i].data as Uint8Array);
    });
    execution.run();
    graph.nodes.forEach((node, operator) => {
      for (const value of node.outputs) {
        const data = execution.read(value);
        if (data) visit({ ...tensorInfo(value), operator }, data, () => dequantize(tensorInfo(value), data));
      }
    });
  }

  /** Lets go of the memory; views of it stay readable but mean nothing any more. Calling it again does nothing. */
  dispose(): void {
    this.live = undefined;
  }

  /** What the model takes, gives, runs and holds, on a few lines; also what consoles of Node, Deno and Bun show. */
  toString(): string {
    return describeModel(this, this.live);
  }

  private alive(): Live {
    if (!this.live) throw new ModelError('disposed', 'the model was disposed; load it again');
    return this.live;
  }
}

// Engines without explicit resource management have no Symbol.dispose.
if (typeof Symbol.dispose === 'symbol') {
  Object.defineProperty(Model.prototype, Symbol.dispose, { value: Model.prototype.dispose, configurable: true, writable: true });
}
export interface Model extends Disposable {}
for (const symbol of ['nodejs.util.inspect.custom', 'Deno.customInspect']) {
  Object.defineProperty(Model.prototype, Symbol.for(symbol), { value: Model.prototype.toString });
}

function median(samples: readonly number[]): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Checks the options and turns bytes into a validated graph. */
function prepare(
  bytes: ModelBytes,
  options: LoadOptions,
  float: FloatBinary | undefined,
): { graph: Graph; passes: readonly PassRecord[]; settings: Settings } {
  checkOptionNames<LoadOptions>(options, optionNames, 'load');
  const { maxBytes = defaultMaxBytes, batch, hostOperators = 'allow', module, isa = chooseIsa() } = options;
  if (typeof maxBytes !== 'number' || !(maxBytes > 0))
    throw new ModelError('bad-argument', `maxBytes is ${String(maxBytes)}; it must be > 0`);
  if (hostOperators !== 'allow' && hostOperators !== 'forbid')
    throw new ModelError('bad-argument', "hostOperators must be 'allow' or 'forbid'");
  if (isa !== 'simd') throw new ModelError('bad-argument', `isa is ${String(isa)}; it must be 'simd'`);
  if (module !== undefined) checkModule(module);
  const file = asBytes(bytes);
  if (file.length > maxBytes) throw new ModelError('too-large', `the file has ${file.length} bytes, more than maxBytes = ${maxBytes}`);
  // Constants view the file, so it is copied: what the caller does with its bytes afterwards changes nothing. Not by slice(), which
  // does not copy a Buffer of Node.
  const graph = readModel(new Uint8Array(file));
  float?.admit(graph);
  validate(graph, { batch, evaluate });
  return { graph, passes: runPasses(graph, { evaluate }), settings: { isa, hostOperators, maxBytes, float } };
}

export interface Loaders {
  /**
   * Loads a `.tflite` model. Throws ModelError and leaves nothing behind when the file is bad, too large or needs what is not supported.
   * The bytes are not needed afterwards.
   */
  load(bytes: ModelBytes, options?: LoadOptions): Promise<Model>;
  /** The same, synchronously. */
  loadSync(bytes: ModelBytes, options?: LoadOptions): Model;
}

/** `load` and `loadSync` on a core from `source`; float nodes run on `float`, or on the host where there is none. */
export function bindCore(source: CoreSource, float?: FloatBinary): Loaders {
  return {
    async load(bytes, options = {}) {
      const { graph, passes, settings } = prepare(bytes, options, float);
      return new Model(graph, passes, settings, options.module ?? (await source.async()));
    },
    loadSync(bytes, options = {}) {
      const { graph, passes, settings } = prepare(bytes, options, float);
      return new Model(graph, passes, settings, options.module ?? source.sync());
    },
  };
}
