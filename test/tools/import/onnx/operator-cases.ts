// Owns small ONNX networks, one or more per operator, whose outputs stock ONNX Runtime gives; recorded.json holds them.
import { ints, random, toFile } from './compare';
import type { Attribute, FileModel, FileNode, FileTensor } from './file';

export interface OperatorCase extends FileModel {
  readonly title: string;
}

type Constants = Readonly<Record<string, FileTensor>>;
type Attributes = Readonly<Record<string, Attribute>>;

const float = (value: number): Attribute => ({ float: value });
const scalar = (value: number): FileTensor => ({ shape: [], data: Float32Array.of(value) });
const number = (value: number): FileTensor => ({ shape: [], data: [value] });
const flag = (value: boolean): FileTensor => ({ shape: [], data: Uint8Array.of(Number(value)), type: 9 });
const floats = (shape: readonly number[], seed: number): FileTensor => toFile(random(shape, seed));

const image = [1, 4, 3, 5];
const line = [2, 4, 9];

function node(type: string, inputs: readonly string[], attributes: Attributes = {}, outputs: readonly string[] = ['y']): FileNode {
  return { type, inputs, outputs, attributes };
}

/** A case of one node over the input `x` and constants, in that order. */
function one(type: string, shape: readonly number[], constants: Constants = {}, attributes: Attributes = {}, opset = 13): OperatorCase {
  const listed = Object.entries({ opset, ...attributes }).map(([name, value]) => `${name} ${JSON.stringify(value)}`);
  const sizes = Object.entries(constants).map(
    ([name, tensor]) => `${name} [${tensor.shape}]${Array.isArray(tensor.data) && tensor.data.length < 9 ? ` ${[...tensor.data]}` : ''}`,
  );
  const title = `${type} [${shape}] ${[...sizes, ...listed].join(', ')}`;
  return {
    title,
    opset,
    inputs: { x: shape },
    constants,
    nodes: [node(type, ['x', ...Object.keys(constants)], attributes)],
    outputs: ['y'],
  };
}

function chain(title: string, inputs: FileModel['inputs'], constants: Constants, nodes: readonly FileNode[], opset = 13): OperatorCase {
  return { title, opset, inputs, constants, nodes, outputs: ['y'] };
}

/** Results of integers or booleans as floats, which are what outputs are compared as. */
const asFloats = node('Cast', ['r'], { to: 1 });
const toR = (type: string, inputs: readonly string[], attributes: Attributes = {}) => node(type, inputs, attributes, ['r']);

const functions: readonly OperatorCase[] = [
  ...[
    'Abs',
    'Neg',
    'Exp',
    'Floor',
    'Ceil',
    'Round',
    'Sign',
    'Sin',
    'Cos',
    'Reciprocal',
    'Softplus',
    'Softsign',
    'Elu',
    'Selu',
    'Celu',
    'Erf',
  ].map((type) => one(type, image)),
  one('Elu', image, {}, { alpha: float(0.5) }),
  one('Selu', image, {}, { alpha: float(2), gamma: float(0.5) }),
  one('Celu', image, {}, { alpha: float(2) }),
  one('ThresholdedRelu', image, {}, { alpha: float(0.25) }, 10),
  one('Mish', image, {}, {}, 18),
  one('HardSwish', image, {}, {}, 14),
  one('Gelu', image, {}, {}, 20),
  one('Gelu', image, {}, { approximate: 'tanh' }, 20),
  chain('Sqrt and Log of what is not negative', { x: image }, {}, [
    node('Abs', ['x'], {}, ['a']),
    node('Sqrt', ['a'], {}, ['s']),
    node('Log', ['s']),
  ]),
  ...[2, 0.5, -0.5, 1, 3, 1.5].map((exponent) =>
    chain(`Pow ${exponent}`, { x: image }, { two: scalar(exponent) }, [node('Abs', ['x'], {}, ['a']), node('Pow', ['a', 'two'])]),
  ),
  chain('Pow of one exponent per channel', { x: image }, { e: floats([4, 1, 1], 4) }, [
    node('Exp', ['x'], {}, ['a']),
    node('Pow', ['a', 'e']),
  ]),
  ...['Max', 'Min', 'Sum', 'Mean'].map((type) =>
    chain(`${type} of three`, { x: image, z: [1, 1, 3, 5] }, { c: floats([4, 1, 1], 3) }, [node(type, ['x', 'c', 'z'])]),
  ),
  chain('Max of one', { x: image }, {}, [node('Max', ['x'])]),
  one('PRelu', image, { slopes: floats([1], 2) }),
  one('PRelu', image, { slopes: floats([4, 3, 5], 2) }),
];

