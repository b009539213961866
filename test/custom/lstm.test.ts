// Tests UNIDIRECTIONAL_SEQUENCE_LSTM by the published numbers of tflite-micro, by its definition in double precision, and its refusals.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { loadSync } from '../../src/float';
import { describeNode, type Graph, type Node } from '../../src/graph/graph';
import { load, ModelError } from '../../src/index';
import { loadReference } from '../../src/reference';
import { readModel, writeModel } from '../../src/tflite';
import { loadThreaded } from '../../src/threads';
import { elements, write } from '../api/samples';
import { quantized } from '../support/build';
import { refusesSync } from '../support/errors';
import { type LstmCase, lstmModel } from '../support/recurrent';

/** Inputs of a node by their index, as doubles; codes as reals. */
function reals(node: Node, index: number): number[] | undefined {
  const value = node.inputs[index];
  if (!value?.data) return undefined;
  const [scale, zeroPoint] = [value.quantization?.scale[0] ?? 1, value.quantization?.zeroPoint[0] ?? 0];
  return Array.from(value.data as Float32Array, (code) => scale * (code - zeroPoint));
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const clipped = (x: number, limit: number) => (limit > 0 ? Math.max(-limit, Math.min(limit, x)) : x);

/** One step by definition, of one sequence: gates are W x + R h (+ p c), normalized, plus b. Returns h and c. */
function defined(node: Node, { cellClip = 0, projectionClip = 0 }: LstmCase, x: number[], h: number[], c: number[]): [number[], number[]] {
  const rows = (index: number, vector: number[]) => {
    const weights = reals(node, index)!;
    return Array.from({ length: weights.length / vector.length }, (_, r) =>
      vector.reduce((sum, element, i) => sum + element * weights[r * vector.length + i], 0),
    );
  };
  const gate = (i: number, f: (x: number) => number, cell: number[]) => {
    const [recurrent, bias, norm] = [rows(5 + i, h), reals(node, 12 + i)!, reals(node, 20 + i)];
    const peephole = i === 2 ? undefined : reals(node, i === 3 ? 11 : 9 + i);
    const sums = rows(1 + i, x).map((sum, r) => sum + recurrent[r] + (peephole ? peephole[r] * cell[r] : 0));
    const mean = sums.reduce((a, b) => a + b, 0) / sums.length;
    const deviation = Math.sqrt(sums.reduce((a, b) => a + (b - mean) ** 2, 0) / sums.length + 1e-8);
    return sums.map((sum, r) => f((norm ? (norm[r] * (sum - mean)) / deviation : sum) + bias[r]));
  };
  const forget = gate(1, sigmoid, c);
  const input = node.inputs[1] ? gate(0, sigmoid, c) : forget.map((f) => 1 - f);
  const change = gate(2, Math.tanh, c);
  const cell = c.map((old, i) => clipped(old * forget[i] + input[i] * change[i], cellClip));
  const output = gate(3, sigmoid, cell).map((o, i) => o * Math.tanh(cell[i]));
  const [projection, bias] = [reals(node, 16), reals(node, 17)];
  return [projection ? rows(16, output).map((y, i) => clipped(y + (bias?.[i] ?? 0), projectionClip)) : output, cell];
}

/** All steps of all sequences by definition, from zero states. */
function definedOutputs(graph: Graph, options: LstmCase, input: Float32Array): number[] {
  const [node] = graph.nodes;
  const { batch = 2, steps = 3, inputs = 5, cells = 4, projection = cells } = options;
  const result = new Array<number>(batch * steps * projection);
  for (let b = 0; b < batch; b++) {
    let [h, c] = [new Array<number>(projection).fill(0), new Array<number>(cells).fill(0)];
    for (let t = 0; t < steps; t++) {
      const at = options.timeMajor ? t * batch + b : b * steps + t;
      [h, c] = defined(node, options, Array.from(input.subarray(at * inputs, (at + 1) * inputs)), h, c);
      h.forEach((y, i) => {
        result[at * projection + i] = y;
      });
    }
  }
  return result;
}

function near(actual: ArrayLike<number>, expected: readonly number[], tolerance: number, name: string): void {
  assert.is(actual.length, expected.length, name);
  for (let i = 0; i < expected.length; i++)
    assert.ok(Math.abs(actual[i] - expected[i]) <= tolerance, `${name}: element ${i} is ${actual[i]}, expected ${expected[i]}`);
}

/** Weights, biases and results of `tflite/micro/kernels/testdata/lstm_test_data.cc` (2 sequences, 3 steps, 2 inputs, 2 cells). */
const published = {
  weights: [
    [10, 10, 20, 20],
    [-10, -10, -20, -20],
    [1, 1, 1, 1],
    [1, 1, 1, 1],
  ],
  biases: [
    [-1, -2],
    [1, 2],
    [0, 0],
    [0, 0],
  ],
  input: [0.2, 0.3, 0.2, 0.3, 0.2, 0.3, -0.98, 0.62, 0.01, 0.99, 0.49, -0.32],
  output: [
    ...[0.26455893, 0.26870455, 0.47935803, 0.47937014, 0.58013272, 0.58013278],
    ...[-1.41184672e-3, -1.43329117e-5, 0.46887168, 0.46891281, 0.50054074, 0.50054148],
  ],
  hidden: [0.58013272, 0.58013278, 0.50054074, 0.50054148],
  cell: [0.89740515, 0.8974053, 0.80327607, 0.80327785],
};

function publishedModel(kind: 'float32' | 'int8'): Graph {
  const graph = lstmModel({ kind, batch: 2, steps: 3, inputs: 2, cells: 2, cellClip: 6, projectionClip: 3, cellScale: 2 ** -12 });
  const [{ inputs, outputs }] = graph.nodes;
  const [inputScale, hidden] = [quantized(0.00784313725490196), quantized(0.004705882165580988, -21)];
  if (kind === 'int8') {
    inputs[0]!.quantization = inputScale;
    for (const value of [inputs[18]!, outputs[0], outputs[1]]) value.quantization = hidden;
    graph.states![0].initial = new Int8Array(4).fill(-21);
  }
  for (let gate = 0; gate < 4; gate++) {
    const scale = Math.fround(Math.max(...published.weights[gate].map(Math.abs)) / 127);
    for (const [index, elements] of [
      [1 + gate, published.weights[gate]],
      [5 + gate, published.weights[gate]],
      [12 + gate, published.biases[gate]],
    ] as const) {
      const value = inputs[index]!;
      if (kind === 'float32') value.data = Float32Array.from(elements);
      else if (index < 12) {
        value.quantization = quantized(scale);
        value.data = Int8Array.from(elements, (x) => Math.round(x / scale));
      } else value.data = Int32Array.from(elements, (x) => Math.round(x / (scale * inputScale.scale[0])));
    }
  }
  return graph;
}

test('float32: the published results', () => {
  const model = loadSync(writeModel(publishedModel('float32')));
  write(model.inputs[0], Float32Array.from(published.input));
  model.run();
  near(model.outputs[0].data as Float32Array, published.output, 1e-6, 'output');
  near(model.states[0].data as Float32Array, published.hidden, 1e-6, 'output state');
  near(model.states[1].data as Float32Array, published.cell, 1e-6, 'cell state');
});

test('int8: the published results within a hundredth, as their source allows', () => {
  const model = loadSync(writeModel(publishedModel('int8')));
  const inputScale = Math.fround(0.00784313725490196);
  write(
    model.inputs[0],
    Int8Array.from(published.input, (x) => Math.round(x / inputScale)),
  );
  model.run();
  const decoded = (data: unknown, scale: number, zeroPoint: number) => Array.from(data as Int8Array, (code) => scale * (code - zeroPoint));
  near(decoded(model.outputs[0].data, 0.004705882165580988, -21), published.output, 1e-2, 'output');
  near(decoded(model.states[0].data, 0.004705882165580988, -21), published.hidden, 1e-2, 'output state');
  near(decoded(model.states[1].data, 2 ** -12, 0), published.cell, 1e-2, 'cell state');
});

const variants: readonly Omit<LstmCase, 'kind'>[] = [
  {},
  { timeMajor: true },
  { isCoupled: true },
  { hasPeephole: true },
  { hasPeephole: true, isCoupled: true },
  { projection: 3 },
  { projection: 3, projectionClip: 0.2, cellClip: 0.3 },
  { hasNorm: true },
  { hasNorm: true, isCoupled: true, hasPeephole: true, projection: 6, timeMajor: true },
];

for (const kind of ['float32', 'hybrid'] as const) {
  test(`${kind}: every part by its definition`, () => {
    for (const variant of variants) {
      for (const asymmetric of kind === 'hybrid' ? [false, true] : [false]) {
        const options = { ...variant, kind, asymmetric };
        const graph = lstmModel(options);
        const model = loadSync(writeModel(graph));
        const input = elements(model.inputs[0], 7) as Float32Array;
        write(model.inputs[0], input);
        model.run();
        // Hybrid layers quantize vectors to 8 bits; layer normalization divides by small deviations.
        near(
          model.outputs[0].data as Float32Array,
          definedOutputs(graph, options, input),
          kind === 'hybrid' ? 0.05 : 1e-5,
          JSON.stringify(options),
        );
      }
    }
  });
}

test('int8: near the definition, with coupled gates as well', () => {
  for (const variant of [{}, { timeMajor: true }, { isCoupled: true }, { cellClip: 0.25 }, { zeroPoint: 40 }]) {
    const options = { ...variant, kind: 'int8' } as const;
    const graph = lstmModel(options);
    const model = loadSync(writeModel(graph));
    const codes = elements(model.inputs[0], 7) as Int8Array;
    write(model.inputs[0], codes);
    model.run();
    const input = Float32Array.from(codes, (code) => 0.02 * (code - 3));
    const outputs = Array.from(model.outputs[0].data as Int8Array, (code) => (code - (options.zeroPoint ?? -9)) / 128);
    near(outputs, definedOutputs(graph, options, input), 0.03, JSON.stringify(options));
  }
});

test('runs carry both states: two runs of three steps are one of six', () => {
  for (const kind of ['float32', 'hybrid', 'int8'] as const) {
    const [short, long] = [3, 6].map((steps) => loadSync(writeModel(lstmModel({ kind, batch: 1, steps }))));
    const input = elements(long.inputs[0], 3) as Float32Array;
    write(long.inputs[0], input);
    long.run();
    const parts: number[] = [];
    for (const half of [input.slice(0, 15), input.slice(15)]) {
      write(short.inputs[0], half);
      short.run();
      parts.push(...(short.outputs[0].data as Float32Array));
    }
    assert.equal(parts, Array.from(long.outputs[0].data as Float32Array), kind);
    assert.equal(short.states[1].data, long.states[1].data, kind);
    short.reset();
    write(short.inputs[0], input.slice(0, 15));
    short.run();
    assert.equal(Array.from(short.outputs[0].data as Float32Array), parts.slice(0, 12), `${kind} after reset`);
  }
});

test('the model equals the reference with states carried by hand, and traces its node', () => {
  for (const kind of ['float32', 'hybrid', 'int8'] as const) {
    const graph = lstmModel({ kind });
    const file = writeModel(graph);
    const [model, reference] = [loadSync(file), loadReference(file)];
    let states = readModel(file).states!.map(
      ({ initial, input }) => initial ?? (input.dtype === 'int16' ? new Int16Array(8) : new Float32Array(8)),
    );
    for (let run = 0; run < 3; run++) {
      const input = elements(model.inputs[0], run);
      write(model.inputs[0], input);
      const traced: string[] = [];
      if (run === 1) model.trace(({ name }) => traced.push(name));
      else model.run();
      if (run === 1) assert.is(traced.length, 3);
      const [output, ...left] = reference.run([input, ...states]);
      // The binary has an exponential of its own.
      near(model.outputs[0].data as Float32Array, Array.from(output as Float32Array), kind === 'int8' ? 0 : 1e-6, `${kind}, run ${run}`);
      states = left as typeof states;
    }
  }
});

test('files keep variable tensors: their contents begin with the zero point, and are no outputs of the file', () => {
  const file = writeModel(lstmModel({ kind: 'int8', zeroPoint: -9 }));
  const graph = readModel(file);
  assert.equal(writeModel(graph), file);
  assert.equal(
    graph.states!.map(({ input, initial }) => [input.dtype, input.isVariable, initial && Array.from(initial as Int8Array)]),
    [
      ['int8', true, new Array(8).fill(-9)],
      ['int16', true, undefined],
    ],
  );
  assert.equal([graph.inputs.length, graph.outputs.length, graph.nodes[0].outputs.length], [3, 3, 3]);
});

test('operators behind it that read a variable tensor read what it left there', () => {
  const graph = lstmModel({ kind: 'float32', batch: 1, steps: 1 });
  const [node] = graph.nodes;
  const sum = { id: graph.values.length, name: 'sum', dtype: 'float32', shape: [] } as const;
  graph.values.push(sum);
  graph.nodes.push({ type: 'ABS', id: 1, attributes: {}, inputs: [node.outputs[1]], outputs: [sum], version: 1 });
  graph.outputs.splice(1, 0, sum);
  const model = loadSync(writeModel(graph));
  write(model.inputs[0], elements(model.inputs[0], 1));
  model.run();
  const magnitudes = Array.from(model.outputs[0].data as Float32Array, Math.abs);
  assert.equal(Array.from(model.outputs[1].data as Float32Array), magnitudes);
  assert.ok(magnitudes.some((x) => x > 0.01));
});

test('what the int8 kernel does not compute is refused by name', () => {
  const cases: readonly [Omit<LstmCase, 'kind'>, string, RegExp][] = [
    [{ hasPeephole: true }, 'unsupported-feature', /peephole/],
    [{ projection: 3 }, 'unsupported-feature', /projection/],
    [{ hasNorm: true }, 'unsupported-feature', /layer normalization/],
    [{ activation: 1 }, 'unsupported-feature', /TANH, not RELU/],
    [{ cellScale: 0.001 }, 'bad-quantization', /cell state has scale/],
    [{ cellScale: 2 ** -8 }, 'bad-quantization', /cell state has scale/],
    [{ cellScale: 2 ** -16 }, 'bad-quantization', /cell state has scale/],
  ];
  for (const [options, code, message] of cases)
    refusesSync(() => loadSync(writeModel(lstmModel({ ...options, kind: 'int8' }))), code, message);
  refusesSync(() => lstmModel({ kind: 'float32', diagonal: true }), 'unsupported-feature', /diagonal/);
  refusesSync(() => lstmModel({ kind: 'float32', activation: 5 }), 'unsupported-feature', /SIGN_BIT/);
  refusesSync(() => lstmModel({ kind: 'float32', activation: 0 }), 'unsupported-feature', /activation NONE/);
  refusesSync(() => lstmModel({ kind: 'float32', activation: 6 }), 'bad-option', /unknown value 6/);
  refusesSync(() => lstmModel({ kind: 'float32', cellClip: -1 }), 'bad-option', /cellClip/);
});

/** The file of an LSTM that `edit` has damaged. */
function damaged(options: LstmCase, edit: (node: Node, graph: Graph) => void): () => unknown {
  return () => {
    const graph = lstmModel(options);
    edit(graph.nodes[0], graph);
    return loadSync(writeModel(graph));
  };
}

test('operands that do not fit are refused', () => {
  const float = { kind: 'float32' } as const;
  const resized = (index: number, shape: readonly number[]) => (node: Node) => {
    const value = node.inputs[index]!;
    value.shape = shape;
    if (value.data) value.data = new Float32Array(shape.reduce((product, dimension) => product * dimension, 1));
  };
  for (const index of [0, 1, 2, 5, 8, 12, 15, 18, 19]) refusesSync(damaged(float, resized(index, [1, 7])), 'bad-shape', /shape/);
  const full = { ...float, hasPeephole: true, hasNorm: true, projection: 3 };
  for (const index of [9, 10, 11, 16, 17, 20, 23])
    refusesSync(damaged(full, resized(index, [7])), 'bad-shape', new RegExp(`input ${index}`));
  for (const index of [1, 5, 12, 9, 10, 20, 22]) {
    const without = (node: Node) => {
      node.inputs[index] = undefined;
    };
    refusesSync(damaged(full, without), 'bad-graph', /present|all/);
  }
  refusesSync(
    damaged(float, (node) => {
      node.inputs.length = 21;
    }),
    'bad-graph',
    /takes 20 or 24/,
  );
  refusesSync(
    damaged(float, (node) => {
      node.inputs[18]!.isVariable = false;
    }),
    'bad-graph',
    /variable tensor/,
  );
  refusesSync(
    damaged({ kind: 'int8' }, (node) => {
      node.inputs[2]!.quantization = quantized(0.01, 1);
    }),
    'bad-quantization',
    /weights have 0/,
  );
});

test("zeropoint and zeropoint/threads name zeropoint/float; batches other than the file's are refused", async () => {
  const file = writeModel(lstmModel({ kind: 'int8' }));
  for (const loader of [load, loadThreaded]) {
    try {
      await loader(file);
      assert.unreachable();
    } catch (error) {
      assert.ok(error instanceof ModelError && error.code === 'unsupported-operator', `${error}`);
      assert.match(error.message, /UNIDIRECTIONAL_SEQUENCE_LSTM \(1\); recurrent layers: load it with zeropoint\/float/);
    }
  }
  refusesSync(() => loadSync(file, { batch: 4 }), 'bad-argument', /batch/);
  assert.is(describeNode(readModel(file).nodes[0]), 'UNIDIRECTIONAL_SEQUENCE_LSTM #0');
});

test.run();
