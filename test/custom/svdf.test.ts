// Tests SVDF by the published numbers of tflite-micro, by its definition in double precision, and its refusals.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { loadSync } from '../../src/float';
import type { Graph, Node, TensorData } from '../../src/graph/graph';
import { load } from '../../src/index';
import { loadReference } from '../../src/reference';
import { readModel, writeModel } from '../../src/tflite';
import { elements, write } from '../api/samples';
import { quantized } from '../support/build';
import { refusesSync } from '../support/errors';
import { type SvdfCase, svdfModel } from '../support/recurrent';

/**
 * `tflite/micro/kernels/svdf_test.cc`, arrays of 2x2x10: 10 runs of a batch of 2, 8 filters of rank 2 over 2 inputs and a memory of 10, no
 * bias.
 */
const published = {
  input: [
    0.12609188, -0.46347019, 0.35867718, 0.36897406, 0.14278367, -1.64410412, -0.57290924, 0.12729003, 0.49837467, 0.19278903, 0.17660543,
    0.52949083, -0.11186574, 0.13164264, -0.72674477, -0.5683046, -0.68892461, 0.37783599, -0.63690937, 0.44483393, -0.81299269,
    -0.86831826, -0.95760226, 1.82078898, -1.45006323, -0.82251364, -1.65087092, -1.89238167, 0.03966608, -0.24936394, 2.06740379,
    -1.51439476, 0.11771342, -0.23761693, 0.31088525, -1.55601168, -0.89477462, 1.67204106, -0.6230064, 0.29819036,
  ],
  feature: [
    -0.31930989, 0.0079667, 0.39296314, 0.37613347, 0.12416199, 0.15785322, 0.27901134, 0.3905206, 0.21931258, -0.36137494, -0.10640851,
    0.31053296, -0.36118156, -0.0976817, -0.36916667, 0.22197971,
  ],
  time: [
    -0.31930989, 0.37613347, 0.27901134, -0.36137494, -0.36118156, 0.22197971, 0.27557442, -0.06634006, 0.0079667, 0.12416199, 0.3905206,
    -0.10640851, -0.0976817, 0.15294972, 0.39635518, -0.02702999, 0.39296314, 0.15785322, 0.21931258, 0.31053296, -0.36916667, 0.38031587,
    -0.21580373, 0.27072677, 0.23622236, 0.34936687, 0.18174365, 0.35907319, -0.17493086, 0.324846, -0.10781813, 0.27201805, 0.14324132,
    -0.23681851, -0.27115166, -0.01580888, -0.14943552, 0.15465137, 0.09784451, -0.0337657, -0.14884081, 0.19931212, -0.36002168,
    0.34663299, -0.11405486, 0.12672701, 0.39463779, -0.07886535, -0.06384811, 0.08249187, -0.26816407, -0.19905911, 0.29211238, 0.31264046,
    -0.28664589, 0.05698794, 0.11613581, 0.14078894, 0.02187902, -0.21781836, -0.15567942, 0.08693647, -0.38256618, 0.36580828, -0.22922277,
    -0.0226903, 0.12878349, -0.28122205, -0.10850525, -0.11955214, 0.27179423, -0.04710215, 0.31069002, 0.22672787, 0.09580326, 0.08682203,
    0.1258215, 0.1851041, 0.29228821, 0.12366763,
  ],
  output: [
    -0.044205, -0.013757, 0.050369, -0.018447, 0.07301, 0.025142, -0.021154, 0.013551, -0.209613, -0.062421, 0.150209, -0.108334, 0.028256,
    -0.00695, -0.030885, 0.009603, -0.0768, -0.037075, -0.087198, -0.155183, 0.091069, 0.098446, -0.016083, 0.106475, -0.082123, -0.162238,
    -0.084434, -0.141074, -0.02934, -0.090685, 0.053302, -0.030604, -0.20144, 0.088424, 0.139877, 0.012416, -0.113212, 0.103893, -0.100842,
    0.12278, -0.166632, -0.116705, 0.175298, -0.047163, 0.313077, -0.166485, -0.28586, 0.129069, -0.625911, 0.046134, 0.138081, -0.129581,
    -0.521455, -0.061579, 0.230289, 0.114963, -0.216693, -0.161643, -0.179177, -0.052599, -0.213239, 0.029502, 0.260858, 0.275045,
    -0.213689, -0.323608, -0.285635, -0.317687, -0.324092, -0.317972, -0.20845, -0.462504, -0.255126, -0.218576, -0.041528, 0.179421,
    -0.440583, 0.072127, -0.284136, 0.24157,
  ],
};

const shape = { batch: 2, inputs: 2, filters: 8, memory: 10, rank: 2, hasBias: false };

