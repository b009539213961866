// Owns which passes run and in which order.
import type { Graph } from '../graph/graph';
import { foldConstants } from './fold-constants';
import { fuseActivation } from './fuse-activation';
import { fuseDilation } from './fuse-dilation';
import { fusePad } from './fuse-pad';
import type { Pass, PassOptions, PassRecord } from './pass';
import { removeDead } from './remove-dead';

export type { PassRecord } from './pass';

/** Removal first: dead nodes are not evaluated. Folding next: fusing requires constant paddings. fuse-dilation leaves convolutions that fuse-pad takes. Removal last: passes make values dead. */
const passes: readonly Pass[] = [removeDead, foldConstants, fuseDilation, fusePad, fuseActivation, removeDead];

/**
 * Makes a validated graph smaller and faster without changing a bit of its outputs; ids, names and order of graph inputs and outputs
 * stay. Returns one record per candidate, changed or declined with the reason, in the order of the passes.
 * @throws ModelError `bad-data` when a node with constant inputs fails, as it would in every run
 */
export function runPasses(graph: Graph, options: PassOptions): PassRecord[] {
  return passes.flatMap((pass) => pass(graph, options));
}
