// Tests MaxPool and AveragePool of tools/import/onnx against windows in NCHW, over paddings, strides and rounding modes.
import { test } from 'uvu';
import { pairwise } from '../../../../support/grid';
import { assertImports, imports } from '../compare';
import { map, pool } from '../nchw';

const grid = {
  size: [
    [6, 7],
    [9, 8],
  ],
  kernel: [
    [2, 2],
    [3, 3],
    [3, 2],
  ],
  strides: [
    [1, 1],
    [2, 2],
    [2, 3],
  ],
  pads: [
    [0, 0, 0, 0],
    [1, 1, 1, 1],
    [0, 0, 1, 1],
    [1, 0, 0, 1],
  ],
  ceil: [false, true],
  include: [false, true],
  rectified: [false, true],
} as const;

const maximum = (inside: number[]) => Math.max(...inside);
const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);

test('MaxPool and AveragePool reduce the windows of NCHW for all pairs of parameters', () => {
  for (const [i, parameters] of pairwise(grid, 3).cases.entries()) {
    const { size, kernel, strides, pads, ceil, include, rectified } = parameters;
    const attributes = { kernel_shape: kernel, strides, pads, ceil_mode: Number(ceil) };
    const how = { strides, pads, dilations: [1, 1], ceil };
    assertImports(
      {
        inputs: { x: [2, 3, ...size] },
        nodes: [
          { type: rectified ? 'Relu' : 'Identity', inputs: ['x'], outputs: ['r'] },
          { type: 'MaxPool', inputs: ['r'], outputs: ['max'], attributes },
          { type: 'AveragePool', inputs: ['r'], outputs: ['average'], attributes: { ...attributes, count_include_pad: Number(include) } },
        ],
        outputs: ['max', 'average'],
        expected: (x) => {
          const r = rectified ? map(x, (value) => Math.max(value, 0)) : x;
          const average = (inside: number[], inPadding: number) => sum(inside) / (inside.length + (include ? inPadding : 0));
          return [pool(r, kernel, how, maximum), pool(r, kernel, how, average)];
        },
      },
      `case ${i} ${JSON.stringify(parameters)}`,
    );
  }
});

for (const [title, pads, type, types] of [
  ['SAME where the pads are those', [0, 0, 1, 1], 'Identity', 'MAX_POOL_2D'],
  ['zeros behind Relu', [1, 1, 1, 1], 'Relu', 'RELU PAD MAX_POOL_2D'],
  ['its own edge elsewhere', [1, 1, 1, 1], 'Identity', 'MIRROR_PAD MAX_POOL_2D'],
  ['the lowest float where pads are wider than half the window', [2, 2, 0, 0], 'Identity', 'PADV2 MAX_POOL_2D'],
] as const) {
  imports(`MaxPool pads with ${title}`, {
    inputs: { x: [1, 2, 8, 8] },
    nodes: [
      { type, inputs: ['x'], outputs: ['r'] },
      { type: 'MaxPool', inputs: ['r'], outputs: ['y'], attributes: { kernel_shape: [3, 3], strides: [2, 2], pads } },
    ],
    outputs: ['y'],
    types,
    expected: (x) =>
      pool(type === 'Relu' ? map(x, (v) => Math.max(v, 0)) : x, [3, 3], { strides: [2, 2], pads, dilations: [1, 1] }, maximum),
  });
}

test.run();
