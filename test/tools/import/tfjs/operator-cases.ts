// Owns one small graph model per operator, with constants and inputs drawn by seed.
import { type Attribute, elements, floats, type GraphNode, graphFile, ints, random, type Tensor } from './file';
import type { Case } from './layer-cases';

interface OperatorCase {
  readonly attributes?: Readonly<Record<string, Attribute>>;
  /** Shapes of the inputs; default: one image of 1 x 6 x 5 x 4. */
  readonly inputs?: readonly (readonly number[])[];
  /** Operands after the inputs. */
  readonly constants?: readonly Tensor[];
  /** The constants come before the inputs. */
  readonly isTurned?: boolean;
  /** Inputs are made positive. */
  readonly isPositive?: boolean;
  /** Which results are outputs; default: the first. */
  readonly results?: readonly number[];
  /** CAST of a bool or int32 result, which outputs of floats need. */
  readonly isCast?: boolean;
  /** See Case. */
  readonly expected?: (inputs: readonly Tensor[]) => ArrayLike<number>[];
}

const image = [1, 6, 5, 4];

function operatorCase(op: string, options: OperatorCase, index: number): Case {
  const { attributes = {}, inputs = [image], constants = [], isTurned, isPositive, results = [0], isCast, expected } = options;
  const names = inputs.map((_, i) => `in${i}`);
  const held = Object.fromEntries(constants.map((constant, i) => [`c${i}`, constant]));
  const operands = isTurned ? [...Object.keys(held), ...names] : [...names, ...Object.keys(held)];
  const node: GraphNode = { op, name: 'node', inputs: operands, attributes };
  const references = results.map((result) => (result === 0 ? 'node' : `node:${result}`));
  const casts: GraphNode[] = references.map((from, i) => ({
    op: 'Cast',
    name: `cast${i}`,
    inputs: [from],
    attributes: { DstT: { type: 'DT_FLOAT' } },
  }));
  const file = graphFile({
    inputs: Object.fromEntries(inputs.map((shape, i) => [names[i], shape])),
    constants: held,
    nodes: isCast ? [node, ...casts] : [node],
    outputs: isCast ? casts.map(({ name }) => name) : references,
  });
  const drawn = inputs.map((shape, i) => random(shape, 1000 + 10 * index + i));
  const list = Object.entries(attributes).map(([key, value]) => `${key} ${JSON.stringify(value)}`);
  return {
    title: [
      op,
      ...inputs.map((shape) => `[${shape}]`),
      ...list,
      ...constants.map(({ data, dtype }) => (dtype ? `(${Array.from(data)})` : '')),
    ]
      .filter(Boolean)
      .join(', '),
    file,
    inputs: isPositive
      ? drawn.map(({ shape, data }) =>
          floats(
            Array.from(data, (x) => Math.abs(x) + 0.1),
            shape,
          ),
        )
      : drawn,
    expected: expected && (() => expected(drawn)),
  };
}

const window = (padding: string, more: Readonly<Record<string, Attribute>> = {}) => ({
  strides: { ints: [1, 2, 1, 1] },
  dilations: { ints: [1, 1, 1, 1] },
  padding,
  data_format: 'NHWC',
  ...more,
});
const slice = (begin: number[], end: number[], strides: number[]): Tensor[] => [ints(begin), ints(end), ints(strides)];
const masks = (begin_mask: number, end_mask: number, shrink_axis_mask = 0, new_axis_mask = 0, ellipsis_mask = 0) => ({
  begin_mask,
  end_mask,
  shrink_axis_mask,
  new_axis_mask,
  ellipsis_mask,
});
const kernel = random([3, 2, 4, 3], 1);
const bias = random([3], 2);
const deep = random([3, 2, 4, 2], 3);
const variance = floats([0.5, 1, 2, 3]);
const normal = [random([4], 4), random([4], 5), random([4], 6), variance];
const two = [image, image];

/** SPACE_TO_DEPTH by definition: blocks of 2 x 2 pixels become channels. */
const spaceToDepth = ([x]: readonly Tensor[]): ArrayLike<number>[] => {
  const [rows, columns, channels] = [2, 3, 2];
  return [
    Array.from({ length: elements(x.shape) }, (_, i) => {
      const c = i % (4 * channels);
      const block = Math.floor(c / channels);
      const [h, w] = [
        2 * Math.floor(i / (4 * channels * columns)) + (block >> 1),
        2 * (Math.floor(i / (4 * channels)) % columns) + (block & 1),
      ];
      return h < 2 * rows ? x.data[(h * 2 * columns + w) * channels + (c % channels)] : Number.NaN;
    }),
  ];
};

