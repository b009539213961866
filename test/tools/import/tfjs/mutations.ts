// Owns hostile TensorFlow.js models made from good ones: with bytes changed, and with any member of model.json replaced.
import { ModelError } from '../../../../src/errors';
import { validate } from '../../../../src/graph/validate';
import { evaluate } from '../../../../src/reference/run';
import { importTfjs } from '../../../../tools/import/tfjs/import';
import type { Random } from '../../../support/random';
import { bytesOfJson, floats, functional, graphFile, ints, type Layer, layersFile, random, type Tensor, type TfjsFile } from './file';

/** Imports and validates; anything but a ModelError is a bug. Returns whether it was accepted. */
export function survives(model: Uint8Array, shards: TfjsFile['shards'], context: string): boolean {
  try {
    validate(importTfjs(model, shards), { evaluate });
    return true;
  } catch (error) {
    if (!(error instanceof ModelError)) throw new Error(`${context}: ${(error as Error).stack}`);
    if (error.message.length > 5000) throw new Error(`${context}: a message of ${error.message.length} characters`);
    return false;
  }
}

const layer = (className: string, name: string, inputs: readonly string[], config: Record<string, unknown> = {}): Layer => ({
  className,
  name,
  inputs,
  config,
});
const inner = functional(
  'inner',
  { i: [null, 6, 6, 4] },
  [layer('ReLU', 'r', ['i']), layer('Conv2D', 'p', ['r'], { use_bias: false, kernel_size: 1 })],
  ['p'],
);

/** Layers of every family of converters, and a model within the model. */
export const everyLayer: TfjsFile = layersFile(
  functional(
    'everything',
    { x: [null, 6, 6, 4], y: [null, 3] },
    [
      layer('Conv2D', 'a', ['x'], { kernel_size: [3, 3], padding: 'same', activation: 'relu' }),
      layer('BatchNormalization', 'b', ['a'], { axis: [3] }),
      layer('DepthwiseConv2D', 'c', ['b'], { kernel_size: [3, 3], padding: 'same', use_bias: false }),
      { className: 'Functional', name: 'inner', inputs: ['c'], config: inner.config },
      layer('Conv2DTranspose', 'd', ['inner'], { strides: [2, 2], padding: 'same', use_bias: false }),
      layer('MaxPooling2D', 'e', ['d'], { pool_size: [2, 2] }),
      layer('ZeroPadding2D', 'f', ['e'], {
        padding: [
          [0, 1],
          [1, 0],
        ],
      }),
      layer('Cropping2D', 'g', ['f'], {
        cropping: [
          [0, 1],
          [1, 0],
        ],
      }),
      layer('UpSampling2D', 'h', ['g'], { size: [2, 1], interpolation: 'bilinear' }),
      layer('Concatenate', 'j', ['h', 'd2'], { axis: -1 }),
      layer('UpSampling2D', 'd2', ['x'], { size: [2, 1] }),
      layer('Permute', 'k', ['j'], { dims: [2, 1, 3] }),
      layer('Reshape', 'l', ['k'], { target_shape: [-1, 8] }),
      layer('Conv1D', 'm', ['l'], { kernel_size: [2], padding: 'causal', activation: 'selu' }),
      layer('LayerNormalization', 'n', ['m'], { axis: -1 }),
      layer('GlobalAveragePooling1D', 'o', ['n']),
      layer('Add', 'q', ['o', 'y']),
      layer('Rescaling', 's', ['q'], { scale: 2, offset: [1, 2, 3] }),
      layer('Dense', 't', ['s'], { units: 2, activation: 'softmax' }),
    ],
    ['t', 'o'],
  ),
  new Map<string, Tensor>([
    ['a/kernel', random([3, 3, 4, 4], 1)],
    ['a/bias', random([4], 2)],
    ...['gamma', 'beta', 'moving_mean'].map((role, i) => [`b/${role}`, random([4], 3 + i)] as const),
    ['b/moving_variance', floats([1, 2, 3, 4])],
    ['c/depthwise_kernel', random([3, 3, 4, 1], 6)],
    ['p/kernel', random([1, 1, 4, 4], 7)],
    ['d/kernel', random([2, 2, 4, 4], 8)],
    ['m/kernel', random([2, 8, 3], 9)],
    ['m/bias', random([3], 10)],
    ['n/gamma', random([3], 11)],
    ['n/beta', random([3], 12)],
    ['t/kernel', random([3, 2], 13)],
    ['t/bias', random([2], 14)],
  ]),
);

const window = { strides: { ints: [1, 1, 1, 1] }, dilations: { ints: [1, 1, 1, 1] }, padding: 'SAME', data_format: 'NHWC' } as const;