function publishedModel(options: Pick<SvdfCase, 'kind' | 'state'>): Graph {
  const graph = svdfModel({ ...shape, ...options });
  const [{ inputs, outputs }] = graph.nodes;
  if (options.kind === 'float32') {
    inputs[1]!.data = Float32Array.from(published.feature);
    inputs[2]!.data = Float32Array.from(published.time);
    return graph;
  }
  const limit = options.state === 'int8' ? 127 : 32767;
  const scales = [2.5 / 127, 1 / 127, 1 / limit, undefined, 1.49 / limit];
  for (const i of [0, 1, 2, 4]) inputs[i]!.quantization = quantized(scales[i]!);
  outputs[0].quantization = quantized(1 / 127);
  outputs[1].quantization = quantized(1.49 / limit);
  delete graph.states![0].initial;
  inputs[1]!.data = Int8Array.from(published.feature, (x) => Math.round(x * 127));
  const time = published.time.map((x) => Math.round(x * limit));
  inputs[2]!.data = options.state === 'int8' ? Int8Array.from(time) : Int16Array.from(time);
  return graph;
}

test('float32: the published results of ten runs', () => {
  const model = loadSync(writeModel(publishedModel({ kind: 'float32' })));
  for (let run = 0; run < 10; run++) {
    write(model.inputs[0], Float32Array.from(published.input.slice(4 * run, 4 * run + 4)));
    model.run();
    for (const [i, actual] of (model.outputs[0].data as Float32Array).entries())
      assert.ok(Math.abs(actual - published.output[8 * run + i]) <= 1e-5, `run ${run}, element ${i}: ${actual}`);
  }
});

for (const state of ['int16', 'int8'] as const) {
  test(`int8 with a state of ${state}: the published results within one code, as their source allows`, () => {
    const model = loadSync(writeModel(publishedModel({ kind: 'int8', state })));
    for (let run = 0; run < 10; run++) {
      const codes = published.input.slice(4 * run, 4 * run + 4).map((x) => Math.round((x * 127) / 2.5));
      write(model.inputs[0], Int8Array.from(codes));
      model.run();
      for (const [i, actual] of (model.outputs[0].data as Int8Array).entries())
        assert.ok(Math.abs(actual - Math.round(published.output[8 * run + i] * 127)) <= 1, `run ${run}, element ${i}: ${actual}`);
    }
  });
}

const clamps: Readonly<Record<number, (x: number) => number>> = {
  0: (x) => x,
  1: (x) => Math.max(0, x),
  2: (x) => Math.max(-1, Math.min(1, x)),
  3: (x) => Math.max(0, Math.min(6, x)),
  4: Math.tanh,
};

/** Reals of a constant input; of those left out zeros. */
function reals(node: Node, index: number): number[] {
  const value = node.inputs[index];
  const scale = value?.quantization?.scale[0] ?? 1;
  return Array.from((value?.data ?? new Float32Array(64)) as Float32Array, (code) => scale * code);
}

/** By definition: unit u is the sum over its filters and the last inputs x(t - memory + 1 + i) of time[f, i] * (feature[f] x). */
function defined(
  node: Node,
  { batch = 2, inputs = 3, filters = 4, memory = 5, rank = 2, activation = 0 }: SvdfCase,
  runs: number[][],
): number[] {
  const [feature, time, bias] = [1, 2, 3].map((index) => reals(node, index));
  return Array.from({ length: (batch * filters) / rank }, (_, at) => {
    const [b, unit] = [Math.floor(at / (filters / rank)), at % (filters / rank)];
    let sum = bias[unit];
    for (let filter = unit * rank; filter < (unit + 1) * rank; filter++) {
      for (let i = 0; i < memory; i++) {
        const x = runs[runs.length - memory + i] ?? [];
        for (let k = 0; k < inputs; k++) sum += time[filter * memory + i] * feature[filter * inputs + k] * (x[b * inputs + k] ?? 0);
      }
    }
    return clamps[activation](sum);
  });
}

const cases: readonly (SvdfCase & { readonly tolerance: number })[] = [
  ...[0, 1, 2, 3, 4].map((activation) => ({ kind: 'float32', activation, tolerance: 1e-5 }) as const),
  { kind: 'float32', hasBias: false, batch: 1, rank: 1, filters: 5, memory: 1, tolerance: 1e-5 },
  { kind: 'hybrid', tolerance: 0.1 },
  { kind: 'hybrid', asymmetric: true, activation: 1, tolerance: 0.1 },
  { kind: 'int8', tolerance: 0.06 },
  { kind: 'int8', hasBias: false, rank: 4, tolerance: 0.06 },
  { kind: 'int8', state: 'int8', tolerance: 0.3 },
];

