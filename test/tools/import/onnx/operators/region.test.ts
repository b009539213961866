// Tests Slice and Gather of tools/import/onnx on images, and the chains of constants that exporters build with them.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ModelError } from '../../../../../src/errors';
import { imported, imports, ints, random, toFile } from '../compare';
import type { FileNode } from '../file';
import { at, map, reshape, type Tensor, tensor } from '../nchw';

const image = [2, 4, 6, 5];
const relu = (x: Tensor) => map(x, (value) => Math.max(value, 0));
/** An image that is not the graph's input. */
const first = { type: 'Relu', inputs: ['x'], outputs: ['r'] } as const;

/** The elements at the given positions along every axis. */
function part(x: Tensor, positions: readonly (readonly number[])[]): Tensor {
  return tensor(
    positions.map(({ length }) => length),
    (index) =>
      at(
        x,
        index.map((i, axis) => positions[axis][i]),
      ),
  );
}

for (const [title, opset, attributes, inputs, positions, types] of [
  [
    'attributes',
    9,
    { starts: [1, -4], ends: [3, 2 ** 53], axes: [1, 2] },
    [],
    [
      [0, 1],
      [1, 2],
      [2, 3, 4, 5],
      [0, 1, 2, 3, 4],
    ],
    'SLICE',
  ],
  ['no axes', 9, { starts: [0, 1], ends: [1, -1] }, [], [[0], [1, 2], [0, 1, 2, 3, 4, 5], [0, 1, 2, 3, 4]], 'SLICE'],
  [
    'inputs',
    13,
    {},
    ['starts', 'ends', 'axes'],
    [
      [0, 1],
      [0, 1, 2, 3],
      [1, 2, 3, 4],
      [2, 3, 4],
    ],
    'SLICE',
  ],
  [
    'steps',
    13,
    {},
    ['starts', 'ends', 'axes', 'steps'],
    [
      [0, 1],
      [0, 1, 2, 3],
      [1, 3],
      [2, 3, 4],
    ],
    'STRIDED_SLICE',
  ],
] as const) {
  imports(`Slice with ${title}`, {
    opset,
    inputs: { x: image },
    constants: { starts: ints(1, -3), ends: ints(-1, 9), axes: ints(2, -1), steps: ints(2, 1) },
    nodes: [first, { type: 'Slice', inputs: ['r', ...inputs], outputs: ['y'], attributes }],
    outputs: ['y'],
    types: `RELU ${types}`,
    expected: (x) => part(relu(x), positions),
  });
}

for (const [title, indices, axis, positions] of [
  [
    'a list of channels',
    ints(2, 0, -1),
    1,
    [
      [0, 1],
      [2, 0, 3],
      [0, 1, 2, 3, 4, 5],
      [0, 1, 2, 3, 4],
    ],
  ],
  ['a list of one row', ints(3), -2, [[0, 1], [0, 1, 2, 3], [3], [0, 1, 2, 3, 4]]],
] as const) {
  imports(`Gather of ${title}`, {
    inputs: { x: image },
    constants: { indices },
    nodes: [first, { type: 'Gather', inputs: ['r', 'indices'], outputs: ['y'], attributes: { axis } }],
    outputs: ['y'],
    types: 'RELU GATHER',
    expected: (x) => part(relu(x), positions),
  });
}

imports('Gather of one column takes its axis away', {
  inputs: { x: [2, 6, 5] },
  constants: { index: { shape: [], data: [-2] } },
  nodes: [{ type: 'Gather', inputs: ['x', 'index'], outputs: ['y'], attributes: { axis: 2 } }],
  outputs: ['y'],
  expected: (x) => tensor([2, 6], ([n, i]) => at(x, [n, i, 3])),
});

imports('pads that PyTorch writes: filled up with zeros, turned around and transposed', {
  inputs: { x: image },
  constants: {
    // left, right, top, bottom
    pads: ints(1, 2, 0, 3),
    four: ints(4),
    pairs: ints(-1, 2),
    last: ints(-1),
    far: ints(2 ** 53),
    before: ints(-(2 ** 53)),
    zero: ints(0),
    nothing: { shape: [], data: Float32Array.of(0) },
  },
  nodes: [
    first,
    { type: 'ConstantOfShape', inputs: ['four'], outputs: ['zeros'], attributes: { value: { shape: [1], data: [0] } } },
    { type: 'Concat', inputs: ['pads', 'zeros'], outputs: ['all'], attributes: { axis: 0 } },
    { type: 'Reshape', inputs: ['all', 'pairs'], outputs: ['pair'] },
    { type: 'Slice', inputs: ['pair', 'far', 'before', 'zero', 'last'], outputs: ['reversed'] },
    { type: 'Transpose', inputs: ['reversed'], outputs: ['turned'], attributes: { perm: [1, 0] } },
    { type: 'Reshape', inputs: ['turned', 'last'], outputs: ['flat'] },
    { type: 'Cast', inputs: ['flat'], outputs: ['amounts'], attributes: { to: 7 } },
    { type: 'Pad', inputs: ['r', 'amounts', 'nothing'], outputs: ['y'] },
  ],
  outputs: ['y'],
  types: 'RELU PAD',
  expected: (x) => tensor([2, 4, 9, 8], ([n, c, h, w]) => (h < 6 && w >= 1 && w < 6 ? at(relu(x), [n, c, h, w - 1]) : 0)),
});

