// Tests that an ONNX import charges the sum of many small things, before it makes them, and that its work grows as the file does.
import '../../../support/steps';
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ModelError } from '../../../../src/errors';
import { ImportAccount } from '../../../../tools/import/account';
import { importOnnx } from '../../../../tools/import/onnx/import';
import { sharedPath, sharedTest } from '../../../support/shared';
import { countSteps } from '../../../support/steps';
import { ints } from './compare';
import { type FileModel, type FileNode, type FileTensor, onnxFile } from './file';

const relu = (input: string, output: string): FileNode => ({ type: 'Relu', inputs: [input], outputs: [output] });
const floats = (...shape: number[]): FileTensor => ({ shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(1) });
const list = <T>(count: number, item: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => item(i));

/** A network of RELU beside `nodes`, whose results nothing reads. */
function beside(nodes: readonly FileNode[], constants: FileModel['constants'] = {}): FileModel {
  return { inputs: { x: [1, 4] }, constants, nodes: [...nodes, relu('x', 'y')], outputs: ['y'], opset: 18 };
}

/** A chain of nodes of two operands, the first of which is the result of the node before. */
const chain = (type: string, count: number, first: string, second: string): FileNode[] =>
  list(count, (i) => ({ type, inputs: [i === 0 ? first : `c${i - 1}`, second], outputs: [`c${i}`] }));

/** Per kind: a network of `count` small items. With 4 of them it loads; with `many` its sum is too much. */
const sums: readonly [title: string, many: number, (count: number) => FileModel][] = [
  [
    'ConstantOfShape of a million elements',
    40,
    (count) =>
      beside(
        list(count, (i) => ({ type: 'ConstantOfShape', inputs: ['s'], outputs: [`c${i}`] })),
        { s: ints(1, 2 ** 20) },
      ),
  ],
  ['products of constants', 2000, (count) => beside(chain('Div', count, 'a', 'a'), { a: floats(128, 128) })],
  ['products of constant matrices', 2000, (count) => beside(chain('MatMul', count, 'a', 'a'), { a: floats(128, 128) })],
  [
    'lists joined with themselves',
    60,
    (count) =>
      beside(
        list(count, (i) => ({ type: 'Concat', inputs: ['l', 'l'], outputs: [`c${i}`], attributes: { axis: 0 } })),
        { l: { shape: [200_000], data: new Array(200_000).fill(1) } },
      ),
  ],
  [
    'readers of one long list',
    400,
    (count) =>
      beside(
        list(count, (i) => ({ type: 'ReduceMean', inputs: ['x', 'axes'], outputs: [`c${i}`] })),
        { axes: { shape: [100_000], data: new Array(100_000).fill(0) } },
      ),
  ],
  [
    'picks of one constant',
    400,
    (count) =>
      beside(
        list(count, (i) => ({ type: 'Gather', inputs: ['a', 'at'], outputs: [`c${i}`] })),
        { a: floats(200, 200), at: ints(...list(200, (i) => i)) },
      ),
  ],
  [
    'resized rows and columns',
    400,
    (count) => ({
      ...beside(
        list(count, (i) => ({ type: 'Resize', inputs: ['image', '', '', 'size'], outputs: [`c${i}`] })),
        { size: ints(1, 1, 2 ** 14, 2 ** 14) },
      ),
      inputs: { x: [1, 4], image: [1, 1, 1, 1] },
    }),
  ],
  [
    'products folded into one large layer',
    100,
    (count) => ({
      inputs: { x: [1, 512, 1, 1] },
      constants: { w: floats(512, 512, 1, 1), s: floats(1, 512, 1, 1) },
      nodes: [{ type: 'Conv', inputs: ['x', 'w'], outputs: ['first'] }, ...chain('Mul', count, 'first', 's')],
      outputs: [`c${count - 1}`],
    }),
  ],
  [
    'factors of padded means',
    40,
    (count) => ({
      ...beside(
        list(count, (i) => {
          const attributes = { kernel_shape: [4, 4], pads: [1, 1, 1, 2], ceil_mode: 1 };
          return { type: 'AveragePool', inputs: ['image'], outputs: [`c${i}`], attributes };
        }),
      ),
      inputs: { x: [1, 4], image: [1, 1, 1000, 1000] },
    }),
  ],
];

