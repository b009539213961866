// Tests Conv and ConvTranspose of tools/import/onnx against sums in NCHW, over paddings, strides, dilations and groups.
import { test } from 'uvu';
import { pairwise } from '../../../../support/grid';
import { assertImports, imports, random, toFile } from '../compare';
import { at, conv, convTranspose, map, type Tensor, tensor } from '../nchw';

const grid = {
  size: [
    [9, 7],
    [10, 8],
  ],
  kernel: [
    [1, 1],
    [3, 3],
    [2, 3],
    [5, 1],
  ],
  strides: [
    [1, 1],
    [2, 2],
    [1, 2],
  ],
  pads: [
    [0, 0, 0, 0],
    [1, 1, 1, 1],
    [0, 0, 1, 1],
    [2, 0, 1, 3],
  ],
  dilations: [
    [1, 1],
    [2, 1],
  ],
  /** groups, inputs, outputs */
  channels: [
    [1, 3, 5],
    [4, 4, 4],
    [4, 4, 8],
    [2, 6, 4],
    [1, 1, 3],
  ],
  bias: [true, false],
} as const;

test('Conv computes the sums of NCHW for all pairs of parameters', () => {
  for (const [i, parameters] of pairwise(grid, 1).cases.entries()) {
    const { size, kernel, strides, pads, dilations, bias } = parameters;
    const [group, inputs, outputs] = parameters.channels;
    const w = random([outputs, inputs / group, ...kernel], i);
    const b = bias ? random([outputs], i + 100) : undefined;
    assertImports(
      {
        inputs: { x: [2, inputs, ...size] },
        constants: { w: toFile(w), ...(b ? { b: toFile(b) } : {}) },
        nodes: [{ type: 'Conv', inputs: ['x', 'w', ...(b ? ['b'] : [])], outputs: ['y'], attributes: { strides, pads, dilations, group } }],
        outputs: ['y'],
        expected: (x) => conv(x, w, b, group, { strides, pads, dilations }),
      },
      `case ${i} ${JSON.stringify(parameters)}`,
    );
  }
});

const filter = random([4, 3, 3, 3], 7);
const unit = { dilations: [1, 1] };

imports('Conv 3x3 stride 2 with pads 1 on even sizes keeps a PAD, which becomes the padding of the convolution', {
  inputs: { x: [1, 3, 8, 8] },
  constants: { w: toFile(filter) },
  nodes: [{ type: 'Conv', inputs: ['x', 'w'], outputs: ['y'], attributes: { strides: [2, 2], pads: [1, 1, 1, 1] } }],
  outputs: ['y'],
  types: 'CONV_2D',
  expected: (x) => conv(x, filter, undefined, 1, { strides: [2, 2], pads: [1, 1, 1, 1], ...unit }),
});

for (const [auto, pads] of [
  ['SAME_UPPER', [0, 0, 1, 1]],
  ['SAME_LOWER', [1, 1, 0, 0]],
  ['VALID', [0, 0, 0, 0]],
] as const) {
  imports(`Conv with auto_pad ${auto}`, {
    inputs: { x: [1, 3, 8, 8] },
    constants: { w: toFile(filter) },
    nodes: [{ type: 'Conv', inputs: ['x', 'w'], outputs: ['y'], attributes: { strides: [2, 2], auto_pad: auto } }],
    outputs: ['y'],
    types: 'CONV_2D',
    expected: (x) => conv(x, filter, undefined, 1, { strides: [2, 2], pads, ...unit }),
  });
}

const transposeGrid = {
  size: [
    [3, 4],
    [5, 3],
  ],
  kernel: [
    [2, 2],
    [3, 3],
    [4, 3],
  ],
  strides: [
    [1, 1],
    [2, 2],
    [3, 2],
  ],
  pads: [
    [0, 0, 0, 0],
    [1, 1, 1, 1],
    [0, 0, 1, 1],
    [1, 0, 0, 1],
    [0, 1, 1, 0],
  ],
  extra: [
    [0, 0],
    [1, 1],
  ],
  dilations: [
    [1, 1],
    [1, 2],
    [2, 1],
  ],
  channels: [
    [1, 3, 2],
    [2, 4, 2],
    [3, 3, 1],
  ],
  bias: [true, false],
} as const;

