// Tests the inventory of files: what they hold, and which operators are missing, also where the reader refuses them.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ModelError } from '../../src/index';
import { readInventory, readModel, writeModel } from '../../src/tflite';
import { modelFile } from '../support/raw-model';
import { decoratedModel } from '../support/sample-models';

const stringType = 5;
const refused = modelFile(
  [
    {
      tensors: [{ shape: [1, 1, 3], signature: [1, -1, 3] }, { type: stringType, shape: [] }, {}],
      inputs: [0],
      outputs: [1],
      operators: [
        { name: 'WHILE', inputs: [0], outputs: [2] },
        { name: 'ADD', inputs: [0, 0], outputs: [2] },
        { name: 'FlexLSTM', inputs: [0], outputs: [1] },
        { name: 'ADD', inputs: [0, 0], outputs: [2] },
        { name: 'VAR_HANDLE', outputs: [2], option: 'v' },
      ],
    },
    { tensors: [{}], operators: [] },
  ],
  { main: [0, 'x'], other: [1, 'y'] },
);

test('a file that the reader refuses is described: operators with counts, types and open dimensions as declared', () => {
  assert.throws(
    () => readModel(refused),
    (error: unknown) => error instanceof ModelError && error.code === 'unsupported-operator',
  );
  const inventory = readInventory(refused);
  assert.equal(inventory.operators, [
    { name: 'WHILE', count: 1, isSupported: false },
    { name: 'ADD', count: 2, isSupported: true },
    { name: "custom 'FlexLSTM'", count: 1, isSupported: false },
    { name: 'VAR_HANDLE', count: 1, isSupported: true },
  ]);
  assert.equal(inventory.inputs, [{ name: 't0', shape: [1, -1, 3], type: 'int32' }]);
  assert.equal(inventory.outputs, [{ name: 't1', shape: [], type: 'string' }]);
  assert.equal([inventory.subgraphs, inventory.signatures], [2, ['main', 'other']]);
  assert.match(inventory.wayOut!, 'SELECT_TF_OPS');
});

test('a file that runs has nothing missing', () => {
  const { operators, wayOut, metadata, description } = readInventory(writeModel(decoratedModel()));
  assert.equal(operators, [{ name: 'CONV_2D', count: 1, isSupported: true }]);
  assert.equal([wayOut, metadata, description], [undefined, ['min_runtime_version', 'empty'], 'decorated']);
});

test('damaged files end in a ModelError at every byte', () => {
  for (let length = 0; length < refused.length; length++) {
    try {
      readInventory(refused.subarray(0, length));
    } catch (error) {
      assert.instance(error, ModelError, `${length} bytes: ${error}`);
    }
  }
});

test.run();
