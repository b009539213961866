// Owns loading a model, through reader, validation, passes and plan, and its public members: run, profile, trace, dispose.
/// <reference lib="esnext.disposable" preserve="true" />

import { Account, defaultMaxBytes } from './account';
import { type ChosenCore, type Cores, chooseCore, chooseCoreSync } from './core/choose';
import { checkModule } from './core/core';
import { checkEngine, type Isa, type WasmMemory, type WasmModule } from './core/isa';
import { Scratch } from './core/scratch';
import type { CoreSource } from './core/source';
import { ModelError } from './errors';
import { Execution, type Modules } from './execution';
import { copyGraph } from './graph/copy';
import type { Graph, Node, TensorData } from './graph/graph';
import { defaultMaxOperations, validate } from './graph/validate';
import { MultiplierTable } from './graph/weighted';
import { describeModel } from './inspect';
import { ModelFile } from './model-file';
import { type OperatorInfo, type OperatorProfile, operatorInfo } from './operator-info';
import { checkOptionNames, type OptionNames, own } from './options';
import { type PassRecord, runPasses } from './passes';
import { coreBackend } from './plan/lower';
import type { Backend } from './plan/lowering';
import type { PackingQueue } from './plan/pack';
import { type MemoryBytes, makePlan, type Plan } from './plan/plan';
import type { Port } from './plan/step';
import { evaluate } from './reference/run';
import { type ModelSignature, modelSignature } from './signature';
import { dequantize, type Tensor, type TensorInfo, tensorInfo } from './tensor';
import { asBytes, type ModelBytes, readModel } from './tflite/read';
import type { ReadExtensions } from './tflite/read-operator';

export interface LoadOptions {
  /**
   * Bytes, > 0, of linear memory that the model may take, and of the file; default 2^28. What loading takes in all (file, heap, memory)
   * stays within 32 MB more. More is `too-large`, before allocation.
   */
  maxBytes?: number;
  /**
   * Operations, > 0, of one run per image, each about a nanosecond on the reference machine of SECURITY.md; default 2 x 10^11. More is
   * `too-large`, before allocation.
   */
  maxOperations?: number;
  /** Images per run, an integer >= 1: the leading dimension of every input of rank >= 1; default: the file's. */
  batch?: number;
  /**
   * Shapes of inputs, by their name or their name in a signature, as `{ image: [1, 320, 320, 3] }`: sizes of the dimensions that the file
   * leaves open, and the same as in the file for all others.
   */
  shapes?: Readonly<Record<string, readonly number[]>>;
  /** Key of the signature whose graph is loaded; default: the file's first graph. */
  signature?: string;
  /** `forbid`: operators without a core kernel are refused with `host-operator-forbidden`; default `allow`. */
  hostOperators?: 'allow' | 'forbid';
  /** The core, compiled by the caller from `zeropoint/wasm/core.wasm` or `core-relaxed.wasm`; default: an inlined one. */
  module?: WasmModule;
  /** `simd`: without relaxed SIMD; default: the fastest that was proven to be exact on this engine. */
  isa?: 'simd';
}

export const optionNames: OptionNames<LoadOptions> = {
  maxBytes: 1,
  maxOperations: 1,
  batch: 1,
  shapes: 1,
  signature: 1,
  hostOperators: 1,
  module: 1,
  isa: 1,
};

/** A `.tflite` file, or a graph, which is copied: only the elements of its constants are shared. */
export type ModelSource = ModelBytes | Graph;

/** One tensor that `Model.trace` visits. */
export interface TracedTensor extends TensorInfo {
  /** Index of the operator that computed it, as in `Model.operators`. */
  readonly operator: number;
  /** Which of the operator's outputs. */
  readonly output: number;
}

/** `data`: a copy of the elements, codes where the tensor is quantized. `real()`: the same as real numbers (see dequantize). */
export type TraceVisitor = (tensor: TracedTensor, data: TensorData, real: () => Float32Array) => void;

const defaultProfileRuns = 10;

/** AudioWorklets have no `performance`. */
const clock: { now(): number } = globalThis.performance ?? Date;

/** What `dispose` releases: linear memory and the constants of the graph. */
interface Resources {
  readonly graph: Graph;
  readonly execution: Execution;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly states: readonly Tensor[];
  readonly signature: ModelSignature | undefined;
}

