// Tests Gemm and MatMul of tools/import/onnx against products of matrices, behind images and with every option.
import { test } from 'uvu';
import { imports, ints, random, toFile } from '../compare';
import { at, pair, reshape, type Tensor, tensor, transpose } from '../nchw';

function product(a: Tensor, b: Tensor): Tensor {
  const depth = b.shape[0];
  return tensor([...a.shape.slice(0, -1), b.shape[1]], (index) => {
    let sum = 0;
    for (let k = 0; k < depth; k++) sum += at(a, [...index.slice(0, -1), k]) * at(b, [k, index.at(-1)!]);
    return sum;
  });
}

const scaled = (x: Tensor, factor: number) => ({ shape: x.shape, data: x.data.map((value) => value * factor) });
const image = [2, 3, 4, 5];
const weights = random([60, 7], 11);
const bias = random([7], 12);

imports('Flatten and Gemm of an image take its order into the weights', {
  inputs: { x: image },
  constants: { w: toFile(transpose(weights, [1, 0])), b: toFile(bias) },
  nodes: [
    { type: 'Relu', inputs: ['x'], outputs: ['r'] },
    { type: 'Flatten', inputs: ['r'], outputs: ['f'] },
    { type: 'Dropout', inputs: ['f'], outputs: ['d'] },
    { type: 'Gemm', inputs: ['d', 'w', 'b'], outputs: ['y'], attributes: { transB: 1 } },
  ],
  outputs: ['y'],
  types: 'RELU FULLY_CONNECTED',
  expected: (x) => pair(product(reshape({ ...x, data: x.data.map((v) => Math.max(v, 0)) }, [2, 60]), weights), bias, (a, b) => a + b),
});

imports('Reshape to [0, -1] and MatMul, then Add and BatchNormalization, become one layer', {
  inputs: { x: image },
  constants: {
    shape: ints(0, -1),
    w: toFile(weights),
    b: toFile(bias),
    scale: toFile(scaled(bias, 2)),
    mean: toFile(scaled(bias, -1)),
    variance: { shape: [7], data: new Float32Array(7).fill(4) },
  },
  nodes: [
    { type: 'Reshape', inputs: ['x', 'shape'], outputs: ['f'] },
    { type: 'MatMul', inputs: ['f', 'w'], outputs: ['p'] },
    { type: 'Add', inputs: ['b', 'p'], outputs: ['s'] },
    { type: 'BatchNormalization', inputs: ['s', 'scale', 'b', 'mean', 'variance'], outputs: ['y'], attributes: { epsilon: { float: 0 } } },
  ],
  outputs: ['y'],
  types: 'FULLY_CONNECTED',
  expected: (x) => {
    const sum = pair(product(reshape(x, [2, 60]), weights), bias, (a, b) => a + b);
    const centred = pair(sum, bias, (a, b) => a + b);
    return pair(
      pair(centred, bias, (a, b) => (a * 2 * b) / 2),
      bias,
      (a, b) => a + b,
    );
  },
});

const square = random([3, 4], 13);
for (const [title, c, types] of [
  ['a bias per column', [4], 'FULLY_CONNECTED'],
  ['one number', [1], 'FULLY_CONNECTED'],
  ['a row', [1, 4], 'FULLY_CONNECTED'],
  ['a column', [5, 1], 'FULLY_CONNECTED ADD'],
  ['a matrix', [5, 4], 'FULLY_CONNECTED ADD'],
] as const) {
  imports(`Gemm scales and adds ${title}`, {
    inputs: { x: [5, 3] },
    constants: { w: toFile(square), c: toFile(random(c, 14)) },
    nodes: [{ type: 'Gemm', inputs: ['x', 'w', 'c'], outputs: ['y'], attributes: { alpha: { float: 0.5 }, beta: { float: 2 } } }],
    outputs: ['y'],
    types,
    expected: (x) => pair(scaled(product(x, square), 0.5), random(c, 14), (a, b) => a + 2 * b),
  });
}

imports('Gemm with transA transposes its input', {
  inputs: { x: [3, 5] },
  constants: { w: toFile(square) },
  nodes: [{ type: 'Gemm', inputs: ['x', 'w'], outputs: ['y'], attributes: { transA: 1 } }],
  outputs: ['y'],
  transposes: true,
  expected: (x) => product(transpose(x, [1, 0]), square),
});

imports('MatMul of more dimensions', {
  inputs: { x: [2, 6, 3] },
  constants: { w: toFile(square) },
  nodes: [{ type: 'MatMul', inputs: ['x', 'w'], outputs: ['y'] }],
  outputs: ['y'],
  expected: (x) => product(x, square),
});

imports('tokens of an image: Reshape [n, c, hw], Transpose [0, 2, 1], MatMul', {
  inputs: { x: [2, 3, 4, 5] },
  constants: { shape: ints(0, 3, 20), w: toFile(square) },
  nodes: [
    { type: 'Reshape', inputs: ['x', 'shape'], outputs: ['r'] },
    { type: 'Transpose', inputs: ['r'], outputs: ['t'], attributes: { perm: [0, 2, 1] } },
    { type: 'MatMul', inputs: ['t', 'w'], outputs: ['y'] },
  ],
  outputs: ['y'],
  expected: (x) => product(transpose(reshape(x, [2, 3, 20]), [0, 2, 1]), square),
});

test.run();
