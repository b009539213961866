// Tests MaxPool, AveragePool and GlobalMaxPool of tools/import/onnx against windows in NCHW, over paddings, strides and rounding modes.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ModelError } from '../../../../../src/errors';
import { pairwise } from '../../../../support/grid';
import { assertImports, imported, imports } from '../compare';
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
  ['its edge repeated where pads are wider than half the window', [2, 2, 0, 0], 'Identity', 'MIRROR_PAD MIRROR_PAD MAX_POOL_2D'],
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

for (const [auto, pads] of [
  ['SAME_UPPER', [0, 0, 1, 1]],
  ['SAME_LOWER', [1, 1, 0, 0]],
  ['VALID', [0, 0, 0, 0]],
] as const) {
  const attributes = { kernel_shape: [3, 3], strides: [2, 2], auto_pad: auto };
  imports(`MaxPool and AveragePool with auto_pad ${auto}`, {
    opset: 7,
    inputs: { x: [1, 2, 8, 8] },
    nodes: [
      { type: 'MaxPool', inputs: ['x'], outputs: ['max'], attributes },
      { type: 'AveragePool', inputs: ['x'], outputs: ['average'], attributes },
    ],
    outputs: ['max', 'average'],
    expected: (x) => {
      const how = { strides: [2, 2], pads, dilations: [1, 1] };
      return [pool(x, [3, 3], how, maximum), pool(x, [3, 3], how, (inside) => sum(inside) / inside.length)];
    },
  });
}

for (const include of [0, 1]) {
  for (const pads of [
    [0, 0, 0, 0],
    [1, 2, 2, 0],
    // Those of SAME.
    [2, 1, 2, 2],
  ]) {
    imports(`AveragePool with dilations, pads [${pads}], count_include_pad ${include}`, {
      opset: 19,
      inputs: { x: [2, 3, 8, 9] },
      nodes: [
        {
          type: 'AveragePool',
          inputs: ['x'],
          outputs: ['y'],
          attributes: { kernel_shape: [3, 2], strides: [1, 2], dilations: [2, 3], pads, count_include_pad: include },
        },
      ],
      outputs: ['y'],
      expected: (x) => {
        const how = { strides: [1, 2], pads, dilations: [2, 3] };
        return pool(x, [3, 2], how, (inside, inPadding) => sum(inside) / (inside.length + include * inPadding));
      },
    });
  }
}

imports('GlobalMaxPool', {
  inputs: { x: [2, 3, 4, 5] },
  nodes: [{ type: 'GlobalMaxPool', inputs: ['x'], outputs: ['y'] }],
  outputs: ['y'],
  types: 'MAX_POOL_2D',
  expected: (x) => pool(x, [4, 5], { strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1] }, maximum),
});

for (const [title, attributes, code] of [
  ['MaxPool with dilations', { kernel_shape: [2, 2], dilations: [2, 2] }, 'unsupported-feature'],
  ['MaxPool in column-major order', { kernel_shape: [2, 2], storage_order: 1 }, 'unsupported-feature'],
  ['MaxPool over padding only', { kernel_shape: [2, 2], pads: [2, 0, 0, 0] }, 'bad-shape'],
] as const) {
  test(`${title} -> ${code}`, () => {
    assert.throws(
      () =>
        imported({ inputs: { x: [1, 2, 8, 8] }, nodes: [{ type: 'MaxPool', inputs: ['x'], outputs: ['y'], attributes }], outputs: ['y'] }),
      (error: unknown) => error instanceof ModelError && error.code === code,
    );
  });
}

test.run();
