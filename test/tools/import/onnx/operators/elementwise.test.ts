// Tests arithmetic, BatchNormalization and activations of tools/import/onnx against formulas on NCHW, with broadcasting.
import { test } from 'uvu';
import { imports, ints, random, toFile } from '../compare';
import { at, map, pair, reshape, type Tensor, tensor } from '../nchw';

const image = [2, 3, 4, 5];
const positive = (x: Tensor) => map(x, (value) => Math.fround(Math.abs(value) + 0.5));

const operators = {
  Add: (a: number, b: number) => a + b,
  Sub: (a: number, b: number) => a - b,
  Mul: (a: number, b: number) => a * b,
  Div: (a: number, b: number) => a / b,
};

for (const [type, f] of Object.entries(operators)) {
  for (const shape of [[3, 1, 1], [1, 3, 1, 1], [5], [4, 1], [1], [], [2, 3, 4, 5], [2, 1, 1, 1]]) {
    const constant = positive(random(shape, 3));
    for (const swapped of [false, true]) {
      imports(`${type} of an image and [${shape}]${swapped ? ', constant first' : ''}`, {
        inputs: { x: image },
        constants: { c: toFile(constant) },
        nodes: [
          { type: 'Sigmoid', inputs: ['x'], outputs: ['s'] },
          { type, inputs: swapped ? ['c', 's'] : ['s', 'c'], outputs: ['y'] },
        ],
        outputs: ['y'],
        expected: (x) => {
          const s = map(x, (value) => 1 / (1 + Math.exp(-value)));
          return swapped ? pair(constant, s, f) : pair(s, constant, f);
        },
      });
    }
  }
  imports(`${type} of two images, the second repeated over the pixels`, {
    inputs: { x: image, z: [2, 3, 1, 1] },
    nodes: [
      { type: 'HardSigmoid', inputs: ['z'], outputs: ['s'], attributes: { alpha: { float: 0.1 }, beta: { float: 2 } } },
      { type, inputs: ['x', 's'], outputs: ['y'] },
    ],
    outputs: ['y'],
    expected: (x, z) =>
      pair(
        x,
        map(z, (value) => Math.min(Math.max(0.1 * value + 2, 0), 1)),
        f,
      ),
  });
}

imports('Mul of [n, c, 1, 1] and [n, 1, h, w], each repeated', {
  inputs: { x: [2, 3, 1, 1], z: [2, 1, 4, 5] },
  nodes: [{ type: 'Mul', inputs: ['x', 'z'], outputs: ['y'] }],
  outputs: ['y'],
  expected: (x, z) => pair(x, z, (a, b) => a * b),
});

const slopes = random([3, 1, 1], 5);
const clip = (low: number, high: number) => (value: number) => Math.min(Math.max(value, low), high);
const doubled = (x: Tensor, f: (value: number) => number) => tensor([2, 6, 4, 5], ([n, c, h, w]) => f(4 * at(x, [n, c % 3, h, w])));

