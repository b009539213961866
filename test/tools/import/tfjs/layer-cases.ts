// Owns one small model per Keras layer, with weights and inputs drawn by seed.
import { elements, floats, functional, layersFile, random, type Tensor, type TfjsFile } from './file';

export interface Case {
  readonly title: string;
  readonly file: TfjsFile;
  readonly inputs: readonly Tensor[];
  /** The elements of the outputs by definition, for what TensorFlow.js itself does not have; it has no part in other cases. */
  readonly expected?: () => ArrayLike<number>[];
}

interface LayerCase {
  readonly config?: Record<string, unknown>;
  /** Shapes without the batch, which is 1 when it runs; default: one image of 6 x 5 x 4. */
  readonly inputs?: readonly (readonly number[])[];
  readonly weights?: Readonly<Record<string, readonly number[]>>;
  /** See Case; from the inputs and the weights by their roles. */
  readonly expected?: (inputs: readonly Tensor[], weights: Readonly<Record<string, Tensor>>) => ArrayLike<number>[];
}

const image = [6, 5, 4];
const kernel = { kernel_size: [3, 2], padding: 'same', use_bias: true };

/** Variances are positive. */
function weightOf(role: string, shape: readonly number[], seed: number): Tensor {
  const { data } = random(shape, seed);
  return role.endsWith('variance')
    ? floats(
        Array.from(data, (x) => Math.abs(x) + 0.5),
        shape,
      )
    : { shape, data };
}

function layerCase(className: string, options: LayerCase, index: number): Case {
  const { config = {}, inputs = [image], weights = {}, expected } = options;
  const names = inputs.map((_, i) => `in${i}`);
  const declared = Object.fromEntries(inputs.map((shape, i) => [names[i], [null, ...shape]]));
  const topology = functional('model', declared, [{ className, config, name: 'layer', inputs: names }], ['layer']);
  const held = new Map(Object.entries(weights).map(([role, shape], i) => [`layer/${role}`, weightOf(role, shape, 100 * index + i + 1)]));
  const list = Object.entries(config).map(([key, value]) => `${key} ${JSON.stringify(value)}`);
  const drawn = inputs.map((shape, i) => random([1, ...shape], 50 + i));
  const byRole = Object.fromEntries(Object.keys(weights).map((role) => [role, held.get(`layer/${role}`)!]));
  return {
    title: [className, ...list, ...inputs.map((shape) => `[${shape}]`)].join(', '),
    file: layersFile(topology, held),
    inputs: drawn,
    expected: expected && (() => expected(drawn, byRole)),
  };
}

/** A function of each element and its position. */
const map =
  (f: (x: number, i: number) => number): LayerCase['expected'] =>
  ([x]) => [Array.from(x.data, f)];
const convolution = (config: Record<string, unknown>, weights: LayerCase['weights']): LayerCase => ({
  config: { ...kernel, filters: 3, ...config },
  weights,
});
const dense: LayerCase['weights'] = { kernel: [4, 3], bias: [3] };
const normal: LayerCase['weights'] = { gamma: [4], beta: [4], moving_mean: [4], moving_variance: [4] };
const sequence = [[7, 4]];
const two = [image, image];

/** Element [n, h, w, c] of an image from others by position. */
function byPosition(shape: readonly number[], at: (h: number, w: number, c: number) => number): number[] {
  const [, height, width, channels] = shape;
  return Array.from({ length: elements(shape) }, (_, i) =>
    at(Math.floor(i / (width * channels)) % height, Math.floor(i / channels) % width, i % channels),
  );
}

const pixelShuffle: LayerCase['expected'] = ([x]) => [
  byPosition([1, 12, 10, 1], (h, w) => x.data[(Math.floor(h / 2) * 5 + Math.floor(w / 2)) * 4 + (h % 2) * 2 + (w % 2)]),
];

const geluByTanh = (x: number) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));

/** A convolution of 7 x 4 elements whose two taps are the element and the one two before it. */
const causal: LayerCase['expected'] = ([x], { kernel: { data: k }, bias: { data: b } }) => [
  Array.from({ length: 7 * 3 }, (_, i) => {
    const [t, o] = [Math.floor(i / 3), i % 3];
    let sum = b[o];
    for (let c = 0; c < 4; c++) sum += (t >= 2 ? x.data[(t - 2) * 4 + c] * k[c * 3 + o] : 0) + x.data[t * 4 + c] * k[(4 + c) * 3 + o];
    return Math.max(sum, 0);
  }),
];