/** A second binary, which an entry binds beside the core. */
interface Extension {
  readonly backend: Backend;
  readonly source: CoreSource;
  /** Edits a graph before it is validated. */
  readonly rewrite: (graph: Graph) => void;
  readonly readExtensions: ReadExtensions;
}

/**
 * A model ready to run, with linear memory of its own, allocated once, at load. Inputs are zeros until they are written.
 * After `dispose`, `graph`, `inputs`, `outputs`, `states`, `signature`, `run`, `reset`, `profile` and `trace` throw ModelError `disposed`; all
 * other members stay.
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the interface adds Symbol.dispose, which is defined below where it exists
export class Model extends ModelFile {
  /** What the optimization passes changed or declined, and why, in the order of the passes. */
  readonly passes: readonly PassRecord[];
  /** Exact bytes of linear memory. */
  readonly memory: MemoryBytes;
  /** What runs 8-bit operators, and what this engine's dot products were proven to be. */
  readonly isa: Isa;
  /** Every operator after the passes, in execution order. */
  readonly operators: readonly OperatorInfo[];
  #resources: Resources | undefined;

  /** Use `load` or `loadSync`. */
  constructor(
    { graph, passes, plan, isa, signature }: Prepared,
    modules: Modules,
    use?: { memory: WasmMemory; queue?: PackingQueue; begin: (execution: Execution) => void },
  ) {
    super(graph);
    this.passes = passes;
    const execution = new Execution(plan, modules, use?.memory, use?.queue);
    use?.begin(execution);
    const tensor = (port: Port) => ({ ...tensorInfo(port.value), data: execution.view(port) }) as Tensor;
    this.memory = plan.memory;
    this.isa = isa;
    this.operators = plan.nodes.map(({ node, kernel }, i) => operatorInfo(node, i, kernel));
    const states = plan.states.map(({ state, input }) => ({ ...tensor(input), name: state.name }) as Tensor);
    const ends = (ports: readonly Port[]) => ({ values: ports.map(({ value }) => value), tensors: ports.map(tensor) });
    const [inputs, outputs] = [ends(plan.inputs), ends(plan.outputs)];
    const named = modelSignature(graph.signatures, signature, inputs, outputs);
    this.#resources = { graph, execution, inputs: inputs.tensors, outputs: outputs.tensors, states, signature: named };
  }

  /** The graph that runs, after the passes; not to be changed. */
  get graph(): Graph {
    return this.resources().graph;
  }

  /** Inputs in the file's order; write into their `data`. */
  get inputs(): readonly Tensor[] {
    return this.resources().inputs;
  }

  /** Outputs in the file's order; their `data` changes with every run. */
  get outputs(): readonly Tensor[] {
    return this.resources().outputs;
  }

  /**
   * Names of inputs and outputs in the file's signature: that of the option `signature`, else the first of the graph; undefined where it has none.
   */
  get signature(): ModelSignature | undefined {
    return this.resources().signature;
  }

  /**
   * What the model keeps from run to run, under the names of its variables: a streaming model's window, an LSTM's state; empty for most.
   * A run begins with their `data` and leaves it changed, so copies of it can be kept and written back.
   */
  get states(): readonly Tensor[] {
    return this.resources().states;
  }

  /**
   * Puts `states` back to what the file begins with, as before the first run.
   * @throws ModelError `disposed`
   */
  reset(): void {
    this.resources().execution.reset();
  }

  /**
   * Computes the outputs from the inputs, synchronously. A run that throws leaves `states` as they were.
   * @throws ModelError `bad-data` for elements that an operator cannot take, such as GATHER indices outside their axis; `disposed`
   */
  run(): void {
    this.resources().execution.run();
  }

  /**
   * Runs `runs` times, `states` unchanged, and measures every operator; needs a clock that advances during a run, which hosted workers may not have.
   * @param runs an integer >= 1; default 10
   * @throws ModelError `bad-argument`, `bad-data`, `disposed`
   */
  profile(runs = defaultProfileRuns): OperatorProfile[] {
    const { graph, execution } = this.resources();
    if (!(Number.isInteger(runs) && runs >= 1)) throw new ModelError('bad-argument', `runs is ${runs}; it must be an integer >= 1`);
    const steps = execution.timedSteps();
    const samples = new Map<Node, number[]>(graph.nodes.map((node) => [node, new Array<number>(runs).fill(0)]));
    for (let run = 0; run < runs; run++) {
      for (const step of steps) {
        const start = clock.now();
        step.run();
        const times = step.node && samples.get(step.node);
        if (times) times[run] += clock.now() - start;
      }
    }
    return this.operators.map((operator, i): OperatorProfile => {
      const milliseconds = median(samples.get(graph.nodes[i])!);
      return { ...operator, milliseconds, gmacs: milliseconds > 0 ? operator.macs / milliseconds / 1e6 : 0 };
    });
  }

  /**
   * Runs, and visits the outputs of every operator in execution order. Tensors that a pass removed are not visited. Afterwards the
   * outputs, and `states`, are those of a run. `visit` must not run the model.
   * @throws ModelError `bad-argument` where `visit` is no function, `bad-data`, `disposed`
   */
  trace(visit: TraceVisitor): void {
    const { execution } = this.resources();
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

  /** Releases the memory; views of it that a caller holds keep it alive, but are not written any more. May be called again. */
  dispose(): void {
    this.#resources = undefined;
  }

  /** Inputs, outputs, operators, kernels and memory on a few lines; consoles of Node, Deno and Bun show the same. */
  override toString(): string {
    return describeModel(this, this.#resources);
  }

  private resources(): Resources {
    if (!this.#resources) throw new ModelError('disposed', 'the model was disposed; load it again');
    return this.#resources;
  }
}

// Engines without explicit resource management have no Symbol.dispose.
if (typeof Symbol.dispose === 'symbol') {
  Object.defineProperty(Model.prototype, Symbol.dispose, own({ value: Model.prototype.dispose, configurable: true, writable: true }));
}
export interface Model extends Disposable {}
for (const symbol of ['nodejs.util.inspect.custom', 'Deno.customInspect']) {
  Object.defineProperty(Model.prototype, Symbol.for(symbol), own({ value: Model.prototype.toString }));
}

function median(samples: readonly number[]): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Options with their defaults. */
type CheckedOptions = Required<Pick<LoadOptions, 'maxBytes' | 'maxOperations' | 'hostOperators'>> &
  Pick<LoadOptions, 'batch' | 'shapes' | 'signature' | 'module' | 'isa'>;

/** A planned model, before memory is allocated. */
export interface Prepared {
  readonly graph: Graph;
  readonly passes: readonly PassRecord[];
  readonly plan: Plan;
  readonly isa: Isa;
  /** Key of the signature that was asked for. */
  readonly signature: string | undefined;
}

/** Checks names and values of the options. */
function checkOptions(options: LoadOptions, names: OptionNames<LoadOptions> = optionNames): CheckedOptions {
  checkOptionNames<LoadOptions>(options, names, 'load');
  const given = own(options);
  const { maxBytes = defaultMaxBytes, maxOperations = defaultMaxOperations, hostOperators = 'allow' } = given;
  const { batch, shapes, signature, module, isa } = given;
  if (typeof maxBytes !== 'number' || !(maxBytes > 0))
    throw new ModelError('bad-argument', `maxBytes is ${String(maxBytes)}; it must be > 0`);
  if (typeof maxOperations !== 'number' || !(maxOperations > 0))
    throw new ModelError('bad-argument', `maxOperations is ${String(maxOperations)}; it must be > 0`);
  if (hostOperators !== 'allow' && hostOperators !== 'forbid')
    throw new ModelError('bad-argument', "hostOperators must be 'allow' or 'forbid'");
  if (isa !== undefined && isa !== 'simd') throw new ModelError('bad-argument', `isa is ${String(isa)}; it must be 'simd' or absent`);
  if (signature !== undefined && typeof signature !== 'string')
    throw new ModelError('bad-argument', `signature is ${String(signature)}; it must be the key of one`);
  if (shapes !== undefined && (typeof shapes !== 'object' || shapes === null || Array.isArray(shapes)))
    throw new ModelError('bad-argument', 'shapes must be an object of lists of numbers, by the names of inputs');
  checkEngine();
  if (module !== undefined) checkModule(module);
  return { maxBytes, maxOperations, batch, shapes, signature, hostOperators, module, isa };
}

/** Reads, validates and optimizes, and plans for the core that is chosen then; nothing of `source` is read afterwards. */
function prepare(source: ModelSource, options: CheckedOptions, extension?: Extension, threads?: number): (core: ChosenCore) => Prepared {
  const { maxBytes, maxOperations, batch, shapes, hostOperators } = options;
  const account = new Account(isGraph(source) ? constantBytes(source) : asBytes(source).length, maxBytes);
  const graph = isGraph(source) ? copyGraph(source) : readFile(source, options, account, extension?.readExtensions);
  if (options.signature !== undefined && !graph.signatures.some(({ key }) => key === options.signature))
    throw new ModelError('bad-argument', `the graph has no signature '${options.signature}'`);
  extension?.rewrite(graph);
  const multipliers = new MultiplierTable(account);
  validate(graph, { batch, shapes, evaluate, account, maxOperations, multipliers });
  const passes = runPasses(graph, { evaluate, account });
  const backends = extension ? [coreBackend, extension.backend] : [coreBackend];
  const limits = { maxBytes, maxOperations: maxOperations * (batch ?? 1), account };
  return ({ module, isa }) => {
    const scratch = new Scratch(module);
    const plan = makePlan(graph, { backends, hostOperators, multipliers, isa, scratch, threads, ...limits });
    return { graph, passes, plan, isa, signature: options.signature };
  };
}

function isGraph(source: ModelSource): source is Graph {
  return Array.isArray((source as Graph | undefined)?.nodes) && Array.isArray((source as Graph).values);
}

/** Of the constants of a graph, each buffer once. */
function constantBytes({ values }: Graph): number {
  const buffers = new Set(values.flatMap(({ data }) => (data ? [data] : [])));
  return [...buffers].reduce((sum, { byteLength }) => sum + byteLength, 0);
}

function readFile(source: ModelBytes, { maxBytes, signature }: CheckedOptions, account: Account, extensions?: ReadExtensions): Graph {
  const file = asBytes(source);
  if (file.length > maxBytes) throw new ModelError('too-large', `the file has ${file.length} bytes, more than maxBytes = ${maxBytes}`);
  // A copy, since constants view the file and the caller may change its bytes. Not by slice(), which does not copy a Buffer of Node.
  account.spend(file.length);
  return readModel(new Uint8Array(file), account, signature, extensions);
}

/**
 * A model that is planned for `threads`, and the core that was chosen for it; see Loaders.load. `accepted` is called when the source has
 * been checked, before a core is chosen and the model is planned.
 */
export async function prepareFor(
  cores: Cores,
  source: ModelSource,
  options: LoadOptions,
  threads: number,
  accepted: () => void,
): Promise<Prepared> {
  const checked = checkOptions(options);
  const plan = prepare(source, checked, undefined, threads);
  accepted();
  return plan(await chooseCore(cores, checked));
}

/** What entries export, documented in index.ts. */
interface Loaders<O extends LoadOptions> {
  load(source: ModelSource, options?: O): Promise<Model>;
  loadSync(source: ModelSource, options?: O): Model;
}

/** `load` and `loadSync` on one of `cores`; `extend` gives the extension, if any, by options whose names are among `names`. */
export function bindCore<O extends LoadOptions = LoadOptions>(
  cores: Cores,
  names?: OptionNames<O>,
  extend?: (options: O) => Extension,
): Loaders<O> {
  /** The extension's binary, if the plan uses it. */
  const sourceOf = ({ plan }: Prepared, extension?: Extension): CoreSource | undefined =>
    plan.steps.some((step) => step.kind === 'core' && step.binary !== coreBackend.format.binary) ? extension?.source : undefined;
  return {
    async load(model, options = {} as O) {
      const checked = checkOptions(options, names);
      const extension = extend?.(options);
      const plan = prepare(model, checked, extension);
      const core = await chooseCore(cores, checked);
      const prepared = plan(core);
      return new Model(prepared, { core: core.module, float: await sourceOf(prepared, extension)?.async() });
    },
    loadSync(model, options = {} as O) {
      const checked = checkOptions(options, names);
      const extension = extend?.(options);
      const plan = prepare(model, checked, extension);
      const core = chooseCoreSync(cores, checked);
      const prepared = plan(core);
      return new Model(prepared, { core: core.module, float: sourceOf(prepared, extension)?.sync() });
    },
  };
}
