// Tests what moves elements in tools/import/onnx: shapes, transposes, pads, joins and parts, means and softmax, in NCHW terms.
import { test } from 'uvu';
import { imports, ints, toFile } from '../compare';
import { at, map, pair, reshape, type Tensor, tensor, transpose } from '../nchw';

const image = [2, 4, 3, 5];
const relu = (x: Tensor) => map(x, (value) => Math.max(value, 0));
/** An image that is not the graph's input. */
const first = { type: 'Relu', inputs: ['x'], outputs: ['r'] } as const;

imports('channel shuffle: Reshape, Transpose and Reshape move channels once', {
  inputs: { x: image },
  constants: { split: ints(2, 2, 2, 3, 5), join: ints(2, 4, 3, 5) },
  nodes: [
    first,
    { type: 'Reshape', inputs: ['r', 'split'], outputs: ['s'] },
    { type: 'Transpose', inputs: ['s'], outputs: ['t'], attributes: { perm: [0, 2, 1, 3, 4] } },
    { type: 'Reshape', inputs: ['t', 'join'], outputs: ['y'] },
  ],
  outputs: ['y'],
  types: 'RELU RESHAPE TRANSPOSE RESHAPE',
  transposes: true,
  expected: (x) => reshape(transpose(reshape(relu(x), [2, 2, 2, 3, 5]), [0, 2, 1, 3, 4]), image),
});

const groups = tensor([1, 2, 1, 1, 1], ([, g]) => g + 0.5);

imports('groups of channels: a factor for each, and the mean over them', {
  inputs: { x: image },
  constants: { split: ints(2, 2, 2, 3, 5), factors: toFile(groups) },
  nodes: [
    first,
    { type: 'Reshape', inputs: ['r', 'split'], outputs: ['s'] },
    { type: 'Mul', inputs: ['s', 'factors'], outputs: ['m'] },
    { type: 'ReduceMean', inputs: ['s'], outputs: ['y'], attributes: { axes: [1], keepdims: 0 } },
    { type: 'ReduceMean', inputs: ['m'], outputs: ['z'], attributes: { axes: [1], keepdims: 0 } },
  ],
  outputs: ['y', 'z'],
  expected: (x) => {
    const split = reshape(relu(x), [2, 2, 2, 3, 5]);
    const mean = (of: Tensor) => tensor([2, 2, 3, 5], ([n, ...rest]) => (at(of, [n, 0, ...rest]) + at(of, [n, 1, ...rest])) / 2);
    return [mean(split), mean(pair(split, groups, (a, b) => a * b))];
  },
});

imports('Reshape that cuts dimensions askew', {
  inputs: { x: [2, 3, 4] },
  constants: { shape: ints(3, -1, 2) },
  nodes: [{ type: 'Reshape', inputs: ['x', 'shape'], outputs: ['y'] }],
  outputs: ['y'],
  types: 'RESHAPE',
  expected: (x) => reshape(x, [3, 4, 2]),
});

imports('a flattened image as output lies as ONNX counts it', {
  inputs: { x: image },
  nodes: [first, { type: 'Flatten', inputs: ['r'], outputs: ['y'] }],
  outputs: ['y'],
  types: 'RELU TRANSPOSE RESHAPE',
  transposes: true,
  expected: (x) => reshape(relu(x), [2, 60]),
});

imports('Transposes that cancel out cost nothing', {
  inputs: { x: image },
  nodes: [
    first,
    { type: 'Transpose', inputs: ['r'], outputs: ['t'], attributes: { perm: [0, 2, 3, 1] } },
    { type: 'Sigmoid', inputs: ['t'], outputs: ['s'] },
    { type: 'Transpose', inputs: ['s'], outputs: ['y'], attributes: { perm: [0, 3, 1, 2] } },
  ],
  outputs: ['y'],
  types: 'RELU LOGISTIC',
  expected: (x) => map(relu(x), (value) => 1 / (1 + Math.exp(-value))),
});

