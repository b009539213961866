// Owns float tails: the nodes before an output that its 8-bit codes cannot carry, which stay float where held samples prove it.
import { consumersOf, type Graph, type Node, type Value, weightedInputs, workOf } from 'zeropoint/graph';
import { type Gain, type HeadErrors, sqnrOf, verdictOf } from './decide/evidence';

/** Tails with a larger share of the network's multiply-adds stay 8-bit: they would take its speed. */
const maxShare = 0.1;

/** Share of an output's error that its codes must cause: without them the error falls by 2.2 dB, and the weights of a float layer add to that. */
const minCodesShare = 0.4;

/**
 * SQNR in dB below which a gain of 3 dB, half the error, is worth an output of float, and from which on one of 6 dB; from `carried` on
 * nothing is. Codes of 8 bits over the whole range have about 40 dB.
 */
const poor = 20;
const carried = 30;

/**
 * The errors by which tails are judged: each column for itself, since one scale for positions in pixels and for logits leaves these few
 * codes, and the SQNR of both together does not show it. Probabilities are judged as they are: ranges of logits clip these on purpose.
 */
export const tailErrors = (head: HeadErrors): HeadErrors => (head.logits ? head : (head.columns ?? head));

/** Least gain in dB of an output by a float tail; infinite where 8 bits carry it. */
export function minTailGain(head: HeadErrors): number {
  const sqnr = sqnrOf(head);
  if (sqnr >= carried || !isByCodes(head)) return Number.POSITIVE_INFINITY;
  return sqnr < poor ? 3 : 6;
}

const isByCodes = ({ errors, codes = 0 }: HeadErrors): boolean => codes >= minCodesShare * errors.reduce((sum, error) => sum + error, 0);

/** Whether an output with these errors in 8 bits gains enough by its float tail. */
export const needsTail = (head: HeadErrors, gain: Gain): boolean => verdictOf(gain, head.errors.length, minTailGain(head)) === 'gains';

/**
 * First outputs of the nodes that lead to `output` alone, from it back to the first layers with weights; these belong to them if
 * `withLayers`. None where they have more than a tenth of the multiply-adds of `graph`.
 */
export function tailOf(graph: Graph, output: Value, withLayers: boolean): string[] {
  const readers = consumersOf(graph);
  const tail = new Set<Node>();
  const isLayer = ({ type }: Node) => weightedInputs(type) !== undefined;
  const inTail = (value: Value): boolean => {
    if (graph.outputs.includes(value)) return value === output && !readers.has(value);
    return (readers.get(value) ?? []).every((node) => tail.has(node) && !isLayer(node));
  };
  for (const node of graph.nodes.slice().reverse()) {
    if (node.outputs.every(inTail) && (withLayers || !isLayer(node))) tail.add(node);
  }
  const work = (nodes: Iterable<Node>) => [...nodes].reduce((sum, node) => sum + workOf(node), 0);
  return work(tail) <= maxShare * work(graph.nodes) ? [...tail].map((node) => node.outputs[0].name) : [];
}
