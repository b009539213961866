// Tests Resize and Upsample of tools/import/onnx against interpolation by the operator's documentation, pixel by pixel.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ModelError } from '../../../../../src/errors';
import { imported, imports, ints } from '../compare';
import type { FileModel } from '../file';
import { at, type Tensor, tensor } from '../nchw';

type Coordinate = (i: number, input: number, output: number) => number;

const coordinates: Record<string, Coordinate> = {
  asymmetric: (i, input, output) => (i * input) / output,
  half_pixel: (i, input, output) => ((i + 0.5) * input) / output - 0.5,
  pytorch_half_pixel: (i, input, output) => ((i + 0.5) * input) / output - 0.5,
  half_pixel_symmetric: (i, input, output) => ((i + 0.5) * input) / output - 0.5,
  align_corners: (i, input, output) => (i * (input - 1)) / (output - 1),
};

const clamp = (i: number, size: number) => Math.min(Math.max(i, 0), size - 1);

function linear(x: Tensor, [height, width]: readonly number[], coordinate: Coordinate): Tensor {
  const [n, c, h, w] = x.shape;
  return tensor([n, c, height, width], ([b, k, y, z]) => {
    const [row, column] = [coordinate(y, h, height), coordinate(z, w, width)];
    const [top, left] = [Math.floor(row), Math.floor(column)];
    const pixel = (i: number, j: number) => at(x, [b, k, clamp(i, h), clamp(j, w)]);
    const line = (i: number) => pixel(i, left) * (1 + left - column) + pixel(i, left + 1) * (column - left);
    return line(top) * (1 + top - row) + line(top + 1) * (row - top);
  });
}

function nearest(x: Tensor, [height, width]: readonly number[], coordinate: Coordinate, round: (position: number) => number): Tensor {
  const [n, c, h, w] = x.shape;
  return tensor([n, c, height, width], ([b, k, y, z]) =>
    at(x, [b, k, clamp(round(coordinate(y, h, height)), h), clamp(round(coordinate(z, w, width)), w)]),
  );
}

const image = [2, 3, 4, 5];
const first = { type: 'Relu', inputs: ['x'], outputs: ['r'] } as const;
const relu = (x: Tensor): Tensor => ({ ...x, data: x.data.map((value) => Math.max(value, 0)) });

for (const [mode, coordinate] of Object.entries(coordinates)) {
  for (const size of [
    [8, 10],
    [7, 3],
  ]) {
    imports(`Resize linear ${mode} to [${size}]`, {
      opset: mode === 'half_pixel_symmetric' ? 19 : 13,
      inputs: { x: image },
      constants: { sizes: ints(2, 3, ...size) },
      nodes: [
        first,
        {
          type: 'Resize',
          inputs: ['r', '', '', 'sizes'],
          outputs: ['y'],
          attributes: { mode: 'linear', coordinate_transformation_mode: mode },
        },
      ],
      outputs: ['y'],
      types: 'RELU RESIZE_BILINEAR',
      expected: (x) => linear(relu(x), size, coordinate),
    });
  }
}

const floor = Math.floor;
const preferFloor = (position: number) => Math.ceil(position - 0.5);