const patterns: readonly OperatorCase[] = (
  [
    ['x (1 + erf) / 2', [node('Mul', ['x', 'g'], {}, ['m']), node('Mul', ['m', 'half'])]],
    ['(x / 2) (1 + erf)', [node('Mul', ['x', 'half'], {}, ['m']), node('Mul', ['m', 'g'])]],
    ['x ((1 + erf) / 2)', [node('Mul', ['g', 'half'], {}, ['m']), node('Mul', ['m', 'x'])]],
    ['x (1 + erf) : 2', [node('Mul', ['g', 'x'], {}, ['m']), node('Div', ['m', 'two'])]],
  ] as const
).map(([title, nodes]) =>
  chain(`Gelu as ${title}`, { x: image }, { root: scalar(Math.SQRT2), half: scalar(0.5), one: scalar(1), two: scalar(2) }, [
    node('Div', ['x', 'root'], {}, ['d']),
    node('Erf', ['d'], {}, ['e']),
    node('Add', ['e', 'one'], {}, ['g']),
    ...nodes,
  ]),
);

const comparisons: readonly OperatorCase[] = [
  ...['Equal', 'Less', 'Greater', 'LessOrEqual', 'GreaterOrEqual'].map((type) =>
    chain(`${type} of signs`, { x: image, z: [4, 1, 5] }, {}, [
      node('Sign', ['x'], {}, ['a']),
      node('Sign', ['z'], {}, ['b']),
      toR(type, ['a', 'b']),
      asFloats,
    ]),
  ),
  ...['And', 'Or', 'Xor'].map((type) =>
    chain(`${type} of what is above 0`, { x: image, z: image }, { zero: scalar(0) }, [
      node('Greater', ['x', 'zero'], {}, ['a']),
      node('Less', ['z', 'zero'], {}, ['b']),
      node('Not', ['b'], {}, ['c']),
      toR(type, ['a', 'c']),
      asFloats,
    ]),
  ),
  chain('Where with a condition of an image', { x: image, z: [4, 1, 1] }, { zero: scalar(0) }, [
    node('Greater', ['x', 'zero'], {}, ['a']),
    node('Where', ['a', 'x', 'z']),
  ]),
  chain(
    'Where with a constant condition',
    { x: image },
    { c: { shape: [3, 1], data: Uint8Array.of(1, 0, 1), type: 9 }, b: floats([1], 3) },
    [node('Where', ['c', 'x', 'b'])],
  ),
  chain('a sum of positions', { x: image }, { three: ints(3) }, [
    node('ArgMax', ['x'], { axis: 1 }, ['a']),
    node('Add', ['a', 'three'], {}, ['b']),
    node('Mod', ['b', 'three'], {}, ['c']),
    toR('Mul', ['c', 'b']),
    asFloats,
  ]),
];

const reductions: readonly OperatorCase[] = [
  ...['ReduceMax', 'ReduceMin', 'ReduceMean', 'ReduceProd', 'ReduceL1', 'ReduceL2', 'ReduceSumSquare', 'ReduceLogSumExp'].flatMap(
    (type) => [one(type, image, {}, { axes: [2, 3] }), one(type, image, {}, { axes: [1], keepdims: 0 }), one(type, [3, 7], {}, {})],
  ),
  one('ReduceMax', image, { axes: ints(-1, 1) }, {}, 18),
  one('ReduceSum', image, { axes: ints(1) }),
  one('ReduceSum', image, { axes: ints(0, 2) }, { keepdims: 0 }),
  chain('ReduceLogSum', { x: image }, {}, [node('Exp', ['x'], {}, ['a']), node('ReduceLogSum', ['a'], { axes: [1] })]),
  chain('a sum over part of what was joined', { x: image }, { shape: ints(1, 2, 2, 15), axes: ints(1) }, [
    node('Reshape', ['x', 'shape'], {}, ['r']),
    node('ReduceSum', ['r', 'axes'], { keepdims: 0 }),
  ]),
  one('LogSoftmax', [2, 5], {}, { axis: 1 }),
  one('LogSoftmax', image, {}, { axis: 1 }),
  one('LogSoftmax', image, {}, { axis: 2 }, 11),
  one('GlobalAveragePool', line),
  one('GlobalMaxPool', line),
];

