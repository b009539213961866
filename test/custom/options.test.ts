// Tests the reading of custom options: what damaged FlexBuffers give, what vectors are charged, and who knows which operators.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Account } from '../../src/account';
import { customOperators } from '../../src/custom';
import { ModelError } from '../../src/errors';
import { load as loadFloat } from '../../src/float';
import { load } from '../../src/index';
import { loadReference } from '../../src/reference';
import { printGraph, readModel, writeModel } from '../../src/tflite';
import { customModels, matrixOptions } from '../support/custom-operators';
import { customFile } from '../support/custom-run';
import { flexMap } from '../support/flex';

function read(options: Uint8Array, account = new Account(options.length)) {
  return customOperators.Landmarks2TransformMatrix({ options, version: 2, inputs: 1, where: 'Landmarks2TransformMatrix #0', account });
}

/** The error's code; undefined where the options are read. */
function outcome(options: Uint8Array): string | undefined {
  try {
    read(options);
    return undefined;
  } catch (error) {
    if (error instanceof ModelError) return error.code;
    throw error;
  }
}

const whole = flexMap(matrixOptions);

test('all options by their names', () => {
  const { options } = read(whole);
  assert.equal(options, { target: 0, height: 4, width: 5, scaleX: 1.5, scaleY: 1.25, left: 0, right: 1, subset: [0, 1, 2] });
});

test('options cut short at any byte, or with any byte changed, are read or refused', () => {
  const codes = new Map<string | undefined, number>();
  const count = (code: string | undefined) => codes.set(code, (codes.get(code) ?? 0) + 1);
  for (let length = 0; length < whole.length; length++) count(outcome(whole.slice(0, length)));
  for (let at = 0; at < whole.length; at++) {
    for (const byte of [0, 1, 0x7f, 0x80, 0xff]) {
      const changed = whole.slice();
      changed[at] = byte;
      count(outcome(changed));
    }
  }
  for (const code of codes.keys()) assert.ok([undefined, 'malformed', 'bad-option', 'too-large'].includes(code), code);
  assert.ok((codes.get('malformed') ?? 0) > 10 && (codes.get('bad-option') ?? 0) > 10 && (codes.get(undefined) ?? 0) > 10, `${[...codes]}`);
});

test('a vector that claims more elements than there are bytes is malformed', () => {
  const huge = whole.slice();
  // The length of subset_idxs stands before its elements 0, 1, 2.
  const at = [...huge.keys()].find((i) => i % 4 === 0 && [3, 0, 1, 2].every((word, k) => huge[i + 4 * k] === word))!;
  for (const length of [100, 2 ** 31 - 1, 2 ** 32 - 1]) {
    new DataView(huge.buffer).setUint32(at, length, true);
    assert.is(outcome(huge), 'malformed', `${length}`);
  }
});

test('elements of vectors are charged', () => {
  const charged = (count: number) => {
    const account = new Account(1e6);
    const subset = new Array<number>(count).fill(1);
    read(flexMap(matrixOptions.map(([key, value]) => [key, key === 'subset_idxs' ? subset : value])), account);
    return account.operations;
  };
  assert.is(charged(5003) - charged(3), 5000 * 70);
});

test('files keep their options; nodes are printed by their names', () => {
  for (const [name, graph] of customModels()) {
    const file = writeModel(graph);
    const back = readModel(file);
    assert.equal(writeModel(back), file, name);
    const [node] = back.nodes;
    if (node.type !== 'CUSTOM') throw new Error(node.type);
    assert.match(printGraph(back), new RegExp(`node #0 ${name.replace(' ', ' v')} customOptions=`));
  }
});

test('zeropoint/float and zeropoint/reference run them on the host; zeropoint names zeropoint/float', async () => {
  for (const [name, graph] of customModels()) {
    const file = writeModel(graph);
    const model = await loadFloat(file);
    assert.equal(
      model.operators.map(({ type, kernel }) => [type, kernel]),
      [[name.split(' ')[0], 'host']],
    );
    loadReference(file);
    try {
      await load(file);
      assert.unreachable(name);
    } catch (error) {
      assert.ok(error instanceof ModelError && error.code === 'unsupported-operator', `${error}`);
      assert.match(error.message, /load it with zeropoint\/float/);
    }
  }
});

test('operators of other batches than one are refused', async () => {
  const file = customFile('TransformLandmarks', 2, undefined, [{ shape: [1, 2, 3] }, { shape: [1, 4, 4] }]);
  try {
    await loadFloat(file, { batch: 2 });
    assert.unreachable();
  } catch (error) {
    assert.ok(error instanceof ModelError && error.code === 'bad-shape', `${error}`);
  }
});

test.run();
