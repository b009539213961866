// Owns probabilities: whether a classifier gives them, and the softmax and the logistic function of logits.
import type { Graph, OperatorType, Value } from '../graph/graph';

/** Operators that keep scores what they are. */
const transparent = new Set(['RESHAPE', 'SQUEEZE', 'EXPAND_DIMS', 'DEQUANTIZE', 'QUANTIZE', 'CAST']);

/** The operator that computes an output of a graph, before reshapes and conversions; undefined where an input goes through. */
export function lastOperator({ nodes, outputs }: Pick<Graph, 'nodes' | 'outputs'>, index = 0): OperatorType | undefined {
  let value: Value | undefined = outputs[index];
  for (let i = nodes.length - 1; i >= 0 && value; i--) {
    const node = nodes[i];
    if (!node.outputs.includes(value)) continue;
    if (!transparent.has(node.type)) return node.type;
    value = node.inputs[0];
  }
  return undefined;
}

/** Whether output 0 of a graph is the result of a SOFTMAX or LOGISTIC, so that scores are probabilities; others are logits. */
export function hasProbabilities(graph: Pick<Graph, 'nodes' | 'outputs'>): boolean {
  const last = lastOperator(graph);
  return last === 'SOFTMAX' || last === 'LOGISTIC';
}

/** exp(x - max) / sum of all exp(x - max). */
export function softmax(logits: readonly number[]): number[] {
  const largest = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

/** The logistic function, 1 / (1 + exp(-x)). */
export function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