for (const [opset, attributes, inputs] of [
  [11, { axes: [2, -1] }, []],
  [13, {}, ['axes']],
] as const) {
  imports(`ReduceMean, Squeeze and Unsqueeze of opset ${opset}`, {
    opset,
    inputs: { x: image },
    constants: { axes: ints(2, -1), last: ints(2, 3) },
    nodes: [
      { type: 'ReduceMean', inputs: ['x'], outputs: ['m'], attributes: { axes: [2, -1] } },
      { type: 'Squeeze', inputs: ['m', ...inputs], outputs: ['s'], attributes },
      {
        type: 'Unsqueeze',
        inputs: ['s', ...(inputs.length ? ['last'] : [])],
        outputs: ['u'],
        attributes: inputs.length ? {} : { axes: [2, 3] },
      },
      { type: 'Add', inputs: ['x', 'u'], outputs: ['y'] },
      { type: 'Identity', inputs: ['s'], outputs: ['z'] },
    ],
    outputs: ['y', 'z'],
    expected: (x) => {
      const mean = tensor([2, 4, 1, 1], ([n, c]) => {
        let sum = 0;
        for (let h = 0; h < 3; h++) for (let w = 0; w < 5; w++) sum += at(x, [n, c, h, w]);
        return sum / 15;
      });
      return [pair(x, mean, (a, b) => a + b), reshape(mean, [2, 4])];
    },
  });
}

imports('ReduceMean over channels without keeping them', {
  opset: 18,
  inputs: { x: image },
  constants: { axes: ints(1) },
  nodes: [{ type: 'ReduceMean', inputs: ['x', 'axes'], outputs: ['y'], attributes: { keepdims: 0 } }],
  outputs: ['y'],
  expected: (x) => tensor([2, 3, 5], ([n, h, w]) => [0, 1, 2, 3].reduce((sum, c) => sum + at(x, [n, c, h, w]) / 4, 0)),
});

/** Pads by index; `fill` outside, or the index reflected or, for 'edge', moved to the end. */
function padded(x: Tensor, pads: readonly number[], fill?: number | 'edge'): Tensor {
  const rank = x.shape.length;
  return tensor(
    x.shape.map((size, axis) => pads[axis] + size + pads[axis + rank]),
    (index) => {
      const from = index.map((i, axis) => i - pads[axis]);
      const isInside = from.every((i, axis) => i >= 0 && i < x.shape[axis]);
      if (!isInside && typeof fill === 'number') return fill;
      const last = (axis: number) => x.shape[axis] - 1;
      if (fill === 'edge') {
        return at(
          x,
          from.map((i, axis) => Math.min(Math.max(i, 0), last(axis))),
        );
      }
      return at(
        x,
        from.map((i, axis) => (i < 0 ? -i : i <= last(axis) ? i : 2 * last(axis) - i)),
      );
    },
  );
}

const pads = [0, 1, 2, 0, 0, 2, 1, 3];
const wide = [0, 1, 5, 0, 0, 2, 1, 3];
for (const [title, opset, attributes, inputs, fill] of [
  ['zeros as attribute', 7, { pads }, ['r'], 0],
  ['ones as attribute', 7, { pads, value: { float: 1 } }, ['r'], 1],
  ['zeros as input', 13, {}, ['r', 'pads'], 0],
  ['a number as input', 13, {}, ['r', 'pads', 'fill'], 2.5],
  ['reflection', 13, { mode: 'reflect' }, ['r', 'pads'], undefined],
  ['its edge', 13, { mode: 'edge' }, ['r', 'wide'], 'edge'],
  ['named axes', 18, {}, ['r', 'some', '', 'axes'], 0],
] as const) {
  imports(`Pad with ${title}`, {
    opset,
    inputs: { x: image },
    constants: {
      pads: ints(...pads),
      wide: ints(...wide),
      fill: { shape: [], data: Float32Array.of(2.5) },
      some: ints(2, 0, 1, 1, 3, 2),
      axes: ints(2, 3, -3),
    },
    nodes: [first, { type: 'Pad', inputs, outputs: ['y'], attributes }],
    outputs: ['y'],
    expected: (x) => padded(relu(x), fill === 'edge' ? wide : pads, fill),
  });
}