for (const [title, opset, attributes, inputs, round, mode] of [
  ['Resize nearest with the defaults, by scales', 13, {}, ['r', '', 'scales'], preferFloor, 'half_pixel'],
  [
    'Resize nearest asymmetric and floor, by sizes',
    13,
    { coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' },
    ['r', '', '', 'sizes'],
    floor,
    'asymmetric',
  ],
  ['Resize of opset 10', 10, {}, ['r', 'scales'], floor, 'asymmetric'],
] as const) {
  imports(title, {
    opset,
    inputs: { x: image },
    constants: { sizes: ints(2, 3, 8, 15), scales: { shape: [4], data: Float32Array.of(1, 1, 2, 3) } },
    nodes: [first, { type: 'Resize', inputs, outputs: ['y'], attributes: { mode: 'nearest', ...attributes } }],
    outputs: ['y'],
    types: 'RELU RESIZE_NEAREST_NEIGHBOR',
    expected: (x) => nearest(relu(x), [8, 15], coordinates[mode], round),
  });
}

for (const [nearest_mode, round] of [
  ['round_prefer_floor', preferFloor],
  ['round_prefer_ceil', (position: number) => Math.floor(position + 0.5)],
  ['floor', floor],
  ['ceil', Math.ceil],
] as const) {
  imports(`Resize nearest half_pixel ${nearest_mode} to half the size and to more`, {
    inputs: { x: image },
    constants: { none: { shape: [0], data: new Float32Array(0) }, less: ints(2, 3, 2, 3), more: ints(2, 3, 7, 8) },
    nodes: [
      first,
      ...['less', 'more'].map((size) => ({
        type: 'Resize',
        inputs: ['r', 'none', 'none', size],
        outputs: [`to-${size}`],
        attributes: { nearest_mode },
      })),
    ],
    outputs: ['to-less', 'to-more'],
    expected: (x) => [nearest(relu(x), [2, 3], coordinates.half_pixel, round), nearest(relu(x), [7, 8], coordinates.half_pixel, round)],
  });
}

imports('Resize by named axes and scales, half_pixel_symmetric where the output is smaller than the scale says', {
  opset: 19,
  inputs: { x: image },
  constants: { scales: { shape: [2], data: Float32Array.of(1.7, 2.3) } },
  nodes: [
    first,
    {
      type: 'Resize',
      inputs: ['r', '', 'scales'],
      outputs: ['y'],
      attributes: { axes: [-1, 2], coordinate_transformation_mode: 'half_pixel_symmetric' },
    },
  ],
  outputs: ['y'],
  expected: (x) => {
    const at = (i: number, input: number, output: number, scale: number) => {
      return input / 2 - (input / 2) * (output / (scale * input)) + (i + 0.5) / scale - 0.5;
    };
    return nearest(relu(x), [9, 8], (i, input, output) => at(i, input, output, input === 4 ? 2.3 : 1.7), preferFloor);
  },
});

imports('Upsample of opset 9', {
  opset: 9,
  inputs: { x: image },
  constants: { scales: { shape: [4], data: Float32Array.of(1, 1, 2, 3) } },
  nodes: [first, { type: 'Upsample', inputs: ['r', 'scales'], outputs: ['y'], attributes: { mode: 'linear' } }],
  outputs: ['y'],
  expected: (x) => linear(relu(x), [8, 15], coordinates.asymmetric),
});

imports('Upsample of opset 7', {
  opset: 7,
  inputs: { x: image },
  nodes: [first, { type: 'Upsample', inputs: ['r'], outputs: ['y'], attributes: { mode: 'nearest', scales: { floats: [1, 1, 2, 2] } } }],
  outputs: ['y'],
  expected: (x) => nearest(relu(x), [8, 10], coordinates.asymmetric, floor),
});

const refused: readonly Record<string, string>[] = [
  { mode: 'cubic' },
  { mode: 'nearest', nearest_mode: 'up' },
  { mode: 'linear', coordinate_transformation_mode: 'tf_crop_and_resize' },
];

for (const attributes of refused) {
  test(`Resize with ${JSON.stringify(attributes)} is refused`, () => {
    const model: FileModel = {
      inputs: { x: image },
      constants: { sizes: ints(2, 3, 7, 9) },
      nodes: [{ type: 'Resize', inputs: ['x', '', '', 'sizes'], outputs: ['y'], attributes }],
      outputs: ['y'],
    };
    assert.throws(
      () => imported(model),
      (error: unknown) => error instanceof ModelError && error.code === 'unsupported-feature',
    );
  });
}

test('Resize linear whose scale does not lead from the input to the output size is refused', () => {
  const model: FileModel = {
    inputs: { x: image },
    constants: { scales: { shape: [4], data: Float32Array.of(1, 1, 1.7, 1.7) } },
    nodes: [
      {
        type: 'Resize',
        inputs: ['x', '', 'scales'],
        outputs: ['y'],
        attributes: { mode: 'linear', coordinate_transformation_mode: 'asymmetric' },
      },
    ],
    outputs: ['y'],
  };
  assert.throws(
    () => imported(model),
    (error: unknown) => error instanceof ModelError && error.code === 'unsupported-feature',
  );
});

test.run();
