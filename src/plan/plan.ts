// Owns the plan: a validated graph becomes steps over regions of linear memory, with every size known before anything is allocated.
import type { Account } from '../account';
import { descriptorBytes } from '../core/abi';
import type { Isa } from '../core/isa';
import type { Scratch } from '../core/scratch';
import { ModelError } from '../errors';
import { describeNode, type Graph, type Value } from '../graph/graph';
import { MultiplierTable } from '../graph/weighted';
import { hostOperations, workOf } from '../graph/work';
import { aligned, placeIntervals } from './arena';
import { dotRules } from './dot-rules';
import type { Place } from './format';
import { regionLifetimes, regionsOf } from './lifetimes';
import { type Backend, Lowering } from './lowering';
import { type PackingJob, stagingBytes } from './pack';
import type { Region } from './region';
import type { Carry, NodeSteps, Port, StatePorts, Step } from './step';

interface PlanOptions {
  /** In the order in which they are tried for each node. */
  readonly backends: readonly Backend[];
  /** `forbid`: operators without a kernel in one of the binaries are refused. */
  readonly hostOperators: 'allow' | 'forbid';
  /** Bytes that the plan may take; more is `too-large`. */
  readonly maxBytes: number;
  /** Nanoseconds of the reference machine that a run may take; more is `too-large`. */
  readonly maxOperations?: number;
  /** Of the load that the plan is part of; absent: nothing is charged. */
  readonly account?: Account;
  /** Those that validation computed; absent: computed anew. */
  readonly multipliers?: MultiplierTable;
  /** What the binary of the core is; default `simd`. */
  readonly isa?: Isa;
  /** Of the core that runs the plan. */
  readonly scratch: Scratch;
  /** That run descriptors together; default 1. */
  readonly threads?: number;
}

/** Exact bytes of linear memory; `total` is rounded up to WebAssembly pages of 64 KB. */
export interface MemoryBytes {
  readonly program: number;
  readonly weights: number;
  readonly arena: number;
  readonly total: number;
}

export interface Plan {
  readonly steps: readonly Step[];
  /** Every node with its steps, in order. */
  readonly nodes: readonly NodeSteps[];
  readonly packing: readonly PackingJob[];
  readonly regions: readonly Region[];
  /** Without those of states. */
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  readonly states: readonly StatePorts[];
  readonly carries: readonly Carry[];
  /** Where a value lies from the end of its node until a later step overwrites it. */
  readonly places: ReadonlyMap<Value, Place>;
  readonly memory: MemoryBytes;
  /** Bound of the nanoseconds that a run takes on the reference machine. */
  readonly operations: number;
  readonly programAddress: number;
  /** The arena begins here; weights are staged in it while they are packed. */
  readonly arenaAddress: number;
}

const pageBytes = 65536;
/** The program starts here, so that no region has address 0. */
const programAddress = 64;
/** Vector loads may reach this far past the last region. */
const slackBytes = 64;
const maxAddressable = 2 ** 32 - pageBytes;

/** Assigns consecutive addresses from `address` on and returns the end. */
function placeInOrder(regions: readonly Region[], address: number): number {
  let next = address;
  for (const region of regions) {
    region.address = next;
    next += aligned(region.bytes);
  }
  return next;
}

/** @throws ModelError `too-large` for plans beyond `maxBytes`, `host-operator-forbidden` for operators that the options forbid */
export function makePlan(graph: Graph, options: PlanOptions): Plan {
  const { backends, hostOperators, account, maxOperations = Infinity, multipliers = new MultiplierTable(account) } = options;
  const maxBytes = Math.min(options.maxBytes, maxAddressable);
  // Each becomes a tensor with a view of its own.
  account?.charge('operand', graph.inputs.length + graph.outputs.length);
  const { scratch, threads } = options;
  const lowering = new Lowering(graph, backends, multipliers, maxBytes, account, dotRules(options.isa ?? 'simd'), scratch, threads);
  for (const node of graph.nodes) lowering.lower(node);
  const lowered = lowering.result();
  const { steps, regions, nodes } = lowered;
  if (hostOperators === 'forbid') refuseHostOperators(nodes);
  const program = aligned(descriptorBytes * steps.filter((step) => step.kind === 'core').length);
  const weightsAddress = programAddress + program;
  const persistentRegions = regions.filter(({ kind }) => kind !== 'arena');
  const arenaAddress = placeInOrder(persistentRegions, weightsAddress);
  const arenaRegions = regions.filter(({ kind }) => kind === 'arena');
  const placed = placeIntervals(regionLifetimes(arenaRegions, steps));
  arenaRegions.forEach((region, i) => {
    region.address = arenaAddress + placed.offsets[i];
  });
  const arena = Math.max(placed.bytes, stagingBytes(lowered.packing));
  const total = Math.ceil((arenaAddress + arena + slackBytes) / pageBytes) * pageBytes;
  if (total > maxBytes) {
    throw new ModelError('too-large', `the model needs ${total} bytes, more than maxBytes = ${maxBytes}; raise maxBytes if you trust it`);
  }
  const operations = runOperations(nodes, steps);
  if (operations > maxOperations) {
    throw new ModelError(
      'too-large',
      `a run takes about ${operations} operations, more than ${maxOperations}; raise maxOperations if you trust it`,
    );
  }
  account?.spend(total + lowered.carries.reduce((sum, { bytes }) => sum + bytes, 0));
  return {
    ...lowered,
    operations,
    memory: { program, weights: arenaAddress - weightsAddress, arena, total },
    programAddress,
    arenaAddress,
  };
}

/**
 * Nanoseconds per multiply-add and per byte of a kernel of a binary, at worst: narrow layers, and elements through tables; of recurrent layers,
 * whose steps compute whole vectors for a single cell, and functions of every gate.
 */
const binaryCosts = { work: 0.1, recurrent: 4, byte: 0.5 };

/** Work of all nodes where they run, and of the bytes of the regions that each reads and writes, borders included. */
function runOperations(nodes: readonly NodeSteps[], steps: readonly Step[]): number {
  let operations = 0;
  for (const { node, kernel, begin, end } of nodes) {
    const cost = node.type === 'CUSTOM' ? binaryCosts.recurrent : binaryCosts.work;
    operations += kernel === 'host' ? hostOperations(node) : workOf(node) * cost;
    const regions = new Set(steps.slice(begin, end).flatMap(regionsOf));
    for (const { bytes } of regions) operations += bytes * binaryCosts.byte;
  }
  return Math.round(operations);
}

function refuseHostOperators(nodes: readonly NodeSteps[]): void {
  const names = nodes.filter(({ kernel }) => kernel === 'host').map(({ node }) => describeNode(node));
  if (names.length > 0) {
    throw new ModelError('host-operator-forbidden', `no core kernel for ${names.join(', ')}; allow host operators`);
  }
}
