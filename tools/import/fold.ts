// Owns what every import ends with: dead nodes are removed, products and sums per channel become part of the layers beside them.
import {
  consumersOf,
  describeNode,
  elementCount,
  foldBatchNorm,
  foldInputScale,
  type Graph,
  type Node,
  type OperatorType,
  removeDead,
  type Value,
  weightedInputs,
} from 'zeropoint/graph';
import type { ImportAccount } from './account';

/** Operators that foldBatchNorm and foldInputScale fold. */
const foldable: ReadonlySet<OperatorType> = new Set<OperatorType>(['ADD', 'SUB', 'MUL', 'DIV']);

/** Folds batch normalizations and other factors per channel into layers. @throws ModelError `too-large` */
export function foldLayers(graph: Graph, account: ImportAccount): void {
  removeDead(graph);
  chargeFolding(graph, account);
  foldBatchNorm(graph);
  foldInputScale(graph);
  removeDead(graph);
}

/**
 * Charges the passes that fold products and sums into the layers before or after them: each makes new weights and a new bias, and looks
 * through all values for an id.
 */
function chargeFolding(graph: Graph, account: ImportAccount): void {
  const layers = new Map<Value, number>();
  const weightsOf = (node: Node): number => {
    const index = weightedInputs(node.type)?.weights;
    return index === undefined ? 0 : elementCount(node.inputs[index]!.shape);
  };
  const readers = consumersOf(graph);
  for (const node of graph.nodes) {
    const [output] = node.outputs;
    const weights = weightsOf(node);
    if (weights > 0) layers.set(output, weights);
    if (!foldable.has(node.type)) continue;
    const before = node.inputs.reduce((most, value) => Math.max(most, (value && layers.get(value)) ?? 0), 0);
    const after = (readers.get(output) ?? []).reduce((sum, reader) => sum + weightsOf(reader), 0);
    if (before + after === 0) continue;
    account.charge(before + after + graph.values.length / 4, describeNode(node));
    if (before > 0) layers.set(output, before);
  }
}
