// Owns the range of logits: what nothing but a SOFTMAX reads is quantized for the sake of the probabilities, not for its own.
import {
  activationParams,
  codeRange,
  consumersOf,
  copyGraph,
  type Graph,
  isReshape,
  type Node,
  type TensorData,
  type Value,
} from 'zeropoint/graph';
import type { Ranges, TensorRange } from '../calibrate/ranges';
import { loadFloat } from '../model/float-model';
import { outputRule } from './build/operators';
import type { SchemeName } from './scheme';

/** Shares of the extremes that are tried at both ends, from all of them down. */
const lowShares = Array.from({ length: 21 }, (_, i) => 1 - i / 20);
const highShares = Array.from({ length: 11 }, (_, i) => 1 - i / 20);

/**
 * `ranges` of a prepared float graph with those of logits replaced: of the ranges tried, the one whose codes give probabilities with the
 * least mean Kullback-Leibler divergence from the float ones on the samples. Low logits may clip: they have no share in the probabilities,
 * and the steps of the high ones, which decide between classes, get finer.
 */
export function withLogitRanges(
  graph: Graph,
  ranges: Ranges['tensors'],
  samples: readonly (readonly TensorData[])[],
  scheme: SchemeName,
): Ranges['tensors'] {
  const found = new Map<Value, { beta: number; carriers: Value[]; rows: Float32Array[] }>();
  for (const node of graph.nodes) {
    if (node.type !== 'SOFTMAX') continue;
    const carriers = logitCarriers(graph, node.inputs[0]!);
    if (carriers) found.set(node.inputs[0]!, { beta: node.attributes.beta, carriers, rows: [] });
  }
  if (found.size === 0 || samples.length === 0) return ranges;
  const model = loadFloat(copyGraph(graph));
  const byId = new Map([...found].map(([value, entry]) => [value.id, { entry, classes: value.shape[value.shape.length - 1] }]));
  for (const sample of samples) {
    model.run(sample, (value, data) => {
      const wanted = byId.get(value.id);
      if (wanted)
        for (let i = 0; i < data.length; i += wanted.classes) wanted.entry.rows.push((data as Float32Array).slice(i, i + wanted.classes));
    });
  }
  model.dispose();
  const replaced = { ...ranges };
  for (const { beta, carriers, rows } of found.values()) {
    const range = logitRange(rows, beta, scheme);
    for (const { name } of carriers) replaced[name] = range;
  }
  return replaced;
}

/** The values that hand logits on unchanged, down to `value`; undefined where another node or the graph's outputs see one of them. */
function logitCarriers(graph: Graph, value: Value): Value[] | undefined {
  const consumers = consumersOf(graph);
  const carriers: Value[] = [];
  for (let current: Value | undefined = value; current; ) {
    if (graph.outputs.includes(current) || graph.inputs.includes(current) || consumers.get(current)!.length !== 1) return undefined;
    carriers.push(current);
    const producer: Node = graph.nodes.find(({ outputs }) => outputs.includes(current!))!;
    const isCopy = isReshape(producer);
    // The range of other shared operators is that of all they join.
    if (!isCopy && outputRule(producer) !== 'weighted' && outputRule(producer) !== 'free') return undefined;
    current = isCopy ? producer.inputs[0] : undefined;
  }
  return carriers;
}

/** The range with the least mean divergence over rows of logits. */
function logitRange(rows: readonly Float32Array[], beta: number, scheme: SchemeName): TensorRange {
  let [low, high] = [0, 0];
  for (const row of rows) {
    for (const logit of row) {
      low = Math.min(low, logit);
      high = Math.max(high, logit);
    }
  }
  const probabilities = rows.map((row) => softmax(row, beta));
  const divergenceOf = (range: TensorRange): number => {
    const { scale, zeroPoint } = activationParams(range.min, range.max, scheme);
    const { min: first, max: last } = codeRange(scheme);
    const [least, most] = [scale * (first - zeroPoint), scale * (last - zeroPoint)];
    const real = (logit: number) => Math.round(Math.min(Math.max(logit, least), most) / scale) * scale;
    return rows.reduce((sum, row, i) => sum + divergence(probabilities[i], softmax(row.map(real), beta)), 0);
  };
  let best: TensorRange = { min: low, max: high };
  let least = divergenceOf(best);
  // One end after the other: they hardly depend on each other.
  for (const candidates of [
    () => lowShares.map((share) => ({ min: low * share, max: best.max })),
    () => highShares.map((share) => ({ min: best.min, max: high * share })),
  ]) {
    for (const range of candidates()) {
      const found = divergenceOf(range);
      if (found < least) [best, least] = [range, found];
    }
  }
  return best;
}

function softmax(logits: Float32Array, beta: number): Float64Array {
  const most = logits.reduce((largest, logit) => Math.max(largest, logit), Number.NEGATIVE_INFINITY);
  const exponentials = Float64Array.from(logits, (logit) => Math.exp(beta * (logit - most)));
  const sum = exponentials.reduce((total, exponential) => total + exponential, 0);
  return exponentials.map((exponential) => exponential / sum);
}

/** Kullback-Leibler divergence of q from p. */
function divergence(p: Float64Array, q: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < p.length; i++) if (p[i] > 0) sum += p[i] * Math.log(p[i] / Math.max(q[i], Number.MIN_VALUE));
  return sum;
}
