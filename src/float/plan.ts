// Owns the float plan: a validated graph becomes steps over regions of linear memory, with every size known before allocation.

import { descriptorBytes } from '../core/abi-float';
import { ModelError } from '../errors';
import type { Graph, Value } from '../graph/graph';
import { placeIntervals } from '../plan/arena';
import { regionLifetimes } from '../plan/lifetimes';
import type { Reference, Region } from '../plan/region';
import { lowerGraph } from './lower';
import type { Fill, NodeSteps, Place, Step } from './step';

export interface FloatPlan {
  readonly steps: readonly Step[];
  readonly nodes: readonly NodeSteps[];
  readonly regions: readonly Region[];
  readonly fills: readonly Fill[];
  /** Dense elements, in the graph's order. */
  readonly inputs: readonly Reference[];
  readonly outputs: readonly Reference[];
  /** Where a value lies once its node has run. */
  readonly places: ReadonlyMap<Value, Place>;
  /** Activations lie from here to the end. */
  readonly arenaAddress: number;
  /** Linear memory, a multiple of WebAssembly's pages. */
  readonly bytes: number;
}

const pageBytes = 65536;
/** WebAssembly addresses have 32 bits. */
const largestMemory = 2 ** 32 - pageBytes;
/** The program starts here, so that no region has address 0. */
export const programAddress = 64;
/** Regions begin on cache lines. */
const alignment = 64;
/** Vector loads may reach this far behind the last region. */
const slackBytes = 64;

function aligned(bytes: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}

/** Throws `too-large` when the graph does not fit into `maxBytes`, by default all that WebAssembly can address. */
export function makeFloatPlan(graph: Graph, maxBytes = largestMemory): FloatPlan {
  const lowering = lowerGraph(graph, maxBytes);
  const outputs = graph.outputs.map((value) => lowering.output(value));
  const inputs = graph.inputs.map((value) => lowering.dense(value));
  const { steps, nodes, fills, places, regions } = lowering;
  let address = programAddress + aligned(descriptorBytes * steps.filter((step) => step.kind === 'core').length);
  for (const region of regions.all) {
    if (region.kind === 'arena') continue;
    region.address = address;
    address += aligned(region.bytes);
  }
  const arena = regions.all.filter((region) => region.kind === 'arena');
  const placed = placeIntervals(regionLifetimes(arena, steps, true));
  arena.forEach((region, i) => {
    region.address = address + placed.offsets[i];
  });
  const bytes = Math.ceil((address + placed.bytes + slackBytes) / pageBytes) * pageBytes;
  if (bytes > maxBytes) throw new ModelError('too-large', `needs ${bytes} bytes of memory, more than ${maxBytes}; use a smaller batch`);
  return { steps, nodes, fills, places, regions: regions.all, inputs, outputs, arenaAddress: address, bytes };
}