/** Operators of every family of converters. */
export const everyOperator: TfjsFile = graphFile({
  inputs: { x: [-1, 6, 6, 4] },
  constants: {
    w: random([3, 3, 4, 4], 1),
    v: random([4], 2),
    d: random([3, 3, 4, 1], 3),
    var: floats([1, 2, 3, 4]),
    pads: ints([0, 0, 1, 1, 1, 1, 0, 0], [4, 2]),
    size: ints([4, 4]),
    axes: ints([1, 2]),
    m: random([4, 3], 4),
    zero: ints([0]),
    one: ints([1]),
    last: ints([-1], []),
    row: ints([16], []),
    order: ints([0, 2, 1]),
    parts: ints([1, 3]),
  },
  nodes: [
    {
      op: '_FusedConv2D',
      name: 'a',
      inputs: ['x', 'w', 'v'],
      attributes: { ...window, fused_ops: { texts: ['BiasAdd', 'Relu6'] }, num_args: 1 },
    },
    { op: 'FusedBatchNormV3', name: 'b', inputs: ['a', 'v', 'v', 'v', 'var'], attributes: { epsilon: { float: 0.01 } } },
    { op: 'DepthwiseConv2dNative', name: 'c', inputs: ['b', 'd'], attributes: window },
    { op: 'Pad', name: 'e', inputs: ['c', 'pads'] },
    { op: 'MaxPool', name: 'f', inputs: ['e'], attributes: { ...window, ksize: { ints: [1, 2, 2, 1] } } },
    { op: 'ResizeBilinear', name: 'g', inputs: ['f', 'size'], attributes: { half_pixel_centers: true } },
    { op: 'Shape', name: 's', inputs: ['g'] },
    { op: 'StridedSlice', name: 'n', inputs: ['s', 'zero', 'one', 'one'], attributes: { shrink_axis_mask: 1 } },
    { op: 'Pack', name: 'p', inputs: ['n', 'row', 'last'], attributes: { axis: 0, N: 3 } },
    { op: 'Reshape', name: 'h', inputs: ['g', 'p'] },
    { op: 'Transpose', name: 'i', inputs: ['h', 'order'] },
    { op: 'SplitV', name: 'j', inputs: ['i', 'parts', 'one'], attributes: { num_split: 2 } },
    { op: 'ConcatV2', name: 'k', inputs: ['j:1', 'j', 'one'], attributes: { N: 2 } },
    { op: 'Softplus', name: 'l', inputs: ['k'] },
    { op: 'Mean', name: 'q', inputs: ['g', 'axes'], attributes: { keep_dims: false } },
    { op: 'MatMul', name: 'r', inputs: ['q', 'm', '^k'] },
    { op: 'Softmax', name: 'y', inputs: ['r'] },
  ],
  outputs: ['y', 'l'],
});

/** A model.json, and what was done to it. */
interface Mutation {
  readonly bytes: Uint8Array;
  readonly context: string;
}

const absurd: readonly unknown[] = [
  null,
  true,
  false,
  0,
  1,
  -1,
  2,
  3,
  0.5,
  255,
  65536,
  2 ** 24,
  2 ** 31 - 1,
  2 ** 32,
  2 ** 53,
  -(2 ** 53),
  1e300,
  '',
  'x',
  'same',
  'causal',
  'DT_INT32',
  'DT_STRING',
  'int32',
  '-1',
  '4294967296',
  'a',
  'U0FNRQ==',
  '__proto__',
  'constructor',
  [],
  [[]],
  {},
  [1, 1, 1, 1],
  [0, 0],
  [-1],
  [2 ** 31, 2],
  ['x', 0, 0],
  ['x', 1, 0, {}],
];

type Container = Record<string, unknown> | unknown[];
const isContainer = (value: unknown): value is Container => typeof value === 'object' && value !== null;

/** One to three members anywhere are replaced, removed, or exchanged for another part of the file. */
export function absurdFile(file: TfjsFile, generator: Random): Mutation {
  const json = structuredClone(file.json);
  const places: { owner: Container; key: string }[] = [];
  const visit = (owner: Container): void => {
    for (const [key, value] of Object.entries(owner)) {
      places.push({ owner, key });
      if (isContainer(value)) visit(value);
    }
  };
  visit(json);
  const changes: string[] = [];
  for (let count = generator.integer(1, 3); count > 0; count--) {
    const { owner, key } = generator.pick(places);
    const other = generator.pick(places);
    const members = owner as Record<string, unknown>;
    const kind = generator.integer(0, 5);
    if (kind === 0 && !Array.isArray(owner)) delete members[key];
    else if (kind === 1) members[key] = structuredClone((other.owner as Record<string, unknown>)[other.key]);
    else members[key] = structuredClone(generator.pick(absurd));
    changes.push(`${key}: ${JSON.stringify(members[key])?.slice(0, 60)}`);
  }
  return { bytes: bytesOfJson({ ...file, json }), context: changes.join('; ') };
}

/** One to three bytes of model.json are changed. */
export function changedFile(model: Uint8Array, generator: Random): Mutation {
  const bytes = model.slice();
  const changes: string[] = [];
  for (let k = generator.integer(1, 3); k > 0; k--) {
    const at = generator.integer(0, bytes.length - 1);
    // Mostly digits and letters, since most other bytes end the JSON.
    bytes[at] = generator.pick([0x30 + generator.integer(0, 9), 0x61 + generator.integer(0, 25), 0x2d, generator.integer(0, 255)]);
    changes.push(`${at}: ${bytes[at]}`);
  }
  return { bytes, context: `bytes ${changes}` };
}
