// Owns the evaluation, at load, of nodes that do not depend on the model's input.
import { makeConstant, removeNodes } from '../graph/edit';
import { allocate, describeValue, dtypeBytes, elementCount, type Graph, type Node, type Value } from '../graph/graph';
import { workOf } from '../graph/work';
import { PassLog, type PassOptions, type PassRecord } from './pass';

/** Of the results of one node, which take memory as long as the model lives; larger ones are computed in every run. */
const maxBytesPerNode = 16 * 2 ** 20;
/** Of all results together, and operations to compute them, so that a hostile file cannot make loading expensive. */
const maxBytes = 256 * 2 ** 20;
const maxWork = 2 ** 28;

/**
 * Replaces nodes whose inputs are all constants, and SHAPE, by their results. DEQUANTIZE is folded at any size: its result has at most
 * four times the bytes of its input. Nodes that produce graph outputs stay.
 */
export function foldConstants(graph: Graph, { evaluate }: PassOptions): PassRecord[] {
  const log = new PassLog('fold-constants');
  const kept = new Set(graph.outputs);
  const folded = new Set<Node>();
  let bytes = 0;
  let work = 0;
  for (const node of graph.nodes) {
    if (node.type !== 'SHAPE' && !node.inputs.every((value) => !value || value.data)) continue;
    const size = node.outputs.reduce((sum, { dtype, shape }) => sum + elementCount(shape) * dtypeBytes[dtype], 0);
    const obstacle = obstacleTo(node, kept, size, bytes, work);
    if (obstacle) {
      log.declined(node, obstacle);
      continue;
    }
    bytes += size;
    work += workOf(node);
    const inputs = node.inputs.map((value) => value?.data);
    const outputs = node.outputs.map(({ dtype, shape }) => allocate(dtype, elementCount(shape)));
    evaluate(node, inputs, outputs);
    for (const [i, value] of node.outputs.entries()) makeConstant(value, outputs[i]);
    folded.add(node);
    log.changed(node, `replaced by a constant of ${size} bytes`);
  }
  removeNodes(graph, folded);
  return log.records;
}

function obstacleTo(node: Node, kept: ReadonlySet<Value>, size: number, bytes: number, work: number): string | undefined {
  const output = node.outputs.find((value) => kept.has(value));
  if (output) return `${describeValue(output)} is a graph output`;
  if (node.type === 'DEQUANTIZE') return undefined;
  if (size > maxBytesPerNode) return `its result of ${size} bytes is larger than ${maxBytesPerNode}`;
  if (bytes + size > maxBytes) return `folded constants would take more than ${maxBytes} bytes`;
  if (work + workOf(node) > maxWork) return `folding would take more than ${maxWork} operations`;
  return undefined;
}