const normalizations: readonly OperatorCase[] = [
  one('InstanceNormalization', image, { s: floats([4], 1), b: floats([4], 2) }, { epsilon: float(1e-3) }),
  one('InstanceNormalization', line, { s: floats([4], 1), b: floats([4], 2) }),
  one('LayerNormalization', [2, 3, 6], { s: floats([6], 1), b: floats([6], 2) }, {}, 17),
  one('LayerNormalization', image, { s: floats([4, 3, 5], 1), b: floats([4, 3, 5], 2) }, { axis: 1, epsilon: float(1e-2) }, 17),
  one('LayerNormalization', [2, 6], { s: floats([6], 1) }, {}, 17),
  one('GroupNormalization', image, { s: floats([4], 1), b: floats([4], 2) }, { num_groups: 2 }, 21),
  one('GroupNormalization', line, { s: floats([4], 1), b: floats([4], 2) }, { num_groups: 1 }, 21),
  one('GroupNormalization', image, { s: floats([2], 1), b: floats([2], 2) }, { num_groups: 2 }, 18),
  one('LpNormalization', [3, 7], {}, { axis: 1 }),
  one('LpNormalization', image, {}, { axis: 1, p: 1 }),
  one('LRN', [1, 7, 2, 3], {}, { size: 3, alpha: float(0.5), beta: float(0.6), bias: float(1.5) }),
  one('LRN', [1, 7, 2, 3], {}, { size: 5, alpha: float(0.5) }),
  one('MeanVarianceNormalization', image),
  one('BatchNormalization', line, {
    s: floats([4], 1),
    b: floats([4], 2),
    m: floats([4], 3),
    v: { shape: [4], data: Float32Array.of(1, 2, 3, 4) },
  }),
];

const positions: readonly OperatorCase[] = [
  ...(['ArgMax', 'ArgMin'] as const).flatMap((type) =>
    [
      [1, 0],
      [2, 1],
      [-1, 0],
      [0, 1],
    ].map(([axis, keepdims]) =>
      chain(`${type} along ${axis}, keepdims ${keepdims}`, { x: image }, {}, [toR(type, ['x'], { axis, keepdims }), asFloats]),
    ),
  ),
  chain('TopK values along channels', { x: image }, { k: ints(2) }, [node('TopK', ['x', 'k'], { axis: 1 }, ['y', 'i'])]),
  chain('TopK smallest positions', { x: [2, 9] }, { k: ints(3) }, [node('TopK', ['x', 'k'], { largest: 0 }, ['v', 'r']), asFloats]),
  one('CumSum', image, { axis: number(1) }),
  one('CumSum', [2, 5], { axis: number(-1) }, { exclusive: 1, reverse: 1 }),
  chain('OneHot of the largest', { x: image }, { depth: number(4), values: { shape: [2], data: Float32Array.of(-1, 2) } }, [
    node('ArgMax', ['x'], { axis: 1, keepdims: 0 }, ['a']),
    node('OneHot', ['a', 'depth', 'values'], { axis: 1 }),
  ]),
  chain('Gather by computed positions', { x: [4, 3], z: [5, 4] }, {}, [
    node('ArgMax', ['z'], { axis: 1, keepdims: 0 }, ['a']),
    node('Gather', ['x', 'a']),
  ]),
  one('Gather', [4, 3], { i: { shape: [2, 2], data: [0, -1, 2, 1] } }),
  one('Gather', image, { i: { shape: [2, 1], data: [3, 1] } }, { axis: 1 }),
];