/** Height or width times a factor, as an exporter computes it. */
const scaledSize = (name: string, round: 'Floor' | 'Ceil'): FileNode[] => [
  { type: 'Gather', inputs: ['shape', name], outputs: [`${name}1`] },
  { type: 'Cast', inputs: [`${name}1`], outputs: [`${name}2`], attributes: { to: 1 } },
  { type: 'Mul', inputs: [`${name}2`, 'factor'], outputs: [`${name}3`] },
  { type: round, inputs: [`${name}3`], outputs: [`${name}4`] },
  { type: 'Cast', inputs: [`${name}4`], outputs: [`${name}5`], attributes: { to: 7 } },
  { type: 'Unsqueeze', inputs: [`${name}5`, 'zero'], outputs: [`${name}6`] },
];

imports('sizes that PyTorch computes from the shape, for an upsampling by 1.5', {
  inputs: { x: [1, 2, 4, 5] },
  constants: {
    h: { shape: [], data: [2] },
    w: { shape: [], data: [3] },
    factor: { shape: [], data: Float32Array.of(1.5) },
    zero: ints(0),
    two: ints(2),
  },
  nodes: [
    first,
    { type: 'Shape', inputs: ['r'], outputs: ['shape'] },
    ...scaledSize('h', 'Floor'),
    ...scaledSize('w', 'Ceil'),
    { type: 'Slice', inputs: ['shape', 'zero', 'two', 'zero'], outputs: ['head'] },
    { type: 'Concat', inputs: ['head', 'h6', 'w6'], outputs: ['sizes'], attributes: { axis: 0 } },
    {
      type: 'Resize',
      inputs: ['r', '', '', 'sizes'],
      outputs: ['y'],
      attributes: { coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' },
    },
  ],
  outputs: ['y'],
  types: 'RELU RESIZE_NEAREST_NEIGHBOR',
  expected: (x) => tensor([1, 2, 6, 8], ([n, c, h, w]) => at(relu(x), [n, c, Math.floor(h / 1.5), Math.floor(w / 1.6)])),
});

imports('x.view(x.size(0), -1): the batch out of the shape, the rest joined', {
  inputs: { x: image },
  constants: { batch: { shape: [], data: [0] }, zero: ints(0), rest: ints(-1), w: toFile(random([120, 3], 1)) },
  nodes: [
    first,
    { type: 'Shape', inputs: ['r'], outputs: ['shape'] },
    { type: 'Gather', inputs: ['shape', 'batch'], outputs: ['size'] },
    { type: 'Unsqueeze', inputs: ['size', 'zero'], outputs: ['sizes'] },
    { type: 'Concat', inputs: ['sizes', 'rest'], outputs: ['view'], attributes: { axis: 0 } },
    { type: 'Reshape', inputs: ['r', 'view'], outputs: ['flat'] },
    { type: 'MatMul', inputs: ['flat', 'w'], outputs: ['y'] },
  ],
  outputs: ['y'],
  types: 'RELU FULLY_CONNECTED',
  expected: (x) => {
    const [flat, w] = [reshape(relu(x), [2, 120]), random([120, 3], 1)];
    return tensor([2, 3], ([n, o]) => {
      let sum = 0;
      for (let k = 0; k < 120; k++) sum += at(flat, [n, k]) * at(w, [k, o]);
      return sum;
    });
  },
});

for (const [title, node, code] of [
  ['Slice backwards', { type: 'Slice', inputs: ['x', 'one', 'minus', 'one', 'minus'], outputs: ['y'] }, 'bad-shape'],
  ['Slice with a step of 0', { type: 'Slice', inputs: ['x', 'one', 'minus', 'one', 'zero'], outputs: ['y'] }, 'bad-option'],
  ['Gather outside', { type: 'Gather', inputs: ['x', 'nine'], outputs: ['y'] }, 'bad-data'],
] as const) {
  test(`${title} -> ${code}`, () => {
    const constants = { one: ints(1), minus: ints(-1), zero: ints(0), nine: ints(9) };
    assert.throws(
      () => imported({ inputs: { x: image }, constants, nodes: [node], outputs: ['y'] }),
      (error: unknown) => error instanceof ModelError && error.code === code,
    );
  });
}

test.run();
