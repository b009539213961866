// Owns the lowering of GATHER and GATHER_ND by indices that no box says: those that a run computes, of several axes, or in batches.
import { gatherFailureBytes } from '../../core/abi';
import { dtypeBytes, elementCount, type Node, type Value } from '../../graph/graph';
import { resolveAxis } from '../../graph/shape-rules/rule';
import { requireIndex } from '../../reference/gather';
import { core } from '../formats/centred';
import type { Lowering } from '../lowering';
import { at } from '../region';
import { lowerMovement } from './movement';

/** Spans of dense elements: which axes the indices belong to, and what lies before, between and behind those. */
interface Spans {
  readonly batches: number;
  readonly outer: number;
  readonly picks: number;
  /** Axes of the input, of which every index of a tuple picks a position. */
  readonly axes: readonly number[];
}

function gatherSpans(node: Node<'GATHER'>): Spans {
  const [{ shape }, indices] = node.inputs as Value[];
  const axis = resolveAxis(node, node.attributes.axis, shape.length);
  const { batchDims } = node.attributes;
  const batchAxes = batchDims + (batchDims < 0 ? indices.shape.length : 0);
  return {
    batches: elementCount(shape.slice(0, batchAxes)),
    outer: elementCount(shape.slice(batchAxes, axis)),
    picks: elementCount(indices.shape.slice(batchAxes)),
    axes: [axis],
  };
}

function gatherNdSpans({ inputs: [, indices] }: Node<'GATHER_ND'>): Spans {
  const axes = Array.from({ length: indices!.shape.at(-1)! }, (_, axis) => axis);
  return { batches: 1, outer: 1, picks: elementCount(indices!.shape.slice(0, -1)), axes };
}

function emitGather(lowering: Lowering, node: Node, { batches, outer, picks, axes }: Spans): string | undefined {
  const [input, indices] = node.inputs as Value[];
  const [output] = node.outputs;
  const elementBytes = dtypeBytes[input.dtype];
  const inputBytes = elementCount(input.shape) * elementBytes;
  if (elementCount(output.shape) === 0 || inputBytes === 0 || inputBytes >= 2 ** 31 || indices.dtype === 'int16') return undefined;
  const axisBytes = (axis: number) => elementCount(input.shape.slice(axis + 1)) * elementBytes;
  const words = axes.flatMap((axis) => [input.shape[axis], axisBytes(axis)]);
  const failure = lowering.workspace('failure', gatherFailureBytes);
  // Read when the run of descriptors that it belongs to is over.
  failure.pinned = true;
  const outerBytes = axes.length > 0 ? input.shape[axes[0]] * axisBytes(axes[0]) : inputBytes;
  const fields = {
    input: lowering.dense(input),
    indices: lowering.dense(indices),
    output: lowering.createDense(output),
    failure: at(failure),
    wide: indices.dtype === 'int64' ? 1 : 0,
    batches,
    batchBytes: outer * outerBytes,
    outer,
    outerBytes,
    picks,
    depth: axes.length,
    axes: lowering.shared(`axes ${words}`, words.length, () => Int32Array.from(words)),
    spanBytes: axes.length > 0 ? axisBytes(axes.at(-1)!) : inputBytes,
  };
  lowering.emit(core, 'Gather', fields, {
    at: at(failure),
    throwFor: (axis, index) => requireIndex(Number(index), input.shape[axes[axis - 1]], node),
  });
  return node.type === 'GATHER' ? 'gather computed' : 'gather nd';
}

export function lowerGather(lowering: Lowering, node: Node<'GATHER'>): string | undefined {
  return lowerMovement(lowering, node) ?? emitGather(lowering, node, gatherSpans(node));
}

export function lowerGatherNd(lowering: Lowering, node: Node<'GATHER_ND'>): string | undefined {
  return emitGather(lowering, node, gatherNdSpans(node));
}