for (const [title, type, attributes, types, f] of [
  ['Relu', 'Relu', {}, 'RELU', clip(0, Number.POSITIVE_INFINITY)],
  ['Clip 0..6', 'Clip', { min: { float: 0 }, max: { float: 6 } }, 'RELU6', clip(0, 6)],
  ['Clip 0..', 'Clip', { min: { float: 0 } }, 'RELU', clip(0, Number.POSITIVE_INFINITY)],
  ['Clip -1..1', 'Clip', { min: { float: -1 }, max: { float: 1 } }, 'RELU_N1_TO_1', clip(-1, 1)],
  ['Clip 0..4', 'Clip', { min: { float: 0 }, max: { float: 4 } }, 'RELU MINIMUM', clip(0, 4)],
  ['Clip -2..6', 'Clip', { min: { float: -2 }, max: { float: 6 } }, 'MAXIMUM MINIMUM', clip(-2, 6)],
  ['Clip -2..3', 'Clip', { min: { float: -2 }, max: { float: 3 } }, 'MAXIMUM MINIMUM', clip(-2, 3)],
  ['Clip ..1', 'Clip', { max: { float: 1 } }, 'MINIMUM', clip(Number.NEGATIVE_INFINITY, 1)],
  ['Clip', 'Clip', {}, '', (value: number) => value],
  ['Sigmoid', 'Sigmoid', {}, 'LOGISTIC', (value: number) => 1 / (1 + Math.exp(-value))],
  ['Tanh', 'Tanh', {}, 'TANH', Math.tanh],
  ['LeakyRelu', 'LeakyRelu', { alpha: { float: 0.125 } }, 'LEAKY_RELU', (value: number) => (value < 0 ? value / 8 : value)],
  ['HardSwish', 'HardSwish', {}, 'HARD_SWISH', (value: number) => (value * clip(0, 6)(value + 3)) / 6],
  ['HardSigmoid with its defaults', 'HardSigmoid', {}, 'MUL ADD MUL', (value: number) => clip(0, 1)(0.2 * value + 0.5)],
  ['HardSigmoid of 1/6', 'HardSigmoid', { alpha: { float: 1 / 6 } }, 'ADD MUL', (value: number) => clip(0, 1)(value / 6 + 0.5)],
] as const) {
  imports(`${title} of an image`, {
    opset: 7,
    inputs: { x: image },
    constants: { four: { shape: [], data: Float32Array.of(4) } },
    nodes: [
      { type: 'Mul', inputs: ['x', 'four'], outputs: ['m'] },
      // It takes no activation.
      { type: 'Concat', inputs: ['m', 'm'], outputs: ['c'], attributes: { axis: 1 } },
      { type, inputs: ['c'], outputs: ['y'], attributes },
    ],
    types: `MUL CONCATENATION ${types}`.trim(),
    outputs: ['y'],
    expected: (x) => doubled(x, f),
  });
}

for (const [title, value, expected] of [
  ['value', { value: toFile(slopes) }, slopes],
  ['value_float', { value_float: { float: 2.5 } }, { shape: [], data: Float64Array.of(2.5) }],
  ['value_floats', { value_floats: { floats: [1, 2, 3, 4, 5] } }, { shape: [5], data: Float64Array.of(1, 2, 3, 4, 5) }],
] as const) {
  imports(`Constant with ${title}`, {
    inputs: { x: image },
    nodes: [
      { type: 'Constant', inputs: [], outputs: ['c'], attributes: value },
      { type: 'Mul', inputs: ['c', 'x'], outputs: ['y'] },
    ],
    outputs: ['y'],
    types: 'MUL',
    expected: (x) => pair(x, expected, (a, b) => a * b),
  });
}

for (const [title, value] of [
  ['value_int', { value_int: 60 }],
  ['value_ints', { value_ints: [2, 60] }],
] as const) {
  imports(`Constant with ${title} as a shape`, {
    inputs: { x: [4, 5, 6] },
    constants: { zero: ints(0), batch: ints(2) },
    nodes: [
      { type: 'Constant', inputs: [], outputs: ['c'], attributes: value },
      ...(title === 'value_ints'
        ? [{ type: 'Reshape', inputs: ['x', 'c'], outputs: ['y'] }]
        : [
            { type: 'Unsqueeze', inputs: ['c', 'zero'], outputs: ['u'] },
            { type: 'Concat', inputs: ['batch', 'u'], outputs: ['s'], attributes: { axis: 0 } },
            { type: 'Reshape', inputs: ['x', 's'], outputs: ['y'] },
          ]),
    ],
    outputs: ['y'],
    expected: (x) => reshape(x, [2, 60]),
  });
}

imports('Clip with the upper bound only, the lower left out', {
  inputs: { x: image },
  constants: { high: { shape: [], data: Float32Array.of(0.5) } },
  nodes: [{ type: 'Clip', inputs: ['x', '', 'high'], outputs: ['y'] }],
  outputs: ['y'],
  types: 'MINIMUM',
  expected: (x) => map(x, clip(Number.NEGATIVE_INFINITY, 0.5)),
});