const movement: readonly OperatorCase[] = [
  one('Expand', [4, 1, 5], { s: ints(2, 1, 3, 1) }),
  one('Expand', [1, 4, 1, 1], { s: ints(1, 4, 2, 3) }),
  one('Tile', image, { s: ints(1, 2, 1, 2) }),
  chain('Expand and Tile of a constant', { x: image }, { c: floats([4, 1, 1], 3), s: ints(4, 3, 1), r: ints(1, 1, 5) }, [
    node('Expand', ['c', 's'], {}, ['e']),
    node('Tile', ['e', 'r'], {}, ['t']),
    node('Mul', ['x', 't']),
  ]),
  one('DepthToSpace', [1, 8, 2, 3], {}, { blocksize: 2 }),
  one('DepthToSpace', [1, 8, 2, 3], {}, { blocksize: 2, mode: 'CRD' }),
  one('DepthToSpace', [1, 4, 2, 3], {}, { blocksize: 2, mode: 'CRD' }),
  one('SpaceToDepth', [1, 2, 4, 6], {}, { blocksize: 2 }),
  one('Slice', image, { s: ints(4, -1), e: ints(0, -6), a: ints(3, 1), t: ints(-2, -1) }),
  chain(
    'Range, Size and sizes that PyTorch computes for expand',
    { x: image },
    { zero: number(0), step: number(1), minus: ints(-1, -1), ones: ints(1, 1) },
    [
      node('Shape', ['x'], { start: 2 }, ['shape']),
      node('Mul', ['ones', 'minus'], {}, ['m']),
      node('Equal', ['m', 'minus'], {}, ['q']),
      node('Where', ['q', 'shape', 'ones'], {}, ['w']),
      node('Size', ['x'], {}, ['n']),
      node('Range', ['zero', 'n', 'step'], {}, ['r']),
      node('Cast', ['r'], { to: 1 }, ['f']),
      node('Constant', [], { value_ints: [4] }, ['c']),
      node('Concat', ['c', 'w'], { axis: 0 }, ['s']),
      node('Reshape', ['f', 's'], {}, ['g']),
      node('Add', ['x', 'g']),
    ],
    15,
  ),
];

const k = (size: number): Attributes => ({ kernel_shape: [size] });
const lines: readonly OperatorCase[] = [
  one('Conv', line, { w: floats([6, 4, 3], 1), b: floats([6], 2) }, { ...k(3), pads: [2, 1], strides: [2] }),
  one('Conv', line, { w: floats([6, 2, 2], 1) }, { group: 2, dilations: [3] }),
  one('Conv', line, { w: floats([4, 1, 3], 1) }, { group: 4, auto_pad: 'SAME_LOWER' }),
  one('ConvTranspose', line, { w: floats([4, 3, 3], 1), b: floats([3], 2) }, { strides: [2], pads: [1, 1], output_padding: [1] }),
  one('ConvTranspose', line, { w: floats([4, 2, 2], 1) }, { group: 2, output_shape: [17], strides: [2] }),
  one('MaxPool', line, {}, { ...k(3), strides: [2], pads: [1, 1] }),
  ...['linear', 'nearest'].map((mode) =>
    chain(
      `Resize of a line, ${mode}`,
      { x: line },
      { none: { shape: [0], data: new Float32Array(0) }, s: { shape: [3], data: Float32Array.of(1, 1, 2) } },
      [node('Resize', ['x', 'none', 's'], { mode })],
    ),
  ),
  one('MaxPool', line, {}, { ...k(2), strides: [2], ceil_mode: 1 }),
  one('AveragePool', line, {}, { ...k(3), strides: [2], pads: [1, 1] }),
  one('AveragePool', line, {}, { ...k(3), pads: [1, 1], count_include_pad: 1 }),
  chain('a convolution of lines, a pool and a mean', { x: line }, { w: floats([4, 4, 3], 1) }, [
    node('Conv', ['x', 'w'], {}, ['c']),
    node('Relu', ['c'], {}, ['r']),
    node('MaxPool', ['r'], k(2), ['p']),
    node('ReduceMean', ['p'], { axes: [2], keepdims: 0 }),
  ]),
];

