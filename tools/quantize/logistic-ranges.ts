// Owns the ranges of logits that only the logistic function reads: beyond the ends of its codes they carry nothing.
import { consumersOf, type Graph, type Node, type OperatorType, type Value } from 'zeropoint/graph';
import type { Ranges, TensorRange } from '../calibrate/ranges';
import { saturation } from '../model/operators';
import { logitOutput } from '../model/tasks';
import { outputRule } from './build/operators';
import type { CodeType } from './build/scheme';

/** Operators that move elements and change none, so that clipping before them is clipping behind them. */
const moves: ReadonlySet<OperatorType> = new Set<OperatorType>([
  'CONCATENATION',
  'SPLIT',
  'SPLIT_V',
  'SLICE',
  'STRIDED_SLICE',
  'PACK',
  'UNPACK',
  'RESHAPE',
  'SQUEEZE',
  'EXPAND_DIMS',
  'TRANSPOSE',
]);

const realsOf = ({ inputs, outputs }: Node): Value[] => [...inputs, ...outputs].filter((value) => value?.dtype === 'float32') as Value[];

/** Values of `graph` that nothing but LOGISTIC reads, moved or not; an output that a host takes for logits counts as read by one. */
function onlyLogits(graph: Graph): Set<Value> {
  const readers = consumersOf(graph);
  const taken = logitOutput(graph);
  const found = new Set<Value>();
  const isLogit = (value: Value): boolean => {
    if (value !== taken && (graph.outputs.includes(value) || !readers.has(value))) return false;
    return (readers.get(value) ?? []).every((node) => {
      return node.type === 'LOGISTIC' || (moves.has(node.type) && node.outputs.every((output) => found.has(output)));
    });
  };
  for (const { outputs } of graph.nodes.slice().reverse()) for (const value of outputs) if (isLogit(value)) found.add(value);
  // Values that share a scale are logits together or not at all.
  const sharing = graph.nodes.filter((node) => outputRule(node) === 'shared');
  for (let before = -1; before !== found.size; ) {
    before = found.size;
    for (const node of sharing) {
      const values = realsOf(node);
      if (!values.every((value) => found.has(value))) for (const value of values) found.delete(value);
    }
  }
  return found;
}

/** Those of `found` that an output of the graph is moved from, or the probabilities of which it is moved from. */
function outputLogits({ nodes, outputs }: Graph, found: ReadonlySet<Value>): Set<Value> {
  const moved = new Set(outputs);
  for (const node of nodes.slice().reverse()) {
    if (!node.outputs.some((value) => moved.has(value))) continue;
    if (moves.has(node.type) || node.type === 'LOGISTIC') for (const value of realsOf(node)) moved.add(value);
  }
  return new Set([...found].filter((value) => moved.has(value)));
}

const clipped = ({ min, max, ...rest }: TensorRange): TensorRange => {
  const inside = (end: number) => Math.min(Math.max(end, -saturation), saturation);
  return { min: inside(min), max: inside(max), ...rest };
};

/**
 * `ranges` of a prepared float graph, with those of logits that only LOGISTIC reads cut at the ends of its 8-bit codes: logits of -200, as
 * detectors have where there is nothing, take no codes from those on which probabilities depend. Where the probabilities are outputs, the
 * logits have the whole range: samples without a face show none of the logits of faces, and the network must give these, too. A step is
 * 2 ln(511) / 255 = 0.05 then, 0.012 of probabilities at most. Activations of 16 bits have enough codes.
 */
export function withLogisticRanges(graph: Graph, ranges: Ranges['tensors'], dtype: CodeType): Ranges['tensors'] {
  const found = dtype === 'int16' ? new Set<Value>() : onlyLogits(graph);
  if (found.size === 0) return ranges;
  const whole = outputLogits(graph, found);
  const replaced = new Map(Object.entries(ranges));
  for (const value of found) {
    const range = replaced.get(value.name);
    if (range) replaced.set(value.name, whole.has(value) ? { ...range, min: -saturation, max: saturation } : clipped(range));
  }
  // Unlike assignment, fromEntries defines own members of all names, `__proto__` included.
  return Object.fromEntries(replaced);
}