const cases: readonly (readonly [op: string, options: OperatorCase])[] = [
  ...[
    'Abs',
    'Ceil',
    'Cos',
    'Elu',
    'Exp',
    'Expm1',
    'Floor',
    'Identity',
    'LogSoftmax',
    'Neg',
    'Relu',
    'Relu6',
    'Round',
    'Selu',
    'Sigmoid',
    'Sign',
    'Sin',
    'Softmax',
    'Softplus',
    'Square',
    'StopGradient',
    'Tanh',
    'ZerosLike',
    'OnesLike',
  ].map((op) => [op, {}] as const),
  ...['Log', 'Log1p', 'Reciprocal', 'Rsqrt', 'Sqrt'].map((op) => [op, { isPositive: true }] as const),
  ...['Add', 'AddV2', 'Sub', 'Mul', 'Maximum', 'Minimum', 'SquaredDifference'].map((op) => [op, { inputs: two }] as const),
  ...['RealDiv', 'Pow', 'FloorMod', 'Div'].map((op) => [op, { inputs: two, isPositive: true }] as const),
  ['AddV2', { constants: [random([4], 7)] }],
  ['Sub', { constants: [random([5, 1], 8)], isTurned: true }],
  [
    'Mul',
    {
      inputs: [
        [1, 6, 5, 4],
        [5, 1],
      ],
    },
  ],
  ['AddN', { inputs: [image, image, image] }],
  ['DivNoNan', { inputs: [[1, 4]], constants: [floats([1, 0, -2, 0])] }],
  ['DivNoNan', { inputs: two }],
  ['LeakyRelu', { attributes: { alpha: { float: 0.3 } } }],
  ['Prelu', { constants: [random([4], 9)] }],
  ['ClipByValue', { constants: [floats([-0.5], []), floats([0.75], [])] }],
  ['BiasAdd', { constants: [random([4], 10)] }],
  ...['Greater', 'GreaterEqual', 'Less', 'LessEqual', 'Equal', 'NotEqual'].map((op) => [op, { inputs: two, isCast: true }] as const),
  ['Conv2D', { attributes: window('SAME'), constants: [kernel] }],
  ['Conv2D', { attributes: window('VALID', { dilations: { ints: [1, 2, 1, 1] }, strides: { ints: [1, 1, 1, 1] } }), constants: [kernel] }],
  ['Conv2D', { attributes: window('EXPLICIT', { explicit_paddings: { ints: [0, 0, 2, 1, 0, 1, 0, 0] } }), constants: [kernel] }],
  ['_FusedConv2D', { attributes: window('SAME', { fused_ops: { texts: ['BiasAdd', 'Relu6'] }, num_args: 1 }), constants: [kernel, bias] }],
  ['_FusedConv2D', { attributes: window('SAME', { fused_ops: { texts: ['BiasAdd'] }, num_args: 1 }), constants: [kernel, bias] }],
  [
    '_FusedConv2D',
    { attributes: window('SAME', { fused_ops: { texts: ['BiasAdd', 'Prelu'] }, num_args: 2 }), constants: [kernel, bias, random([3], 11)] },
  ],
  [
    '_FusedConv2D',
    {
      attributes: window('SAME', { fused_ops: { texts: ['BiasAdd', 'LeakyRelu'] }, num_args: 1, leakyrelu_alpha: { float: 0.1 } }),
      constants: [kernel, bias],
    },
  ],
  ['DepthwiseConv2dNative', { attributes: window('SAME', { strides: { ints: [1, 2, 2, 1] } }), constants: [deep] }],
  [
    'FusedDepthwiseConv2dNative',
    {
      attributes: window('VALID', {
        strides: { ints: [1, 1, 1, 1] },
        dilations: { ints: [1, 1, 1, 1] },
        fused_ops: { texts: ['BiasAdd', 'Relu'] },
        num_args: 1,
      }),
      constants: [deep, random([8], 12)],
    },
  ],
  ['MaxPool', { attributes: window('SAME', { ksize: { ints: [1, 3, 2, 1] } }) }],
  ['AvgPool', { attributes: window('SAME', { ksize: { ints: [1, 3, 2, 1] } }) }],
  ['MatMul', { inputs: [[3, 4]], constants: [random([4, 5], 13)] }],
  ['MatMul', { inputs: [[3, 4]], constants: [random([5, 4], 14)], attributes: { transpose_b: true } }],
  [
    'MatMul',
    {
      inputs: [
        [4, 3],
        [5, 4],
      ],
      attributes: { transpose_a: true, transpose_b: true },
    },
  ],
  [
    '_FusedMatMul',
    { inputs: [[3, 4]], constants: [random([4, 3], 15), bias], attributes: { fused_ops: { texts: ['BiasAdd', 'Sigmoid'] }, num_args: 1 } },
  ],
  [
    'BatchMatMulV2',
    {
      inputs: [
        [2, 3, 4],
        [2, 5, 4],
      ],
      attributes: { adj_x: false, adj_y: true },
    },
  ],
  ['FusedBatchNormV3', { constants: normal, attributes: { epsilon: { float: 0.01 }, is_training: false, data_format: 'NHWC' } }],
  ...['Mean', 'Sum', 'Max', 'Min', 'Prod'].flatMap((op) => [
    [op, { constants: [ints([1, 2])], attributes: { keep_dims: false } }] as const,
    [op, { constants: [ints([-1], [])], attributes: { keep_dims: true } }] as const,
  ]),
  ['ArgMax', { constants: [ints([-1], [])], isCast: true }],
  ['ArgMin', { constants: [ints([1], [])], isCast: true }],
  ['Cumsum', { constants: [ints([2], [])], attributes: { exclusive: true, reverse: false } }],
  ['Reshape', { constants: [ints([1, -1, 8])] }],
  ['Squeeze', { inputs: [[1, 3, 1, 2]], attributes: { squeeze_dims: { ints: [-2] } } }],
  ['Squeeze', { inputs: [[1, 3, 1, 2]] }],
  ['ExpandDims', { inputs: [[3, 2]], constants: [ints([-1], [])] }],
  ['Transpose', { constants: [ints([0, 3, 1, 2])] }],
  ['Pad', { constants: [ints([0, 0, 1, 2, 3, 0, 0, 0], [4, 2])] }],
  ['PadV2', { constants: [ints([0, 0, 1, 2, 3, 0, 0, 0], [4, 2]), floats([2.5], [])] }],
  ['MirrorPad', { constants: [ints([0, 0, 1, 2, 3, 0, 0, 0], [4, 2])], attributes: { mode: 'REFLECT' } }],
  ['MirrorPad', { constants: [ints([0, 0, 1, 2, 3, 0, 0, 0], [4, 2])], attributes: { mode: 'SYMMETRIC' } }],
  ['ConcatV2', { inputs: [image, [1, 6, 5, 2]], constants: [ints([-1], [])], attributes: { N: 2 } }],
  [
    'Pack',
    {
      inputs: [
        [3, 2],
        [3, 2],
      ],
      attributes: { axis: -1, N: 2 },
    },
  ],
  ['Unpack', { inputs: [[3, 2]], attributes: { axis: 1, num: 2 }, results: [0, 1] }],
  ['Split', { constants: [ints([3], [])], isTurned: true, attributes: { num_split: 2 }, results: [1, 0] }],
  ['SplitV', { constants: [ints([1, 3]), ints([-1], [])], attributes: { num_split: 2 }, results: [0, 1] }],
  ['Slice', { constants: [ints([0, 1, 2, 0]), ints([-1, 3, 2, 4])] }],
  ['StridedSlice', { constants: slice([0, 5, 0, 1], [1, 0, 9, 3], [1, -2, 2, 1]), attributes: masks(1, 1) }],
  ['StridedSlice', { constants: slice([0, 2], [0, 3], [1, 1]), attributes: masks(1, 1, 2) }],
  ['StridedSlice', { inputs: [[3, 4]], constants: slice([0, 0, 0], [0, 0, 2], [1, 1, 1]), attributes: masks(5, 1, 0, 2) }],
  ['Tile', { constants: [ints([1, 2, 1, 3])] }],
  ['BroadcastTo', { inputs: [[3, 1]], constants: [ints([2, 3, 4])] }],
  ['GatherV2', { constants: [ints([2, 0, 2]), ints([3], [])] }],
  ['GatherNd', { inputs: [[3, 4]], constants: [ints([0, 1, 2, 3], [2, 2])] }],
  ['ReverseV2', { constants: [ints([1])] }],
  ['SpaceToBatchND', { constants: [ints([2, 2]), ints([0, 0, 1, 0], [2, 2])] }],
  ['BatchToSpaceND', { inputs: [[4, 3, 3, 2]], constants: [ints([2, 2]), ints([0, 1, 1, 0], [2, 2])] }],
  ['DepthToSpace', { attributes: { block_size: 2, data_format: 'NHWC' } }],
  ['SpaceToDepth', { inputs: [[1, 4, 6, 2]], attributes: { block_size: 2, data_format: 'NHWC' }, expected: spaceToDepth }],
  ...[masks(0, 0), { align_corners: true }, { half_pixel_centers: true }].flatMap((attributes) => [
    ['ResizeBilinear', { constants: [ints([9, 7])], attributes: 'begin_mask' in attributes ? {} : attributes }] as const,
    ['ResizeNearestNeighbor', { constants: [ints([9, 7])], attributes: 'begin_mask' in attributes ? {} : attributes }] as const,
  ]),
  ...['Snapshot', 'IdentityN', 'PlaceholderWithDefault'].map((op) => [op, {}] as const),
  ['FloorDiv', { inputs: two, isPositive: true }],
  [
    'Conv2DBackpropInput',
    {
      constants: [ints([1, 12, 10, 3]), random([3, 2, 3, 4], 16)],
      isTurned: true,
      attributes: { strides: { ints: [1, 2, 2, 1] }, padding: 'SAME', data_format: 'NHWC' },
    },
  ],
  ['Cast', { attributes: { DstT: { type: 'DT_INT32' } }, isCast: true }],
  ['Shape', { isCast: true }],
  ['Rank', { isCast: true }],
  ['Size', { isCast: true }],
];