for (const [title, many, family] of sums) {
  test(`${title}: four load, ${many} are too large`, () => {
    importOnnx(onnxFile(family(4)));
    assert.throws(
      () => importOnnx(onnxFile(family(many))),
      (error: unknown) => error instanceof ModelError && error.code === 'too-large' && error.message.length < 500,
    );
  });
}

test('sizes beyond every memory are charged before they are allocated', () => {
  const image = { inputs: { x: [1, 1, 4, 4] }, outputs: ['y'], opset: 19 } as const;
  const pads = [2 ** 24, 2 ** 24, 2 ** 24, 2 ** 24];
  const attributes = { kernel_shape: [2 ** 24, 2 ** 24], dilations: [2, 2], strides: [2 ** 24, 2 ** 24], pads };
  for (const model of [
    { ...image, nodes: [{ type: 'AveragePool', inputs: ['x'], outputs: ['y'], attributes: { ...attributes, count_include_pad: 1 } }] },
    { ...image, nodes: [{ type: 'Split', inputs: ['x'], outputs: ['y'], attributes: { num_outputs: 2 ** 31 } }] },
  ]) {
    assert.throws(
      () => importOnnx(onnxFile(model)),
      (error: unknown) => error instanceof ModelError,
    );
  }
});

/** Per kind: a network of `count` items that loads; its work may grow as its file does. */
const growing: readonly [title: string, (count: number) => FileModel][] = [
  ['nodes', (count) => beside(list(count, (i) => relu(i === 0 ? 'x' : `c${i - 1}`, `c${i}`)))],
  ['outputs', (count) => ({ ...beside(list(count, (i) => relu('x', `c${i}`))), outputs: list(count, (i) => `c${i}`) })],
  [
    'inputs that one chain reads',
    (count) => ({
      inputs: Object.fromEntries(list(count, (i) => [`x${i}`, [1, 3, 4, 4]])),
      nodes: list(count, (i) => ({ type: 'Add', inputs: [i === 0 ? 'x0' : `c${i - 1}`, `x${i}`], outputs: [`c${i}`] })),
      outputs: [`c${count - 1}`],
    }),
  ],
  ['operands', (count) => beside([{ type: 'Concat', inputs: new Array(count).fill('x'), outputs: ['c'], attributes: { axis: 1 } }])],
  ['initializers', (count) => beside([], Object.fromEntries(list(count, (i) => [`k${i}`, floats(1)])))],
  ['attributes', (count) => beside([{ ...relu('x', 'c'), attributes: Object.fromEntries(list(count, (i) => [`a${i}`, i])) }])],
  [
    'parts',
    (count) => ({
      ...beside([{ type: 'Split', inputs: ['line'], outputs: list(count, (i) => `c${i}`), attributes: { axis: 1 } }]),
      inputs: { x: [1, 4], line: [1, count] },
    }),
  ],
];

for (const [title, family] of growing) {
  test(`four times as many ${title} are at most five times the work`, () => {
    const [few, many] = [onnxFile(family(100)), onnxFile(family(400))];
    // The first import runs code for the first time.
    importOnnx(few);
    const [less, more] = [few, many].map((bytes) => countSteps(() => importOnnx(bytes)));
    assert.ok(more <= 5 * less, `${less} and ${more} steps`);
  });
}

test('tensors may be called __proto__ and constructor', () => {
  const nodes = [relu('__proto__', 'constructor'), relu('constructor', 'toString')];
  const graph = importOnnx(onnxFile({ inputs: Object.fromEntries([['__proto__', [1, 4]]]), nodes, outputs: ['toString'] }));
  assert.equal(
    graph.values.map(({ name }) => name),
    ['__proto__', 'constructor', 'toString'],
  );
});

test('an account gives what the length of its file allows, and nothing after that', () => {
  const account = new ImportAccount(1000);
  account.charge(2 ** 24);
  assert.is(account.affords(4000), true);
  assert.is(account.affords(4001), false);
  for (const units of [4001, Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.throws(
      () => account.charge(units),
      (error: unknown) => error instanceof ModelError && error.code === 'too-large',
    );
  }
  assert.is(new ImportAccount(2 ** 40).affords(2 ** 29 + 1), false, 'whatever the file');
});

sharedTest(test, '15 KB of ConstantOfShape -> too-large', () => {
  const bytes = new Uint8Array(readFileSync(sharedPath('cases', 'hostile', 'onnx-ConstantOfShape_300.onnx')));
  assert.throws(
    () => importOnnx(bytes),
    (error: unknown) => error instanceof ModelError && error.code === 'too-large',
  );
});

test.run();