imports('Clip with bounds as inputs', {
  inputs: { x: image },
  constants: { low: { shape: [], data: Float32Array.of(0) }, high: { shape: [], data: Float32Array.of(6) } },
  nodes: [{ type: 'Clip', inputs: ['x', 'low', 'high'], outputs: ['y'] }],
  outputs: ['y'],
  types: 'RELU6',
  expected: (x) => map(x, clip(0, 6)),
});

imports('PRelu with a slope per channel', {
  inputs: { x: image },
  constants: { slopes: toFile(slopes) },
  nodes: [{ type: 'PRelu', inputs: ['x', 'slopes'], outputs: ['y'] }],
  outputs: ['y'],
  types: 'PRELU',
  expected: (x) => pair(x, slopes, (value, slope) => (value < 0 ? value * slope : value)),
});

imports('BatchNormalization behind something without weights is a product and a sum', {
  inputs: { x: image },
  constants: Object.fromEntries(['scale', 'bias', 'mean', 'variance'].map((name, i) => [name, toFile(positive(random([3], 20 + i)))])),
  nodes: [
    { type: 'Relu', inputs: ['x'], outputs: ['r'] },
    { type: 'BatchNormalization', inputs: ['r', 'scale', 'bias', 'mean', 'variance'], outputs: ['y'] },
  ],
  outputs: ['y'],
  types: 'RELU MUL ADD',
  expected: (x) => {
    const [scale, bias, mean, variance] = [20, 21, 22, 23].map((seed) => ({ ...positive(random([3], seed)), shape: [3, 1, 1] }));
    const centred = pair(map(x, clip(0, Number.POSITIVE_INFINITY)), mean, (a, b) => a - b);
    const normal = pair(centred, variance, (a, b) => a / Math.sqrt(b + 1e-5));
    return pair(
      pair(normal, scale, (a, b) => a * b),
      bias,
      (a, b) => a + b,
    );
  },
});

const hardSwish = (value: number) => (value * clip(0, 6)(value + 3)) / 6;
const numbers = Object.fromEntries([3, 6, 1 / 6].map((number, i) => [`n${i}`, { shape: [], data: Float32Array.of(number) }]));
const shifted = [
  { type: 'Add', inputs: ['x', 'n0'], outputs: ['a'] },
  { type: 'Clip', inputs: ['a'], outputs: ['c'], attributes: { min: { float: 0 }, max: { float: 6 } } },
] as const;
for (const [title, nodes] of [
  [
    'x * HardSigmoid(x)',
    [
      { type: 'HardSigmoid', inputs: ['x'], outputs: ['h'], attributes: { alpha: { float: 1 / 6 } } },
      { type: 'Mul', inputs: ['x', 'h'], outputs: ['y'] },
    ],
  ],
  [
    '(relu6(x + 3) / 6) * x',
    [...shifted, { type: 'Div', inputs: ['c', 'n1'], outputs: ['h'] }, { type: 'Mul', inputs: ['h', 'x'], outputs: ['y'] }],
  ],
  [
    'x * relu6(x + 3) / 6',
    [...shifted, { type: 'Mul', inputs: ['x', 'c'], outputs: ['m'] }, { type: 'Div', inputs: ['m', 'n1'], outputs: ['y'] }],
  ],
  [
    '1/6 * (relu6(x + 3) * x)',
    [...shifted, { type: 'Mul', inputs: ['c', 'x'], outputs: ['m'] }, { type: 'Mul', inputs: ['n2', 'm'], outputs: ['y'] }],
  ],
] as const) {
  imports(`${title} is HARD_SWISH`, {
    opset: 7,
    inputs: { x: image },
    constants: numbers,
    nodes,
    outputs: ['y'],
    types: 'HARD_SWISH',
    expected: (x) => map(x, hardSwish),
  });
}

test.run();
