// Owns the plan: a validated graph becomes steps over regions of linear memory, with every size known before anything is allocated.
import { descriptorBytes } from '../core/abi';
import type { Isa } from '../core/isa';
import { ModelError } from '../errors';
import type { Graph, Node, Value } from '../graph/graph';
import { placeIntervals } from './arena';
import type { FloatBinary } from './float-segment';
import { regionLifetimes } from './lifetimes';
import { lowerGraph } from './lower';
import { type PackingJob, stagingBytes } from './pack';
import type { Reference, Region } from './region';
import type { Centred, Step } from './step';

export interface PlanOptions {
  readonly isa: Isa;
  /** Refuse operators without a core kernel. */
  readonly hostOperators: 'allow' | 'forbid';
  /** Bytes that the plan may take; more is `too-large`. */
  readonly maxBytes: number;
  /** `false` gives every value memory of its own, so that all of them can be read after a run. */
  readonly reuse: boolean;
  /** Computes neighbouring float nodes; without it they run on the host. */
  readonly float?: FloatBinary;
}

/** Exact bytes of linear memory; `float` and `total` are rounded up to WebAssembly pages of 64 KB. */
export interface MemoryBytes {
  readonly program: number;
  readonly weights: number;
  readonly arena: number;
  /** All memories of the float32 binary; 0 where nothing runs on it. */
  readonly float: number;
  readonly total: number;
}

/** Where a graph input or output lies: dense codes or elements. */
export interface Port {
  readonly value: Value;
  readonly at: Reference;
}

export interface Plan {
  readonly graph: Graph;
  readonly steps: readonly Step[];
  readonly packing: readonly PackingJob[];
  readonly regions: readonly Region[];
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /** The kernel of every node: a core kernel's name, `alias` or `host`. */
  readonly kernels: ReadonlyMap<Node, string>;
  readonly rawValues: ReadonlyMap<Value, Reference>;
  readonly centredValues: ReadonlyMap<Value, Centred>;
  readonly memory: MemoryBytes;
  /** Of `memory.total`, the bytes that the core runs in. */
  readonly coreBytes: number;
  /** Whether values that no later step reads give up their memory. */
  readonly reuse: boolean;
  readonly programAddress: number;
  /** Arena bytes from here are free while weights are packed. */
  readonly arenaAddress: number;
}

const pageBytes = 65536;
const alignment = 16;
/** The program starts here, so that no region has address 0. */
const programAddress = 64;
/** Vector loads may reach this far behind the last region. */
const slackBytes = 64;
const largestMemory = 2 ** 32 - pageBytes;

function aligned(bytes: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}

/** Assigns consecutive addresses from `address` on and returns the end. */
function placeInOrder(regions: readonly Region[], address: number): number {
  let next = address;
  for (const region of regions) {
    region.address = next;
    next += aligned(region.bytes);
  }
  return next;
}

/** Throws `too-large` for plans beyond `maxBytes`, `host-operator-forbidden` where the options say so. */
export function makePlan(graph: Graph, options: PlanOptions): Plan {
  const maxBytes = Math.min(options.maxBytes, largestMemory);
  const segments = options.float?.segments(graph, maxBytes) ?? [];
  const lowered = lowerGraph(graph, maxBytes, segments);
  if (options.hostOperators === 'forbid') refuseHostOperators(lowered.kernels);
  const { steps, regions } = lowered;
  const program = aligned(descriptorBytes * steps.filter((step) => step.kind === 'core').length);
  const weightsAddress = programAddress + program;
  const arenaAddress = placeInOrder(
    regions.filter((region) => region.kind !== 'arena'),
    weightsAddress,
  );
  const arenaRegions = regions.filter((region) => region.kind === 'arena');
  const intervals = regionLifetimes(arenaRegions, steps, options.reuse);
  const placed = placeIntervals(intervals);
  arenaRegions.forEach((region, i) => {
    region.address = arenaAddress + placed.offsets[i];
  });
  const arena = Math.max(placed.bytes, stagingBytes(lowered.packing));
  const used = arenaAddress + arena + slackBytes;
  const coreBytes = Math.ceil(used / pageBytes) * pageBytes;
  const float = segments.reduce((sum, { bytes }) => sum + bytes, 0);
  const total = coreBytes + float;
  if (total > maxBytes) {
    throw new ModelError('too-large', `the model needs ${total} bytes, more than maxBytes = ${maxBytes}; raise maxBytes if you trust it`);
  }
  return {
    ...lowered,
    graph,
    memory: { program, weights: arenaAddress - weightsAddress, arena, float, total },
    coreBytes,
    reuse: options.reuse,
    programAddress,
    arenaAddress,
  };
}

function refuseHostOperators(kernels: ReadonlyMap<Node, string>): void {
  const names = [...kernels].filter(([, kernel]) => kernel === 'host').map(([node]) => `${node.type} #${node.id}`);
  if (names.length > 0) {
    throw new ModelError('host-operator-forbidden', `no core kernel for ${names.join(', ')}; allow host operators`);
  }
}
