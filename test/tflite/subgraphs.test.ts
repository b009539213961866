// Tests files of several subgraphs: variables with the subgraph that initializes them, and a graph for each signature.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { loadSync } from '../../src/index';
import { readModel } from '../../src/tflite';
import { testRefused } from '../support/errors';
import { modelFile, type RawSubgraph } from '../support/raw-model';

/** Adds its input to the variable `sum`, and gives what it read before and what a second read gives after. */
const counting: RawSubgraph = {
  tensors: [{}, { handle: true }, {}, {}, {}, {}],
  inputs: [0],
  outputs: [2, 4, 5],
  operators: [
    { name: 'CALL_ONCE', option: 1 },
    { name: 'VAR_HANDLE', outputs: [1], option: 'sum' },
    { name: 'READ_VARIABLE', inputs: [1], outputs: [2] },
    { name: 'ADD', inputs: [2, 0], outputs: [3] },
    { name: 'ASSIGN_VARIABLE', inputs: [1, 3] },
    { name: 'READ_VARIABLE', inputs: [1], outputs: [4] },
    { name: 'ADD', inputs: [4, 4], outputs: [5] },
  ],
};

const initializing = (data: number[], name = 'sum'): RawSubgraph => ({
  tensors: [{ data, shape: [data.length] }, { handle: true }],
  operators: [
    { name: 'VAR_HANDLE', outputs: [1], option: name },
    { name: 'ASSIGN_VARIABLE', inputs: [1, 0] },
  ],
});

function run(file: Uint8Array, inputs: number[][], signature?: string): number[][][] {
  const model = loadSync(file, { signature });
  return inputs.map((input) => {
    (model.inputs[0].data as Int32Array).set(input);
    model.run();
    return model.outputs.map(({ data }) => Array.from(data as Int32Array));
  });
}

test('a variable is initialized once; reads give what was assigned before them', () => {
  const results = run(modelFile([counting, initializing([10, 20])]), [
    [1, 2],
    [3, 4],
  ]);
  assert.equal(results[0], [
    [10, 20],
    [11, 22],
    [22, 44],
  ]);
  assert.equal(results[1], [
    [11, 22],
    [14, 26],
    [28, 52],
  ]);
});

test('a variable that nothing initializes begins with zeros', () => {
  const operators = counting.operators.slice(1);
  assert.equal(run(modelFile([{ ...counting, operators }]), [[1, 2]]), [
    [
      [0, 0],
      [1, 2],
      [2, 4],
    ],
  ]);
});

test('a variable that no run assigns is a constant', () => {
  const operators = counting.operators.filter(({ name }) => name !== 'ASSIGN_VARIABLE').filter((_, i) => i !== 4);
  const graph: RawSubgraph = { ...counting, operators, outputs: [3, 5] };
  const file = modelFile([
    { ...graph, operators: [...operators.slice(0, 4), { name: 'READ_VARIABLE', inputs: [1], outputs: [4] }, operators[4]] },
    initializing([10, 20]),
  ]);
  assert.is(readModel(file).states, undefined);
  assert.equal(
    run(file, [
      [1, 2],
      [1, 2],
    ]),
    [
      [
        [11, 22],
        [20, 40],
      ],
      [
        [11, 22],
        [20, 40],
      ],
    ],
  );
});

test('a variable that is only assigned is dropped', () => {
  const graph: RawSubgraph = {
    tensors: [{}, { handle: true }, {}],
    inputs: [0],
    outputs: [2],
    operators: [
      { name: 'VAR_HANDLE', outputs: [1], option: 'log' },
      { name: 'ADD', inputs: [0, 0], outputs: [2] },
      { name: 'ASSIGN_VARIABLE', inputs: [1, 2] },
    ],
  };
  assert.is(readModel(modelFile([graph])).states, undefined);
  assert.equal(run(modelFile([graph]), [[3, 4]]), [[[6, 8]]]);
});

const doubling: RawSubgraph = { tensors: [{}, {}], inputs: [0], outputs: [1], operators: [{ name: 'ADD', inputs: [0, 0], outputs: [1] }] };

test('each signature has its graph; without a signature the first one runs', () => {
  const file = modelFile([counting, initializing([10, 20]), doubling], { count: [0, 'step'], double: [2, 'x'] });
  assert.equal(run(file, [[1, 2]], 'double'), [[[2, 4]]]);
  assert.equal(run(file, [[1, 2]], 'count')[0][0], [10, 20]);
  assert.equal(run(file, [[1, 2]])[0][0], [10, 20]);
  assert.equal(
    readModel(file, undefined, 'double').signatures.map(({ key, inputs }) => [key, inputs[0].name]),
    [['double', 'x']],
  );
});

const two = () => modelFile([doubling, doubling], { a: [0, 'x'], b: [1, 'x'] });
testRefused('an unknown signature names those that exist', () => loadSync(two(), { signature: 'c' }), 'bad-argument', /'a', 'b'/);
testRefused('a signature of a file without any', () => loadSync(modelFile([doubling]), { signature: 'c' }), 'bad-argument', /none/);
testRefused('a signature that is no string', () => loadSync(two(), { signature: 1 as never }), 'bad-argument', /signature is 1/);
testRefused('a signature of a graph without it', () => loadSync(readModel(two()), { signature: 'b' }), 'bad-argument', /no signature 'b'/);
testRefused(
  'a signature of a subgraph that is not there',
  () => readModel(modelFile([doubling], { a: [1, 'x'] })),
  'bad-index',
  /subgraph 1/,
);
testRefused('an initializing subgraph that is not there', () => readModel(modelFile([counting])), 'bad-index', /subgraph 1/);
testRefused('initial elements that do not fit', () => readModel(modelFile([counting, initializing([1])])), 'bad-graph', /'sum'/);
testRefused(
  'an initializing subgraph that computes',
  () => readModel(modelFile([counting, { ...doubling, operators: [{ name: 'ADD', inputs: [0, 0], outputs: [1] }] }])),
  'unsupported-feature',
  /assign constants/,
);
testRefused(
  'an initializing subgraph that initializes',
  () => readModel(modelFile([counting, counting])),
  'unsupported-feature',
  /assign constants/,
);
testRefused(
  'a read of what is no handle',
  () => readModel(modelFile([{ ...counting, operators: [{ name: 'READ_VARIABLE', inputs: [0], outputs: [2] }] }])),
  'bad-graph',
  /handle/,
);
testRefused(
  'a handle that an operator reads',
  () =>
    loadSync(modelFile([{ ...counting, outputs: [3], operators: [counting.operators[1], { name: 'ADD', inputs: [1, 0], outputs: [3] }] }])),
  'bad-graph',
  /reads tensor 1/,
);

test.run();
