// Owns loading and running: bytes through reader, checks, passes and plan into memory, and everything a user does with the result.
/// <reference lib="esnext.disposable" preserve="true" />
import { checkModule } from './core/core';
import type { CoreSource } from './core/inline';
import { chooseIsa, type Isa, type WasmModule } from './core/isa';
import { ModelError } from './errors';
import { Execution, type Modules } from './execution';
import { copyGraph } from './graph/copy';
import type { Graph, Node, TensorData } from './graph/graph';
import { validate } from './graph/validate';
import { describeModel } from './inspect';
import { type OperatorInfo, type OperatorProfile, operatorInfo } from './operator-info';
import { checkOptionNames, type OptionNames } from './options';
import { type PassRecord, runPasses } from './passes';
import { coreBackend } from './plan/lower';
import type { Backend } from './plan/lowering';
import { type MemoryBytes, makePlan, type Plan } from './plan/plan';
import type { Port } from './plan/step';
import { evaluate } from './reference/run';
import { dequantize, type Tensor, type TensorInfo, tensorInfo } from './tensor';
import { asBytes, type ModelBytes, readModel } from './tflite/read';

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

/** A `.tflite` file, or a graph, which is copied: only the elements of its constants are shared. */
export type ModelSource = ModelBytes | Graph;

/** One intermediate tensor as `Model.trace` shows it. */
export interface TracedTensor extends TensorInfo {
  /** Index of the operator that computed it, as in `Model.operators`. */
  readonly operator: number;
  /** Which of the operator's outputs. */
  readonly output: number;
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

/** What an entry binds beyond the core: another binary, and what makes graphs ready for it. */
export interface Extension {
  readonly backend: Backend;
  readonly source: CoreSource;
  /** Edits a graph, just read, before it is validated. */
  readonly admit: (graph: Graph) => void;
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
  #live: Live | undefined;

  /** Use `load` or `loadSync`. */
  constructor({ graph, passes, plan }: Prepared, modules: Modules) {
    this.name = graph.name;
    this.description = graph.description;
    // Copies, since views would keep the whole file alive.
    this.metadata = graph.metadata.map(({ name, data }) => ({ name, data: data.slice() }));
    this.trailer = graph.trailer.slice();
    this.passes = passes;
    const execution = new Execution(plan, modules);
    const tensor = (port: Port) => ({ ...tensorInfo(port.value), data: execution.view(port) }) as Tensor;
    this.memory = plan.memory;
    this.operators = plan.nodes.map(({ node, kernel }, i) => operatorInfo(node, i, kernel));
    this.#live = { graph, execution, inputs: plan.inputs.map(tensor), outputs: plan.outputs.map(tensor) };
  }

  /** The graph that runs: folded and fused by the passes. For reading only. */
  get graph(): Graph {
    return this.alive().graph;
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
   * Runs, and shows the outputs of every operator in execution order, read as they appear: no second memory. A tensor that a fusion
   * removed is not shown. Afterwards the outputs are those of a run; `visit` must not run the model.
   */
  trace(visit: TraceVisitor): void {
    const { execution } = this.alive();
    if (typeof visit !== 'function') throw new ModelError('bad-argument', 'trace takes a function (tensor, data, real) => void');
    let operator = 0;
    execution.runEach(({ node }) => {
      for (const [output, value] of node.outputs.entries()) {
        const info = tensorInfo(value);
        const data = execution.read(value);
        visit({ ...info, operator, output }, data, () => dequantize(info, data));
      }
      operator++;
    });
  }

  /** Lets go of the memory; views of it stay readable but mean nothing any more. Calling it again does nothing. */
  dispose(): void {
    this.#live = undefined;
  }

  /** What the model takes, gives, runs and holds, on a few lines; also what consoles of Node, Deno and Bun show. */
  toString(): string {
    return describeModel(this, this.#live);
  }

  private alive(): Live {
    if (!this.#live) throw new ModelError('disposed', 'the model was disposed; load it again');
    return this.#live;
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

/** A planned model: all that is known before memory is allocated. */
interface Prepared {
  readonly graph: Graph;
  readonly passes: readonly PassRecord[];
  readonly plan: Plan;
}

/** Checks the options, validates, optimizes and plans. */
function prepare(source: ModelSource, options: LoadOptions, extension: Extension | undefined): Prepared {
  checkOptionNames<LoadOptions>(options, optionNames, 'load');
  const { maxBytes = defaultMaxBytes, batch, hostOperators = 'allow', module, isa = chooseIsa() } = options;
  if (typeof maxBytes !== 'number' || !(maxBytes > 0))
    throw new ModelError('bad-argument', `maxBytes is ${String(maxBytes)}; it must be > 0`);
  if (hostOperators !== 'allow' && hostOperators !== 'forbid')
    throw new ModelError('bad-argument', "hostOperators must be 'allow' or 'forbid'");
  if (isa !== 'simd') throw new ModelError('bad-argument', `isa is ${String(isa)}; it must be 'simd'`);
  if (module !== undefined) checkModule(module);
  const graph = isGraph(source) ? copyGraph(source) : readFile(source, maxBytes);
  extension?.admit(graph);
  validate(graph, { batch, evaluate });
  const passes = runPasses(graph, { evaluate });
  const backends = extension ? [coreBackend, extension.backend] : [coreBackend];
  return { graph, passes, plan: makePlan(graph, { backends, hostOperators, maxBytes }) };
}

function isGraph(source: ModelSource): source is Graph {
  return Array.isArray((source as Graph | undefined)?.nodes) && Array.isArray((source as Graph).values);
}

function readFile(source: ModelBytes, maxBytes: number): Graph {
  const file = asBytes(source);
  if (file.length > maxBytes) throw new ModelError('too-large', `the file has ${file.length} bytes, more than maxBytes = ${maxBytes}`);
  // Constants view the file, so it is copied: what the caller does with its bytes afterwards changes nothing. Not by slice(), which
  // does not copy a Buffer of Node.
  return readModel(new Uint8Array(file));
}

export interface Loaders {
  /**
   * Loads a `.tflite` model, or a graph. Throws ModelError and leaves nothing behind when it is bad, too large or needs what is not
   * supported. The bytes, and the graph, are not needed afterwards.
   */
  load(source: ModelSource, options?: LoadOptions): Promise<Model>;
  /** The same, synchronously. */
  loadSync(source: ModelSource, options?: LoadOptions): Model;
}

/** `load` and `loadSync` on a core from `source`; what the core has no kernels for runs on the extension, then on the host. */
export function bindCore(source: CoreSource, extension?: Extension): Loaders {
  /** Only an extension that the plan uses is compiled. */
  const extensionOf = ({ plan }: Prepared): CoreSource | undefined =>
    plan.steps.some((step) => step.kind === 'core' && step.binary !== coreBackend.format.binary) ? extension?.source : undefined;
  return {
    async load(model, options = {}) {
      const prepared = prepare(model, options, extension);
      const float = await extensionOf(prepared)?.async();
      return new Model(prepared, { core: options.module ?? (await source.async()), float });
    },
    loadSync(model, options = {}) {
      const prepared = prepare(model, options, extension);
      return new Model(prepared, { core: options.module ?? source.sync(), float: extensionOf(prepared)?.sync() });
    },
  };
}