test('eight runs by definition; the reference with states carried by hand is the same', () => {
  for (const { tolerance, ...options } of cases) {
    const graph = svdfModel(options);
    const file = writeModel(graph);
    const [model, reference] = [loadSync(file), loadReference(file)];
    let state: TensorData = initialState(file);
    const runs: number[][] = [];
    for (let run = 0; run < 8; run++) {
      const input = elements(model.inputs[0], run);
      write(model.inputs[0], input);
      model.run();
      const isInteger = options.kind === 'int8';
      runs.push(Array.from(input as Float32Array, (x) => (isInteger ? 0.02 * (x - 3) : x)));
      const actual = Array.from(model.outputs[0].data as Float32Array, (x) => (isInteger ? 0.05 * (x - 5) : x));
      const [output, left] = reference.run([input, state]);
      // TANH alone is another one in the binary.
      const bound = options.activation === 4 ? 1e-6 : 0;
      (output as Float32Array).forEach((x, i) => {
        const found = model.outputs[0].data[i] as number;
        assert.ok(Math.abs(found - x) <= bound, `${JSON.stringify(options)}, run ${run}: ${found}, the reference has ${x}`);
      });
      state = left;
      defined(graph.nodes[0], options, runs).forEach((expected, i) => {
        const limited = isInteger ? Math.max(0.05 * -133, Math.min(0.05 * 122, expected)) : expected;
        assert.ok(Math.abs(actual[i] - limited) <= tolerance, `${JSON.stringify(options)}, run ${run}: ${actual[i]}, expected ${limited}`);
      });
    }
    model.reset();
    assert.equal(model.states[0].data, initialState(file), 'reset');
  }
});

function initialState(file: Uint8Array): Float32Array {
  const [{ input, initial }] = readModel(file).states!;
  const count = input.shape[0] * input.shape[1];
  return (initial ?? (input.dtype === 'int16' ? new Int16Array(count) : new Float32Array(count))) as Float32Array;
}

test('a memory of codes begins with its zero point, and files keep it as a variable tensor', () => {
  const file = writeModel(svdfModel({ kind: 'int8', state: 'int8' }));
  const graph = readModel(file);
  assert.equal(writeModel(graph), file);
  assert.equal(Array.from(graph.states![0].initial as Int8Array), new Array(40).fill(-7));
  assert.ok(graph.states![0].input.isVariable);
});

/** The file of a float32 layer whose input `index` has another shape. */
function resized(index: number, to: readonly number[]): () => unknown {
  return () => {
    const graph = svdfModel({ kind: 'float32' });
    const value = graph.nodes[0].inputs[index]!;
    value.shape = to;
    if (value.data) value.data = new Float32Array(to.reduce((product, dimension) => product * dimension, 1));
    return loadSync(writeModel(graph));
  };
}

test('what does not fit is refused', async () => {
  refusesSync(() => svdfModel({ kind: 'float32', rank: 0, hasBias: false }), 'bad-option', /rank is 0/);
  refusesSync(() => svdfModel({ kind: 'float32', activation: 5 }), 'unsupported-feature', /SIGN_BIT/);
  refusesSync(
    () => loadSync(writeModel(svdfModel({ kind: 'float32', rank: 3, hasBias: false }))),
    'bad-shape',
    /4 filters are no multiple of rank 3/,
  );
  refusesSync(() => loadSync(writeModel(svdfModel({ kind: 'int8', activation: 4 }))), 'unsupported-feature', /NONE and RELU, not TANH/);
  refusesSync(resized(0, [2, 4]), 'bad-shape', /do not fit together/);
  refusesSync(resized(0, [2, 3, 1]), 'bad-shape', /do not fit together/);
  refusesSync(resized(1, [4, 2]), 'bad-shape', /do not fit together/);
  refusesSync(resized(2, [3, 5]), 'bad-shape', /do not fit together/);
  refusesSync(resized(3, [3]), 'bad-shape', /the bias has shape/);
  refusesSync(resized(4, [2, 19]), 'bad-shape', /the state has shape/);
  const shifted = svdfModel({ kind: 'int8' });
  shifted.nodes[0].inputs[2]!.quantization = quantized(2e-4, 4);
  refusesSync(() => loadSync(writeModel(shifted)), 'bad-quantization', /zero point 4/);
  try {
    await load(writeModel(svdfModel({ kind: 'int8' })));
    assert.unreachable();
  } catch (error) {
    assert.match(String(error), /SVDF \(1\); recurrent layers: load it with zeropoint\/float/);
  }
});

test.run();