test('ConvTranspose computes the sums of NCHW for all pairs of parameters', () => {
  for (const [i, parameters] of pairwise(transposeGrid, 2).cases.entries()) {
    const { size, kernel, strides, pads, dilations, extra, bias } = parameters;
    const [group, inputs, perGroup] = parameters.channels;
    const w = random([inputs, perGroup, ...kernel], i);
    const b = bias ? random([group * perGroup], i + 100) : undefined;
    const attributes = { strides, pads, dilations, group, output_padding: extra };
    assertImports(
      {
        inputs: { x: [2, inputs, ...size] },
        constants: { w: toFile(w), ...(b ? { b: toFile(b) } : {}) },
        nodes: [{ type: 'ConvTranspose', inputs: ['x', 'w', ...(b ? ['b'] : [])], outputs: ['y'], attributes }],
        outputs: ['y'],
        expected: (x) => convTranspose(x, w, b, group, { strides, pads, dilations }, extra),
      },
      `case ${i} ${JSON.stringify(parameters)}`,
    );
  }
});

/** Statistics of a BatchNormalization over 3 channels, and what it computes. */
const normalization = Object.fromEntries(
  ['scale', 'bias', 'mean', 'variance'].map((name, i) => [name, map(random([3], 30 + i), (value) => Math.fround(Math.abs(value) + 0.5))]),
);

function normalized(x: Tensor): Tensor {
  const { scale, bias, mean, variance } = normalization;
  return tensor(x.shape, (index) => {
    const c = index[1];
    return ((at(x, index) - mean.data[c]) / Math.sqrt(variance.data[c] + 0.125)) * scale.data[c] + bias.data[c];
  });
}

for (const [opset, pads, types] of [
  [7, [0, 0, 0, 0], 'CONV_2D'],
  [9, [0, 0, 0, 0], 'CONV_2D'],
  [15, [0, 0, 0, 0], 'CONV_2D'],
  // The convolution's zeros are not normalized.
  [15, [1, 1, 1, 1], 'MUL ADD CONV_2D'],
] as const) {
  imports(`BatchNormalization of opset ${opset} in front of a Conv with pads [${pads}], Relu6 behind it`, {
    opset,
    inputs: { x: [2, 3, 6, 7] },
    constants: {
      ...Object.fromEntries(Object.entries(normalization).map(([name, values]) => [name, toFile(values)])),
      w: toFile(filter),
      low: { shape: [], data: Float32Array.of(0) },
      high: { shape: [], data: Float32Array.of(6) },
    },
    nodes: [
      {
        type: 'BatchNormalization',
        inputs: ['x', 'scale', 'bias', 'mean', 'variance'],
        outputs: ['n'],
        attributes: { epsilon: { float: 0.125 } },
      },
      { type: 'Conv', inputs: ['n', 'w'], outputs: ['c'], attributes: { pads } },
      opset < 11
        ? { type: 'Clip', inputs: ['c'], outputs: ['y'], attributes: { min: { float: 0 }, max: { float: 6 } } }
        : { type: 'Clip', inputs: ['c', 'low', 'high'], outputs: ['y'] },
    ],
    outputs: ['y'],
    types,
    expected: (x) =>
      map(conv(normalized(x), filter, undefined, 1, { strides: [1, 1], pads, ...unit }), (value) => Math.min(Math.max(value, 0), 6)),
  });
}

const upward = random([3, 2, 3, 4], 8);

for (const [title, attributes, pads, extra] of [
  ['auto_pad SAME_UPPER', { auto_pad: 'SAME_UPPER' }, [0, 1, 1, 1], [0, 0]],
  ['auto_pad SAME_LOWER', { auto_pad: 'SAME_LOWER' }, [1, 1, 0, 1], [0, 0]],
  ['auto_pad VALID', { auto_pad: 'VALID' }, [0, 0, 0, 0], [0, 0]],
  ['output_shape', { output_shape: [8, 11] }, [1, 1, 0, 0], [0, 0]],
  ['output_shape and SAME_UPPER', { output_shape: [8, 11], auto_pad: 'SAME_UPPER' }, [0, 0, 1, 1], [0, 0]],
  ['output_padding', { pads: [1, 1, 1, 1], output_padding: [1, 0] }, [1, 1, 1, 1], [1, 0]],
] as const) {
  imports(`ConvTranspose with ${title}`, {
    inputs: { x: [1, 3, 4, 5] },
    constants: { w: toFile(upward) },
    nodes: [{ type: 'ConvTranspose', inputs: ['x', 'w'], outputs: ['y'], attributes: { strides: [2, 2], ...attributes } }],
    outputs: ['y'],
    expected: (x) => convTranspose(x, upward, undefined, 1, { strides: [2, 2], pads, ...unit }, extra),
  });
}

test.run();