function part(x: Tensor, from: number, to: number): Tensor {
  return tensor([x.shape[0], to - from, ...x.shape.slice(2)], ([n, c, ...rest]) => at(x, [n, c + from, ...rest]));
}

for (const [title, opset, sizes, attributes, inputs] of [
  ['equal parts', 13, [2, 2], {}, []],
  ['sizes as attribute', 11, [1, 3], { split: [1, 3] }, []],
  ['sizes as input', 13, [3, 1], {}, ['sizes']],
  ['num_outputs', 18, [2, 2], { num_outputs: 2 }, []],
] as const) {
  imports(`Split into ${title}, then Concat the other way round`, {
    opset,
    inputs: { x: image },
    constants: { sizes: ints(3, 1) },
    nodes: [
      first,
      { type: 'Split', inputs: ['r', ...inputs], outputs: ['a', 'b'], attributes: { axis: 1, ...attributes } },
      { type: 'Concat', inputs: ['b', 'a'], outputs: ['y'], attributes: { axis: -3 } },
    ],
    outputs: ['y', 'a'],
    expected: (x) => {
      const r = relu(x);
      const [a, b] = [part(r, 0, sizes[0]), part(r, sizes[0], 4)];
      const joined = tensor(image, ([n, c, h, w]) => (c < sizes[1] ? at(b, [n, c, h, w]) : at(a, [n, c - sizes[1], h, w])));
      return [joined, a];
    },
  });
}

function softmax(x: Tensor, axes: readonly number[]): Tensor {
  const exponentials = map(x, Math.exp);
  return tensor(x.shape, (index) => {
    let sum = 0;
    const walk = (depth: number, at: number[]) => {
      if (depth === axes.length) {
        let offset = 0;
        for (const [axis, size] of x.shape.entries()) offset = offset * size + at[axis];
        sum += exponentials.data[offset];
        return;
      }
      for (let i = 0; i < x.shape[axes[depth]]; i++)
        walk(
          depth + 1,
          at.map((k, axis) => (axis === axes[depth] ? i : k)),
        );
    };
    walk(0, index);
    return at(exponentials, index) / sum;
  });
}

for (const [shape, opset, axis, axes, transposes] of [
  [[2, 7], 13, -1, [1], false],
  [image, 13, 1, [1], false],
  [image, 13, 2, [2], true],
  [image, 11, 1, [1, 2, 3], false],
  [[2, 3, 4], 11, 2, [2], false],
  [[2, 5, 1, 1], 13, 1, [1], false],
] as const) {
  imports(`Softmax of [${shape}] along ${axis}, opset ${opset}`, {
    opset,
    inputs: { x: shape },
    nodes: [{ type: 'Softmax', inputs: ['x'], outputs: ['y'], attributes: { axis } }],
    outputs: ['y'],
    transposes,
    expected: (x) => softmax(x, axes),
  });
}

imports('GlobalAveragePool, then the shape arithmetic of an exporter', {
  inputs: { x: image },
  constants: { zero: { shape: [], data: [0] }, axis: ints(0), two: ints(2), rest: ints(-1) },
  nodes: [
    { type: 'GlobalAveragePool', inputs: ['x'], outputs: ['m'] },
    { type: 'Shape', inputs: ['m'], outputs: ['s'] },
    { type: 'Slice', inputs: ['s', 'axis', 'two'], outputs: ['l'] },
    { type: 'Gather', inputs: ['l', 'zero'], outputs: ['n'] },
    { type: 'Unsqueeze', inputs: ['n', 'axis'], outputs: ['u'] },
    { type: 'Concat', inputs: ['u', 'rest'], outputs: ['shape'], attributes: { axis: 0 } },
    { type: 'Reshape', inputs: ['m', 'shape'], outputs: ['y'] },
  ],
  outputs: ['y'],
  types: 'MEAN RESHAPE',
  expected: (x) =>
    tensor([2, 4], ([n, c]) => {
      let sum = 0;
      for (let h = 0; h < 3; h++) for (let w = 0; w < 5; w++) sum += at(x, [n, c, h, w]);
      return sum / 15;
    }),
});

test.run();
