// Tests recurrent layers on the float binary against the reference kernels over grids of sizes and parts, and over all codes.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { loadSync } from '../../src/float';
import type { Graph } from '../../src/graph/graph';
import { validate } from '../../src/graph/validate';
import { evaluate, runReference } from '../../src/reference/run';
import { write } from '../api/samples';
import { GraphBuilder, quantized } from '../support/build';
import { assertSameData } from '../support/equal';
import { type LstmCase, lstmModel, recurrentAttributes, type SvdfCase, svdfModel } from '../support/recurrent';
import { testGrid } from './grid';

/** Of a result's range: exponentials, and what three steps make of their errors. */
const tolerance = 5e-6;

/** States as inputs and outputs like any other, so that they are drawn and compared. */
function withoutStates(graph: Graph): Graph {
  graph.states = undefined;
  return graph;
}

/** Around vectors, pairs, panels of 24 rows and gates of 8. */
const sizes = { batch: [1, 2], inputs: [1, 2, 7, 8, 13, 40], cells: [1, 3, 6, 8, 9, 16, 33] } as const;
const layer = { ...sizes, isCoupled: [false, true], timeMajor: [false, true], seed: [1, 2, 3] } as const;

testGrid(
  'int8 LSTM',
  {
    ...layer,
    steps: [1, 2, 5],
    cellClip: [0, 0.2, 0.9, 100],
    cellScale: [2 ** -9, 2 ** -10, 2 ** -11, 2 ** -12, 2 ** -13, 2 ** -14, 2 ** -15],
    zeroPoint: [0, -128, 127, 21],
    isExtreme: [false, true],
  },
  0,
  (c) => withoutStates(lstmModel({ ...c, kind: 'int8' })),
);

const parts = {
  ...layer,
  hasPeephole: [false, true],
  hasNorm: [false, true],
  activation: [1, 2, 3, 4],
  cellClip: [0, 0.2],
} as const;
const projections = { projection: [1, 3, 25], projectionClip: [0, 0.3] } as const;

testGrid('float32 LSTM', { ...parts, ...projections, projection: [undefined, 1, 3, 25], steps: [1, 3] }, tolerance, (c) =>
  withoutStates(lstmModel({ ...c, kind: 'float32' } as LstmCase)),
);

// Of one step without projection: behind an error of 1e-7 may lie another code of a vector, which changes a result by a hundredth.
testGrid('hybrid LSTM', { ...parts, asymmetric: [false, true] }, tolerance, (c) =>
  withoutStates(lstmModel({ ...c, steps: 1, kind: 'hybrid' } as LstmCase)),
);

testGrid(
  'hybrid LSTM with projection and several steps',
  { ...parts, ...projections, steps: [1, 3], asymmetric: [false, true] },
  0.03,
  (c) => withoutStates(lstmModel({ ...c, kind: 'hybrid' } as LstmCase)),
);

const filters = {
  batch: [1, 2, 3],
  inputs: [1, 2, 7, 8, 13, 40],
  rank: [1, 2, 3],
  units: [1, 4, 8, 9, 25],
  memory: [1, 2, 7, 8, 9, 10, 17],
  hasBias: [false, true],
  seed: [1, 2, 3],
} as const;
const svdf = ({ rank, units, ...c }: { rank: number; units: number }, kind: SvdfCase['kind']) =>
  withoutStates(svdfModel({ ...c, rank, filters: rank * units, kind }));

testGrid('int8 SVDF', { ...filters, state: ['int8', 'int16'], activation: [0, 1], isExtreme: [false, true] }, 0, (c) => svdf(c, 'int8'));
testGrid('float32 SVDF', { ...filters, activation: [0, 1, 2, 3] }, 0, (c) => svdf(c, 'float32'));
testGrid('hybrid SVDF', { ...filters, activation: [0, 1, 2, 3], asymmetric: [false, true] }, 0, (c) => svdf(c, 'hybrid'));
testGrid('SVDF with TANH', { ...filters, kind: ['float32', 'hybrid'] as const }, tolerance, ({ kind, ...c }) =>
  svdf({ ...c, activation: 4 } as never, kind),
);

