// Tests src/tasks/classification.ts and labels.ts: order of classes, what counts as a classifier, names, offsets, refusals.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ModelError } from '../../src/errors';
import type { Tensor } from '../../src/index';
import { bestClass, className, isClassifier, labelOffset, outputLabels, rankOf, type TaskModel, topClasses } from '../../src/tasks';

const uint8 = (shape: number[], codes: number[]): Tensor =>
  ({ name: 'scores', shape, dtype: 'uint8', data: Uint8Array.from(codes), scale: 0.5, zeroPoint: 100 }) as Tensor;

test('bestClass and rankOf: descending scores, equal ones in ascending order of their classes', () => {
  assert.is(bestClass([1, 3, 3, 2]), 1);
  assert.is(bestClass([-2, -1]), 1);
  assert.equal(
    [0, 1, 2, 3].map((index) => rankOf([1, 3, 3, 2], index)),
    [3, 0, 1, 2],
  );
});

test('topClasses: real scores of [1, 1, 4] codes with their labels, best first, in the order of rankOf', () => {
  const output = uint8([1, 1, 4], [3, 200, 9, 200]);
  const labels = ['a', 'b', 'c', 'd'];
  assert.equal(topClasses(output, 3, labels), [
    { class: 1, label: 'b', score: 50 },
    { class: 3, label: 'd', score: 50 },
    { class: 2, label: 'c', score: -45.5 },
  ]);
  assert.equal(
    topClasses(output, 9).map(({ class: index, label }) => [rankOf(output.data as Uint8Array, index), label]),
    [0, 1, 2, 3].map((rank) => [rank, undefined]),
  );
  assert.equal(topClasses(output, 0), []);
});

test('topClasses refuses counts and shapes that are none of classes', () => {
  const refused = (work: () => unknown, code: string, message: RegExp) =>
    assert.throws(work, (error: ModelError) => error instanceof ModelError && error.code === code && message.test(error.message));
  const output = uint8([1, 2], [1, 2]);
  for (const count of [-1, 1.5, Number.NaN, '2' as never]) {
    refused(() => topClasses(output, count), 'bad-argument', /^the number of results must be a whole number from 0, not /);
  }
  for (const shape of [[2, 2], [1, 1], []]) {
    refused(() => topClasses(uint8(shape, [1, 2, 3, 4]), 1), 'bad-shape', /^output 'scores': has shape \[.*\], scores of classes have/);
  }
});

test('isClassifier: one 8-bit or float vector that is no reconstruction of an input', () => {
  const model = (...outputs: TaskModel['outputs']): TaskModel => ({ inputs: [{ shape: [1, 640] }], outputs, operators: [] });
  for (const dtype of ['uint8', 'int8', 'float32'] as const) assert.ok(isClassifier(model({ shape: [1, 1, 1, 10], dtype })), dtype);
  assert.ok(isClassifier(model({ shape: [2], dtype: 'int8' })));
  for (const dtype of ['int32', 'int64', 'bool'] as const) assert.not(isClassifier(model({ shape: [1, 10], dtype })), dtype);
  for (const shape of [[1, 640], [1, 1], [], [2, 10], [1, 8, 8, 10]]) {
    assert.not(isClassifier(model({ shape, dtype: 'uint8' })), `[${shape}]`);
  }
  assert.not(isClassifier(model()));
  assert.not(isClassifier(model({ shape: [1, 10], dtype: 'uint8' }, { shape: [1, 10], dtype: 'uint8' })));
});

test("labels: 1001 outputs begin with 'background' unless the dataset's labels count it", () => {
  assert.equal(
    [10, 1000, 1001, 1002].map((outputs) => labelOffset(outputs)),
    [0, 0, 1, 0],
  );
  assert.equal(
    [0, 5, 1000, 1001].map((labelled) => labelOffset(1001, labelled)),
    [1, 1, 1, 0],
  );
  assert.equal(outputLabels(['cat', 'dog'], 1), ['background', 'cat', 'dog']);
  assert.equal(outputLabels(['cat', 'dog'], 0), ['cat', 'dog']);
  assert.equal([className(1, ['cat', 'dog']), className(2, ['cat', 'dog']), className(0)], ['dog', 'class 2', 'class 0']);
});

test.run();
