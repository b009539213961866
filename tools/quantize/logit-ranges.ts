// Owns the ranges of logits: values that only a SOFTMAX reads are quantized for the least divergence of the probabilities.
import { activationParams, codeRange, consumersOf, type Graph, isReshape, type Node, type TensorData, type Value } from 'zeropoint/graph';
import type { Ranges, TensorRange } from '../calibrate/ranges';
import { loadFloat } from '../model/float-model';
import { outputRule } from './build/operators';
import type { CodeType } from './build/scheme';

/** Candidates for both ends, as shares of the extreme logits: 1, 0.95, ... 0 for the lower end, ... 0.5 for the upper. */
const lowShares = Array.from({ length: 21 }, (_, i) => 1 - i / 20);
const highShares = Array.from({ length: 11 }, (_, i) => 1 - i / 20);

/** Logits that a SOFTMAX reads. */
interface Logits {
  readonly beta: number;
  /** The SOFTMAX's input and the values it is a reshape of. */
  readonly values: readonly Value[];
  /** One row of [classes] per sample and position. */
  readonly rows: Float32Array[];
}

/**
 * `ranges` of a prepared float graph, with those of logits replaced: of the candidates, by the range whose 8-bit codes of dtype `dtype`
 * give probabilities with the least mean Kullback-Leibler divergence from the float network's on the samples. Clipping low logits costs
 * little, since their probabilities are near 0, and gives the high logits, which decide the class, smaller steps.
 */
export function withLogitRanges(
  graph: Graph,
  ranges: Ranges['tensors'],
  samples: readonly (readonly TensorData[])[],
  dtype: CodeType,
): Ranges['tensors'] {
  const found = new Map<number, Logits>();
  for (const node of graph.nodes) {
    if (node.type !== 'SOFTMAX') continue;
    const [input] = node.inputs as [Value];
    const values = logitValues(graph, input);
    if (values) found.set(input.id, { beta: node.attributes.beta, values, rows: [] });
  }
  if (found.size === 0 || samples.length === 0) return ranges;
  const model = loadFloat(graph);
  for (const sample of samples) {
    model.run(sample, ({ id, shape }, data) => {
      const classes = shape[shape.length - 1];
      const rows = found.get(id)?.rows;
      if (rows) for (let i = 0; i < data.length; i += classes) rows.push((data as Float32Array).slice(i, i + classes));
    });
  }
  model.dispose();
  const replaced = new Map(Object.entries(ranges));
  for (const { beta, values, rows } of found.values()) {
    const range = logitRange(rows, beta, dtype);
    for (const { name } of values) replaced.set(name, range);
  }
  // Unlike assignment, fromEntries defines own members of all names, `__proto__` included.
  return Object.fromEntries(replaced);
}

/**
 * `value`, the input of a SOFTMAX, and the values it is a reshape of. Undefined where one of them has another reader, is an input or output
 * of the graph, or shares its range with still other values.
 */
function logitValues(graph: Graph, value: Value): Value[] | undefined {
  const consumers = consumersOf(graph);
  const values: Value[] = [];
  for (let current: Value | undefined = value; current; ) {
    if (graph.outputs.includes(current) || graph.inputs.includes(current) || consumers.get(current)!.length !== 1) return undefined;
    values.push(current);
    const producer: Node = graph.nodes.find(({ outputs }) => outputs.includes(current!))!;
    if (!isReshape(producer) && outputRule(producer) !== 'weighted' && outputRule(producer) !== 'free') return undefined;
    current = isReshape(producer) ? producer.inputs[0] : undefined;
  }
  return values;
}

/** The candidate range with the least divergence summed over the rows of logits; `beta` of the SOFTMAX. */
function logitRange(rows: readonly Float32Array[], beta: number, dtype: CodeType): TensorRange {
  let [low, high] = [0, 0];
  for (const row of rows) {
    for (const logit of row) {
      low = Math.min(low, logit);
      high = Math.max(high, logit);
    }
  }
  const probabilities = rows.map((row) => softmax(row, beta));
  const codes = codeRange(dtype);
  const divergenceOf = (range: TensorRange): number => {
    const { scale, zeroPoint } = activationParams(range.min, range.max, dtype);
    const [min, max] = [scale * (codes.min - zeroPoint), scale * (codes.max - zeroPoint)];
    const real = (logit: number) => Math.round(Math.min(Math.max(logit, min), max) / scale) * scale;
    return rows.reduce((sum, row, i) => sum + divergence(probabilities[i], softmax(row.map(real), beta)), 0);
  };
  let best: TensorRange = { min: low, max: high };
  let minDivergence = divergenceOf(best);
  // The ends hardly influence each other, so the lower is searched first and the upper after it.
  for (const candidates of [
    () => lowShares.map((share) => ({ min: low * share, max: best.max })),
    () => highShares.map((share) => ({ min: best.min, max: high * share })),
  ]) {
    for (const range of candidates()) {
      const found = divergenceOf(range);
      if (found < minDivergence) [best, minDivergence] = [range, found];
    }
  }
  return best;
}

/** exp(beta x[i]) / sum of exp(beta x[k]); the maximum is subtracted from x first so that nothing overflows. */
function softmax(logits: Float32Array, beta: number): Float64Array {
  const max = logits.reduce((largest, logit) => Math.max(largest, logit), Number.NEGATIVE_INFINITY);
  const exponentials = Float64Array.from(logits, (logit) => Math.exp(beta * (logit - max)));
  const sum = exponentials.reduce((total, exponential) => total + exponential, 0);
  return exponentials.map((exponential) => exponential / sum);
}

/** Kullback-Leibler divergence of q from p: sum of p[i] log(p[i] / q[i]). */
function divergence(p: Float64Array, q: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < p.length; i++) if (p[i] > 0) sum += p[i] * Math.log(p[i] / Math.max(q[i], Number.MIN_VALUE));
  return sum;
}