const toFloat = { DstT: { type: 'DT_FLOAT' } };
const positive = (name: string, input: string): GraphNode => ({ op: 'Greater', name, inputs: [input, 'zero'] });
/** `name` of bools as 0 and 1. */
const asFloat = (name: string): GraphNode => ({ op: 'Cast', name: 'out', inputs: [name], attributes: toFloat });
const axis = { axis: ints([1]) };

/** Operators on what other operators give: bools, and constants that operators make. */
const chains: readonly (readonly [title: string, nodes: readonly GraphNode[], constants: Readonly<Record<string, Tensor>>])[] = [
  ...['LogicalAnd', 'LogicalOr'].map(
    (op) => [op, [positive('a', 'in0'), positive('b', 'in1'), { op, name: 'c', inputs: ['a', 'b'] }, asFloat('c')], {}] as const,
  ),
  ['LogicalNot', [positive('a', 'in0'), { op: 'LogicalNot', name: 'c', inputs: ['a'] }, asFloat('c')], {}],
  ...['All', 'Any'].map((op) => [op, [positive('a', 'in0'), { op, name: 'c', inputs: ['a', 'axis'] }, asFloat('c')], axis] as const),
  ...['Select', 'SelectV2'].map((op) => [op, [positive('a', 'in0'), { op, name: 'out', inputs: ['a', 'in0', 'in1'] }], {}] as const),
  [
    'Fill',
    [
      { op: 'Fill', name: 'f', inputs: ['dims', 'element'] },
      { op: 'AddV2', name: 'out', inputs: ['in0', 'f'] },
    ],
    { dims: ints([2, 1]), element: floats([3], []) },
  ],
  [
    'Range',
    [
      { op: 'Range', name: 'r', inputs: ['from', 'to', 'by'] },
      { op: 'AddV2', name: 'out', inputs: ['in0', 'r'] },
    ],
    { from: floats([1], []), to: floats([6], []), by: floats([2], []) },
  ],
  [
    'OneHot',
    [
      { op: 'OneHot', name: 'h', inputs: ['indices', 'depth', 'on', 'off'], attributes: { axis: -1 } },
      { op: 'Mul', name: 'out', inputs: ['in0', 'h'] },
    ],
    { indices: ints([2, 0]), depth: ints([3], []), on: floats([5], []), off: floats([-1], []) },
  ],
  [
    'Reshape, to a shape that Shape, StridedSlice, Pack and Mul compute',
    [
      { op: 'Shape', name: 's', inputs: ['in0'] },
      { op: 'StridedSlice', name: 'n', inputs: ['s', 'c0', 'c1', 'c1'], attributes: { shrink_axis_mask: 1 } },
      { op: 'Mul', name: 'm', inputs: ['n', 'three'] },
      { op: 'Pack', name: 'p', inputs: ['m', 'one'], attributes: { axis: 0, N: 2 } },
      { op: 'Reshape', name: 'out', inputs: ['in0', 'p'] },
    ],
    { c0: ints([0]), c1: ints([1]), three: ints([3], []), one: ints([1], []) },
  ],
];

/** Inputs in0 and in1 of 2 x 3. */
function chainCase([title, nodes, constants]: (typeof chains)[number]): Case {
  const inputs = { in0: [2, 3], in1: [2, 3] };
  const used = Object.keys(inputs).filter((name) => nodes.some((node) => node.inputs.includes(name)));
  const file = graphFile({
    inputs: Object.fromEntries(used.map((name) => [name, [2, 3]])),
    constants: { zero: floats([0], []), ...constants },
    nodes,
    outputs: ['out'],
  });
  return { title, file, inputs: used.map((_, i) => random([2, 3], 70 + i)) };
}

/** Every operator of the table, and its options. */
export const operatorCases: readonly Case[] = [
  ...cases.map(([op, options], i) => operatorCase(op, options, i + 1)),
  ...chains.map(chainCase),
];
