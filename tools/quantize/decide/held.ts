// Owns held samples: those that no module is fitted on, with the float network's outputs, by which quantized networks are judged.
import { dequantize, quantize } from 'zeropoint';
import { loadSync } from 'zeropoint/float';
import { copyGraph, type Graph, isReshape, type TensorData } from 'zeropoint/graph';
import { setInputs } from '../../model/inputs';
import { saturation } from '../../model/operators';
import { logitOutput } from '../../model/tasks';
import type { Step } from '../../steps';
import type { HeadErrors } from './evidence';

export interface HeldSample {
  /** Elements of the graph's inputs, and of the float network's outputs, logits included where they are outputs (`withLogits`). */
  readonly inputs: readonly TensorData[];
  readonly outputs: readonly TensorData[];
  /** By output: reals count up to this magnitude, since a logistic function is saturated there; undefined: all of them. */
  readonly limits?: readonly (number | undefined)[];
}

interface WithLogits {
  readonly graph: Graph;
  /** Index of the logits by that of the output. */
  readonly logitsOf: ReadonlyMap<number, number>;
  /** As in HeldSample. */
  readonly limits: readonly (number | undefined)[];
}

/**
 * A copy of a float graph that has the logits as outputs, too, of every output that a SOFTMAX, a LOGISTIC or a reshape of one computes. The
 * errors of probabilities are those of a few samples, on whose classes the network is undecided; those of logits are alike on all samples,
 * so that few samples say what a module gains.
 */
export function withLogits(graph: Graph): WithLogits {
  const copy = copyGraph(graph);
  const logitsOf = new Map<number, number>();
  const taken = logitOutput(graph);
  const limits = graph.outputs.map((output) => (output === taken ? saturation : undefined));
  for (const [i, output] of graph.outputs.entries()) {
    const producerOf = (id: number) => copy.nodes.find(({ outputs }) => outputs[0].id === id);
    let producer = producerOf(output.id);
    while (producer && isReshape(producer)) producer = producerOf(producer.inputs[0]!.id);
    if (producer?.type !== 'SOFTMAX' && producer?.type !== 'LOGISTIC') continue;
    logitsOf.set(i, copy.outputs.push(producer.inputs[0]!) - 1);
    limits.push(producer.type === 'LOGISTIC' ? saturation : undefined);
  }
  return { graph: copy, logitsOf, limits };
}

const within = (real: number, limit: number): number => Math.min(Math.max(real, -limit), limit);

/**
 * Columns, the elements of an output's last dimension, whose magnitude is less than this share of the output's count less than the others.
 */
const leastColumn = 1e-3;

/**
 * Weights by which the columns of output `index` have equal signals on the held samples, such as positions in pixels and logits beside
 * them; undefined where there is one column.
 */
function columnWeights(held: readonly HeldSample[], index: number, columns: number | undefined): Float64Array | undefined {
  if (columns === undefined || columns < 2) return undefined;
  const signals = new Float64Array(columns);
  for (const { outputs } of held) {
    const reals = outputs[index];
    if (!(reals instanceof Float32Array)) return undefined;
    for (let k = 0; k < reals.length; k++) signals[k % columns] += reals[k] ** 2;
  }
  const least = (leastColumn ** 2 * signals.reduce((sum, signal) => sum + signal, 0)) / columns + Number.MIN_VALUE;
  return signals.map((signal) => 1 / Math.max(signal, least));
}

interface Sums {
  readonly errors: Float64Array;
  signal: number;
  codes: number;
}

/** Runs the quantized `graph` on the samples, with one step each; one entry per output. */
export async function headErrors(graph: Graph, held: readonly HeldSample[], step: Step): Promise<HeadErrors[]> {
  const model = loadSync(graph);
  const newSums = (): Sums => ({ errors: new Float64Array(held.length), signal: 0, codes: 0 });
  const heads = graph.outputs.map(({ shape }, i) => {
    const weights = columnWeights(held, i, shape.at(-1));
    return { ...newSums(), weights, columns: weights && newSums() };
  });
  try {
    for (const [s, { inputs, outputs, limits }] of held.entries()) {
      await step();
      setInputs(model, inputs);
      model.run();
      for (const [i, output] of model.outputs.entries()) {
        const head = heads[i];
        const expected = outputs[i];
        // Indices, as of ARG_MAX, are right or wrong.
        if (!(expected instanceof Float32Array)) {
          head.signal += expected.length;
          for (let k = 0; k < expected.length; k++) if (output.data[k] !== expected[k]) head.errors[s]++;
          continue;
        }
        const reals: Reals = {
          expected,
          actual: dequantize(output, output.data),
          coded: output.dtype === 'float32' ? expected : dequantize(output, quantize(output, expected)),
        };
        addErrors(head, undefined, s, reals, limits?.[i]);
        if (head.columns) addErrors(head.columns, head.weights, s, reals);
      }
    }
  } finally {
    model.dispose();
  }
  return heads.map(({ errors, signal, codes, columns }) => ({ errors, signal, codes, columns }));
}

/** One output of one sample: of the float network, of the quantized one, and the float network's in the output's codes. */
interface Reals {
  readonly expected: Float32Array;
  readonly actual: Float32Array;
  readonly coded: Float32Array;
}

/** Adds the squares of sample `s`, by the weights of columns, where there are any, of reals up to the magnitude `limit`. */
function addErrors(
  sums: Sums,
  weights: Float64Array | undefined,
  s: number,
  { expected, actual, coded }: Reals,
  limit = Number.POSITIVE_INFINITY,
): void {
  for (let k = 0; k < actual.length; k++) {
    const weight = weights ? weights[k % weights.length] : 1;
    const real = within(expected[k], limit);
    sums.errors[s] += weight * (within(actual[k], limit) - real) ** 2;
    sums.codes += weight * (within(coded[k], limit) - real) ** 2;
    sums.signal += weight * real ** 2;
  }
}