/** Batch normalization of [4, 3] over its first axis, without beta, which the backend in plain JavaScript takes over the last. */
const overRows: LayerCase['expected'] = ([x], { gamma, moving_mean: mean, moving_variance: variance }) => [
  Array.from(x.data, (v, i) => {
    const row = Math.floor(i / 3);
    return (gamma.data[row] * (v - mean.data[row])) / Math.sqrt(variance.data[row] + 1e-3);
  }),
];

const cases: readonly (readonly [className: string, options: LayerCase])[] = [
  ...[
    'linear',
    'relu',
    'relu6',
    'sigmoid',
    'tanh',
    'softmax',
    'elu',
    'selu',
    'softplus',
    'softsign',
    'hard_sigmoid',
    'swish',
    'mish',
    'gelu',
  ].map((activation) => ['Activation', { config: { activation } }] as const),
  ['Activation', { config: { activation: 'exponential' }, expected: map(Math.exp) }],
  ['Activation', { config: { activation: 'silu' }, expected: map((x) => x / (1 + Math.exp(-x))) }],
  ['Activation', { config: { activation: 'gelu_new' }, expected: map(geluByTanh) }],
  ['ReLU', {}],
  ['ReLU', { config: { max_value: 6 } }],
  ['ReLU', { config: { max_value: 0.75 } }],
  ['LeakyReLU', { config: { alpha: 0.1 } }],
  ['LeakyReLU', {}],
  ['LeakyReLU', { config: { negative_slope: 0.2 }, expected: map((x) => (x < 0 ? 0.2 * x : x)) }],
  ['ELU', {}],
  ['ELU', { config: { alpha: 0.5 }, expected: map((x) => (x < 0 ? 0.5 * Math.expm1(x) : x)) }],
  ['PReLU', { config: { shared_axes: [1, 2] }, weights: { alpha: [1, 1, 4] } }],
  ['PReLU', { weights: { alpha: image } }],
  ['ThresholdedReLU', { config: { theta: 0.5 } }],
  ['Softmax', { config: { axis: -1 } }],
  ['Conv2D', convolution({}, { kernel: [3, 2, 4, 3], bias: [3] })],
  ['Conv2D', convolution({ strides: [2, 1], padding: 'valid', activation: 'relu' }, { kernel: [3, 2, 4, 3], bias: [3] })],
  ['Conv2D', convolution({ dilation_rate: [2, 2], use_bias: false }, { kernel: [3, 2, 4, 3] })],
  [
    'DepthwiseConv2D',
    { config: { ...kernel, depth_multiplier: 2, strides: [2, 2] }, weights: { depthwise_kernel: [3, 2, 4, 2], bias: [8] } },
  ],
  ['DepthwiseConv2D', { config: { ...kernel, activation: 'tanh', use_bias: false }, weights: { depthwise_kernel: [3, 2, 4, 1] } }],
  ['SeparableConv2D', convolution({ depth_multiplier: 2 }, { depthwise_kernel: [3, 2, 4, 2], pointwise_kernel: [1, 1, 8, 3], bias: [3] })],
  ['Conv2DTranspose', convolution({ strides: [2, 2] }, { kernel: [3, 2, 3, 4], bias: [3] })],
  ['Conv2DTranspose', convolution({ strides: [2, 3], padding: 'valid', activation: 'relu' }, { kernel: [3, 2, 3, 4], bias: [3] })],
  [
    'Conv1D',
    {
      config: { filters: 3, kernel_size: [3], strides: [2], padding: 'same' },
      inputs: sequence,
      weights: { kernel: [3, 4, 3], bias: [3] },
    },
  ],
  [
    'Conv1D',
    {
      config: { filters: 3, kernel_size: [2], dilation_rate: [2], padding: 'causal', activation: 'relu' },
      inputs: sequence,
      weights: { kernel: [2, 4, 3], bias: [3] },
      expected: causal,
    },
  ],
  ['Dense', { config: { units: 3, activation: 'softmax' }, inputs: [[4]], weights: dense }],
  ['Dense', { config: { units: 3, use_bias: false }, inputs: sequence, weights: { kernel: [4, 3] } }],
  ['BatchNormalization', { config: { axis: [3], epsilon: 0.01 }, weights: normal }],
  ['BatchNormalization', { config: { axis: -1, scale: false }, weights: { beta: [4], moving_mean: [4], moving_variance: [4] } }],
  [
    'BatchNormalization',
    {
      config: { axis: 1, center: false },
      inputs: [[4, 3]],
      weights: { gamma: [4], moving_mean: [4], moving_variance: [4] },
      expected: overRows,
    },
  ],
  ['LayerNormalization', { config: { axis: -1, epsilon: 0.01 }, weights: { gamma: [4], beta: [4] } }],
  ['MaxPooling2D', { config: { pool_size: [3, 2], strides: [2, 2], padding: 'same' } }],
  ['AveragePooling2D', { config: { pool_size: [3, 2], strides: [2, 1], padding: 'same' } }],
  ['AveragePooling2D', { config: { pool_size: [2, 2] } }],
  ['MaxPooling1D', { config: { pool_size: [3], strides: [2], padding: 'valid' }, inputs: sequence }],
  ['AveragePooling1D', { config: { pool_size: [2], padding: 'same' }, inputs: sequence }],
  ['GlobalAveragePooling2D', {}],
  ['GlobalMaxPooling2D', {}],
  ['GlobalAveragePooling1D', { inputs: sequence }],
  ['GlobalMaxPooling1D', { inputs: sequence }],
  [
    'ZeroPadding2D',
    {
      config: {
        padding: [
          [0, 1],
          [2, 3],
        ],
      },
    },
  ],
  [
    'Cropping2D',
    {
      config: {
        cropping: [
          [1, 2],
          [0, 1],
        ],
      },
    },
  ],
  ['UpSampling2D', { config: { size: [2, 3] } }],
  ['UpSampling2D', { config: { size: [2, 2], interpolation: 'bilinear' } }],
  ['Flatten', {}],
  ['Reshape', { config: { target_shape: [-1, 8] } }],
  ['Permute', { config: { dims: [3, 1, 2] } }],
  ['RepeatVector', { config: { n: 3 }, inputs: [[4]] }],
  ['Concatenate', { config: { axis: -1 }, inputs: [image, [6, 5, 2]] }],
  ['Concatenate', { config: { axis: 1 }, inputs: [image, [2, 5, 4], image] }],
  ['Add', { inputs: two }],
  ['Add', { inputs: [image, image, [6, 5, 1]] }],
  ['Multiply', { inputs: [image, [1, 1, 4]] }],
  ['Maximum', { inputs: two }],
  ['Minimum', { inputs: two }],
  ['Average', { inputs: [image, image, image] }],
  ['Dropout', { config: { rate: 0.5 } }],
  ['GaussianNoise', { config: { stddev: 1 } }],
  ['SpatialDropout1D', { config: { rate: 0.5 }, inputs: sequence }],
  ['Subtract', { inputs: two, expected: ([a, b]) => [Array.from(a.data, (x, i) => x - b.data[i])] }],
  ['Rescaling', { config: { scale: 2, offset: -1 } }],
  ['Rescaling', { config: { scale: [1, 2, 3, 4], offset: 0.5 }, expected: map((x, i) => x * ((i % 4) + 1) + 0.5) }],
  [
    'Normalization',
    {
      config: { axis: [-1], mean: [[1, 2, 3, 4]], variance: [[4, 4, 4, 4]] },
      expected: map((x, i) => (x - (i % 4) - 1) / 2),
    },
  ],
  ['ZeroPadding1D', { config: { padding: [1, 0] }, inputs: [[2, 2]], expected: ([x]) => [[0, 0, ...Array.from(x.data)]] }],
  ['Cropping1D', { config: { cropping: [1, 1] }, inputs: [[3, 2]], expected: ([x]) => [Array.from(x.data).slice(2, 4)] }],
  ['UpSampling1D', { config: { size: 2 }, inputs: [[2, 1]], expected: ([{ data }]) => [[data[0], data[0], data[1], data[1]]] }],
  ['MultiplyBeta', { expected: map((x) => 0.2 * x) }],
  ['PixelShuffle2x', { expected: pixelShuffle }],
];

/** Every layer of the table, and its options. */
export const layerCases: readonly Case[] = cases.map(([className, options], i) => layerCase(className, options, i + 1));