/** Cells, and sequences. */
const count = 256;

/**
 * 256 sequences of one step with 256 cells. Gate g is the sum of its bias, 256 i in cell i for gates of `swept` and else `at[g]`, and of the
 * input's code, 0 to 255 plus its zero point: together all codes of Q3.12.
 */
function sweep(swept: number, at: readonly number[], cellScale: number, outputScale: number): Graph {
  const b = new GraphBuilder();
  const unit = quantized(1);
  const x = b.input('int8', [count, 1, 1], quantized(2 ** -12, -128));
  const [hidden, cell] = [quantized(outputScale), quantized(cellScale)];
  const states = [b.input('int8', [count, count], hidden), b.input('int16', [count, count], cell)];
  const gates = [0, 1, 2, 3];
  const operands = [
    x,
    ...gates.map((g) => b.constant('int8', [count, 1], new Array(count).fill(g === swept ? 1 : 0), unit)),
    ...gates.map(() => b.constant('int8', [count, count], new Array(count * count).fill(0), unit)),
    ...[undefined, undefined, undefined],
    ...gates.map((g) =>
      b.constant(
        'int32',
        [count],
        Array.from({ length: count }, (_, i) => (g === swept ? 256 * i - 32768 : at[g])),
        quantized(2 ** -12),
      ),
    ),
    ...[undefined, undefined],
    ...states,
  ];
  const fields = [['int8', 4], ['float32', 0], ['float32', 0], ...Array(3).fill(['int8', 0])] as never;
  const attributes = recurrentAttributes('UNIDIRECTIONAL_SEQUENCE_LSTM', 71, fields, operands.length);
  const results = [
    { dtype: 'int8', quantization: hidden },
    { dtype: 'int8', quantization: hidden },
    { dtype: 'int16', quantization: cell },
  ] as const;
  return b.outputs(...b.node('CUSTOM', attributes, operands, ...results));
}

/** Runs a sweep in both, and returns the cell states. */
function compareSweep(graph: Graph, cells: Int16Array, context: string): Int16Array {
  const inputs = [Int8Array.from({ length: count }, (_, i) => i - 128), new Int8Array(count * count), cells];
  const model = loadSync(graph);
  assert.is(model.operators[0].kernel, 'float');
  model.inputs.forEach((tensor, i) => {
    write(tensor, inputs[i]);
  });
  model.run();
  validate(graph, { evaluate });
  const outputs = runReference(graph, inputs);
  outputs.forEach((expected, i) => {
    assertSameData(model.outputs[i].data as Int8Array, expected as Int8Array, `output ${i} of ${context}`);
  });
  return model.outputs[2].data as Int16Array;
}

test('int8 LSTM: gates of every code, and cells of every code under every scale', () => {
  const [low, high] = [-32768, 32767];
  const all = Int16Array.from({ length: count * count }, (_, i) => i);
  // The cell state shows the forget gate, and the cell gate.
  const forget = compareSweep(sweep(1, [low, 0, 0, 0], 2 ** -11, 1 / 128), new Int16Array(count * count).fill(high), 'the forget gate');
  assert.ok(new Set(forget).size > 9000, `logistic has ${new Set(forget).size} values`);
  const change = compareSweep(sweep(2, [high, low, 0, high], 2 ** -15, 1 / 128), new Int16Array(count * count), 'the cell gate');
  assert.ok(new Set(change).size > 9000, `tanh has ${new Set(change).size} values`);
  for (let exponent = -15; exponent <= -9; exponent++) {
    for (const scale of [1 / 128, 2 ** -11, 2 ** -15])
      compareSweep(sweep(0, [0, high, 0, high], 2 ** exponent, scale), all, `cells of 2^${exponent}, output scale ${scale}`);
  }
});

test.run();
