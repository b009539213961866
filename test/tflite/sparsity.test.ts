// Tests that sparse constants are read as the dense tensors that they stand for, and that contradictions in them are refused.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Account } from '../../src/account';
import { loadSync } from '../../src/float';
import { type ErrorCode, ModelError } from '../../src/index';
import { readModel } from '../../src/tflite';
import { writeModel } from '../../src/tflite/write';
import { ModelFile } from '../hostile/model-file';
import { Random } from '../support/random';
import { type Format, formats, sparseElements, sparseModel, sparsityTable } from '../support/sparse';

for (const format of formats) {
  for (const bytes of [1, 2, 4] as const) {
    test(`${JSON.stringify(format)}, indices of ${bytes} bytes: runs as the dense constant, which is written dense`, () => {
      const dense = sparseElements(format, new Random(3));
      const file = sparseModel(dense, format, bytes);
      const model = loadSync(file);
      assert.equal(
        model.operators.map(({ type }) => type),
        ['ADD'],
      );
      model.run();
      assert.equal([...model.outputs[0].data], dense);
      const again = loadSync(writeModel(readModel(file)));
      again.run();
      assert.equal([...again.outputs[0].data], dense);
    });
  }
}

test('no element at all, and no zero at all', () => {
  const format = formats[3];
  for (const dense of [new Array(48).fill(0), Array.from({ length: 48 }, (_, i) => i + 1)]) {
    const model = loadSync(sparseModel(dense, format));
    model.run();
    assert.equal([...model.outputs[0].data], dense);
  }
});

function refused(make: () => Uint8Array, code: ErrorCode, message: RegExp): void {
  assert.throws(
    () => readModel(make()),
    (error: unknown) => error instanceof ModelError && error.code === code && message.test(error.message),
  );
}

const rows = formats[1];
const blocks = formats[3];
type Levels = Parameters<NonNullable<Parameters<typeof sparseModel>[3]>>[0];
const damages: [string, Format, (levels: Levels, stored: number[]) => void, RegExp][] = [
  ['an element too many', rows, (_, stored) => stored.push(1), /has \d+ elements for \d+ places/],
  ['an element too few', rows, (_, stored) => stored.pop(), /elements for/],
  ["an index of the axis' size", rows, ([, level]) => level.indices!.splice(0, 1, 6), /has index 6 of an axis of 6/],
  ['a negative index', rows, ([, level]) => level.indices!.splice(0, 1, -1), /has index -1/],
  ['a segment too few', rows, ([, level]) => level.segments!.pop(), /has 5 segments/],
  ['a first segment that is not 0', rows, ([, level]) => level.segments!.splice(0, 1, 1), /segments/],
  ['a last segment beyond the indices', rows, ([, level]) => level.segments!.splice(5, 1, 99), /segments/],
  ['a segment that goes back', rows, ([, level]) => level.segments!.splice(2, 1, 0), /from \d+ to 0/],
  ['a level of another size', rows, (levels) => levels.splice(0, 1, { size: 4 }), /has 4 positions of axis 0, which has 5/],
  ['a level too few', rows, (levels) => levels.pop(), /has 1 levels/],
  ['a block size that does not divide', blocks, (levels) => levels.splice(2, 1, { size: 3 }), /blocks of 3 along axis 0/],
  ['a block size of 0', blocks, (levels) => levels.splice(2, 1, { size: 0 }), /blocks of 0/],
];
for (const [title, format, change, message] of damages) {
  test(`${title} is malformed`, () => {
    refused(() => sparseModel(sparseElements(format, new Random(5)), format, 4, change), 'malformed', message);
  });
}

const orders: [string, Partial<Format>][] = [
  ['an order that repeats an axis', { order: [0, 0, 2, 3] }],
  ['an order that mixes axes and blocks', { order: [0, 2, 1, 3] }],
  ['blocks along an axis that does not exist', { blockMap: [0, 2] }],
  ['two blocks along one axis', { blockMap: [1, 1] }],
];
for (const [title, change] of orders) {
  test(`${title} is malformed`, () => {
    const make = () => {
      const file = new ModelFile();
      const levels = [{ size: 4 }, { size: 2 }, { size: 2 }, { size: 3 }];
      const sparsity = sparsityTable(file, { ...blocks, ...change }, levels);
      file.plain();
      file.tensor({ dtype: 'float32', shape: [8, 6], buffer: file.buffer(new Float32Array(48)), sparsity });
      return file.finish();
    };
    refused(make, 'malformed', /tensor \d+ 't': its sparsity/);
  });
}

/** A file with DENSIFY between tensors of these dtypes; `isConstant`: of what it reads. */
function densify(isConstant: boolean, output: 'float32' | 'int8'): Uint8Array {
  const file = new ModelFile();
  file.plain();
  const input = isConstant ? file.constant('float32', new Float32Array(2)) : file.input([2], 'float32');
  file.node('DENSIFY', [input], [file.tensor({ dtype: output, shape: [2] })]);
  return file.finish();
}

test('DENSIFY of a computed tensor, and to another dtype, is refused; of a dense constant it is nothing', () => {
  refused(() => densify(false, 'float32'), 'bad-graph', /^DENSIFY #1: it takes one constant/);
  refused(() => densify(true, 'int8'), 'bad-graph', /DENSIFY #1/);
  assert.is(readModel(densify(true, 'float32')).nodes.length, 1);
});

test('a few bytes that stand for a gigabyte end in too-large, before they are allocated', () => {
  const make = () => {
    const file = new ModelFile();
    const format: Format = { shape: [30000, 30000], order: [0, 1], compressed: [true, true], blockMap: [], blockSizes: [] };
    const none = { size: 30000, segments: [0, 0], indices: [] };
    const sparsity = sparsityTable(file, format, [none, { size: 30000, segments: [0], indices: [] }]);
    file.plain();
    file.tensor({ dtype: 'float32', shape: format.shape, buffer: file.buffer(new Float32Array(0)), sparsity });
    return file.finish();
  };
  assert.throws(
    () => readModel(make(), new Account(1000)),
    (error: unknown) => error instanceof ModelError && error.code === 'too-large',
  );
});

test.run();