const products: readonly OperatorCase[] = [
  ...(
    [
      [
        [2, 3],
        [3, 4],
      ],
      [
        [2, 3, 4],
        [2, 4, 5],
      ],
      [
        [2, 2, 3, 4],
        [1, 2, 4, 2],
      ],
      [
        [3, 4],
        [2, 4, 2],
      ],
      [[4], [2, 4, 3]],
      [[2, 3, 4], [4]],
      [[4], [4]],
    ] as const
  ).map(([a, b]) => chain(`MatMul of computed [${a}] and [${b}]`, { x: a, z: b }, {}, [node('MatMul', ['x', 'z'])])),
  one('MatMul', [2, 3, 4], { b: floats([2, 4, 3], 3) }),
  one('MatMul', [3, 4], { b: floats([4], 3) }),
  chain(
    'attention of two heads',
    { x: [1, 5, 12] },
    { w: floats([12, 12], 1), four: ints(1, 5, 2, 6), three: ints(1, 5, 12), scale: scalar(0.4) },
    [
      node('MatMul', ['x', 'w'], {}, ['m']),
      node('Reshape', ['m', 'four'], {}, ['h']),
      node('Transpose', ['h'], { perm: [0, 2, 1, 3] }, ['q']),
      node('Transpose', ['h'], { perm: [0, 2, 3, 1] }, ['k']),
      node('MatMul', ['q', 'k'], {}, ['p']),
      node('Mul', ['p', 'scale'], {}, ['s']),
      node('Softmax', ['s'], {}, ['a']),
      node('MatMul', ['a', 'q'], {}, ['o']),
      node('Transpose', ['o'], { perm: [0, 2, 1, 3] }, ['t']),
      node('Reshape', ['t', 'three']),
    ],
  ),
  chain('Gemm of computed matrices', { x: [3, 4], z: [5, 4] }, { c: floats([5], 2) }, [
    node('Gemm', ['x', 'z', 'c'], { transB: 1, alpha: float(0.5), beta: float(2) }),
  ]),
  chain('Gemm of computed matrices without C', { x: [4, 3], z: [4, 5] }, {}, [node('Gemm', ['x', 'z'], { transA: 1 })]),
];

const branchOf = (factor: number) => ({
  graph: { constants: { c: scalar(factor) }, nodes: [node('Mul', ['x', 'c'], {}, ['inner'])], outputs: ['inner'] },
});
const lstm = (directions: number, hidden: number, inputs: number): Constants => ({
  w: floats([directions, 4 * hidden, inputs], 1),
  r: floats([directions, 4 * hidden, hidden], 2),
  b: floats([directions, 8 * hidden], 3),
});
const steps = [3, 2, 4];
const others: readonly OperatorCase[] = [
  ...[true, false].map((condition) =>
    chain(`If ${condition}`, { x: image }, { c: flag(condition) }, [
      node('If', ['c'], { then_branch: branchOf(2), else_branch: branchOf(-3) }),
    ]),
  ),
  chain('If by a shape, in an If', { x: image }, { axis: number(1), four: number(4), yes: flag(true) }, [
    node('Shape', ['x'], {}, ['shape']),
    node('Gather', ['shape', 'axis'], {}, ['size']),
    node('If', ['yes'], {
      then_branch: {
        graph: {
          nodes: [
            node('Equal', ['size', 'four'], {}, ['same']),
            node('If', ['same'], { then_branch: branchOf(2), else_branch: branchOf(-3) }, ['o']),
          ],
          outputs: ['o'],
        },
      },
      else_branch: branchOf(1),
    }),
  ]),
  one('LSTM', steps, lstm(1, 3, 4), { hidden_size: 3 }),
  one('LSTM', steps, lstm(1, 3, 4), { hidden_size: 3, direction: 'reverse' }),
  one('LSTM', steps, lstm(2, 3, 4), { hidden_size: 3, direction: 'bidirectional' }),
  chain('the last states of an LSTM, from given ones', { x: steps, h: [1, 2, 3], c: [1, 2, 3] }, lstm(1, 3, 4), [
    node('LSTM', ['x', 'w', 'r', 'b', '', 'h', 'c'], { hidden_size: 3 }, ['all', 'lh', 'lc']),
    node('Sub', ['lh', 'lc']),
  ]),
];

export const operatorCases: readonly OperatorCase[] = [
  ...functions,
  ...patterns,
  ...comparisons,
  ...reductions,
  ...normalizations,
  ...positions,
  ...movement,
  ...lines,
  ...products,
  ...others,
];

/** Elements of every input, in ONNX's order, by name. */
export function inputsOf({ inputs }: OperatorCase): Map<string, { shape: readonly number[]; data: Float32Array }> {
  const entries = Object.entries(inputs).map(([name, shape], i) => [name, toFile(random(shape as number[], i + 50))] as const);
  return new Map(entries.map(([name, { shape, data }]) => [name, { shape, data: data as Float32Array }]));
}
