// Tests that validation refuses each kind of bad graph, every case by one change to a graph that validates.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ModelError } from '../../src/errors';
import type { DType, Graph, Node, OperatorAttributes, OperatorType, Quantization, Value } from '../../src/graph/graph';
import { validate } from '../../src/graph/validate';
import { evaluate } from '../../src/reference/run';
import { convolution, detectionOptions, GraphBuilder, perChannel, quantized, window } from '../support/build';
import { accepts, refuses, single } from '../support/refuse';

/** int8 CONV_2D, input [1,4,4,2] scale 0.5, filter [3,3,3,2] per channel, bias [3], output scale 0.25. */
function conv(dtype: 'int8' | 'uint8' = 'int8'): Graph {
  const builder = new GraphBuilder();
  const data = builder.input(dtype, [1, 4, 4, 2], quantized(0.5, 3));
  const filter = builder.constant(dtype, [3, 3, 3, 2], [1, 2, 3], dtype === 'int8' ? perChannel([0.5, 0.25, 1], 0) : quantized(0.5, 9));
  const bias = builder.constant('int32', [3], [5], dtype === 'int8' ? perChannel([0.25, 0.125, 0.5], 0) : quantized(0.25));
  return builder.outputs(...builder.node('CONV_2D', convolution, [data, filter, bias], { dtype, quantization: quantized(0.25) }));
}

const none = { activation: 'NONE' } as const;
const add = single(
  'ADD',
  none,
  'int8',
  [
    [[2, 3], quantized(0.5)],
    [[2, 3], quantized(0.5)],
  ],
  quantized(1),
);
const relu = single('RELU', {}, 'float32', [[[2, 3]]]);
const first = (graph: Graph): Node => graph.nodes[0];
const attributes = (graph: Graph) => first(graph).attributes as Record<string, unknown>;

// Structure.
refuses('two values with one id', 'bad-graph', relu, (g) => g.values.push({ ...g.values[0] }));
refuses('two nodes with one id', 'bad-graph', relu, (g) => g.nodes.push({ ...first(g), outputs: [{ ...g.values[1] }] } as Node));
refuses('an unknown operator', 'unsupported-operator', relu, (g) => Object.assign(first(g), { type: 'toString' }));
refuses('too few inputs', 'bad-graph', add, (g) => first(g).inputs.pop());
refuses('too many inputs', 'bad-graph', add, (g) => first(g).inputs.push(g.values[0]));
refuses('no outputs', 'bad-graph', relu, (g) => first(g).outputs.pop());
refuses('too many outputs', 'bad-graph', relu, (g) => first(g).outputs.push(g.values[0]));
refuses('a required input left out', 'bad-graph', add, (g) => first(g).inputs.splice(1, 1, undefined));
refuses('a value that nothing provides', 'bad-graph', relu, (g) => void g.inputs.pop());
refuses('a value outside the graph', 'bad-graph', relu, (g) => void g.values.shift());
refuses('a node that reads its own output', 'bad-graph', relu, (g) => first(g).inputs.splice(0, 1, first(g).outputs[0]));
refuses('an output that is the input', 'bad-graph', relu, (g) => first(g).outputs.splice(0, 1, g.values[0]));
refuses('an output that is a constant', 'bad-graph', relu, (g) => Object.assign(g.values[1], { data: new Float32Array(1) }));
refuses('an output written twice', 'bad-graph', relu, (g) => g.nodes.push({ ...first(g), id: 9 } as Node));
refuses('a graph input that is a constant', 'bad-graph', relu, (g) => Object.assign(g.values[0], { data: new Float32Array(6) }));
refuses('a graph input given twice', 'bad-graph', relu, (g) => g.inputs.push(g.values[0]));
refuses('a graph output that nothing provides', 'bad-graph', relu, (g) => void g.nodes.pop());
refuses('a signature on a foreign value', 'bad-graph', relu, (g) => {
  g.signatures.push({ key: 'k', inputs: [{ name: 'n', value: { ...g.values[0] } }], outputs: [] });
});
test('nodes out of order -> bad-graph', () => {
  const builder = new GraphBuilder();
  const [middle] = builder.node('RELU', {}, [builder.input('float32', [1])], { dtype: 'float32' });
  const graph = builder.outputs(...builder.node('RELU', {}, [middle], { dtype: 'float32' }));
  validate(graph, { evaluate });
  graph.nodes.reverse();
  assert.throws(
    () => validate(graph, { evaluate }),
    (error: unknown) => error instanceof ModelError && error.code === 'bad-graph',
  );
});
refuses('a constant shorter than its shape', 'bad-shape', conv, (g) => Object.assign(g.values[1], { data: new Int8Array(53) }));
refuses('a constant in the wrong kind of array', 'bad-dtype', conv, (g) => Object.assign(g.values[1], { data: new Uint8Array(54) }));
refuses('a constant of rank 7', 'bad-shape', conv, (g) => Object.assign(g.values[1], { shape: [1, 1, 1, 3, 3, 3, 2] }));
refuses('weights from a graph input', 'unsupported-feature', conv, (g) => {
  g.values[1].data = undefined;
  g.inputs.push(g.values[1]);
});
refuses('batch 0', 'bad-argument', relu, undefined, 0);
refuses('batch 1.5', 'bad-argument', relu, undefined, 1.5);

// Dtypes.
refuses('int8 input with a uint8 filter', 'bad-dtype', conv, (g) =>
  Object.assign(g.values[1], { dtype: 'uint8', data: new Uint8Array(54), quantization: quantized(1) }),
);
refuses('a float32 bias of an int8 convolution', 'bad-dtype', conv, (g) =>
  Object.assign(g.values[2], { dtype: 'float32', data: new Float32Array(3) }),
);
refuses('ADD of int8 and uint8', 'bad-dtype', add, (g) => Object.assign(g.values[1], { dtype: 'uint8' }));
refuses('a float16 graph input', 'bad-dtype', single('RELU', {}, 'float16', [[[2]]]));
refuses('DEQUANTIZE of a float16 graph input', 'bad-dtype', () => {
  const builder = new GraphBuilder();
  return builder.outputs(...builder.node('DEQUANTIZE', {}, [builder.input('float16', [2])], { dtype: 'float32' }));
});
refuses('SHAPE with an option that contradicts its output', 'bad-dtype', () => {
  const builder = new GraphBuilder();
  return builder.outputs(...builder.node('SHAPE', { outType: 'int64' }, [builder.input('float32', [2])], { dtype: 'int32' }));
});
refuses('int64 ADD with an activation', 'unsupported-feature', single('ADD', { activation: 'RELU' }, 'int64', [[[2]], [[2]]]));

// Options.
for (const name of ['strideH', 'strideW', 'dilationH', 'dilationW']) {
  for (const value of [0, -1, 1.5, 2 ** 31])
    refuses(`CONV_2D ${name} ${value}`, 'bad-option', conv, (g) => Object.assign(attributes(g), { [name]: value }));
}
refuses('fused TANH', 'bad-option', conv, (g) => Object.assign(attributes(g), { activation: 'TANH' }));
refuses('unknown padding', 'bad-option', conv, (g) => Object.assign(attributes(g), { padding: 'FULL' }));
refuses('negative explicit padding', 'bad-option', conv, (g) =>
  Object.assign(attributes(g), { padding: { top: -1, bottom: 0, left: 0, right: 0 } }),
);
const pool = { ...window, filterH: 2, filterW: 2 };
const poolOf = (more: object) => single('AVERAGE_POOL_2D', { ...pool, ...more }, 'float32', [[[1, 4, 4, 1]]]);
refuses('AVERAGE_POOL_2D of a 0 x 2 window', 'bad-option', poolOf({ filterH: 0 }));
refuses('a pool window without a pixel', 'bad-shape', poolOf({ padding: { top: 2, bottom: 0, left: 0, right: 0 } }));
refuses('a pool of 2^14 x 2^14', 'too-large', poolOf({ filterH: 2 ** 14, filterW: 2 ** 14, padding: 'SAME' }));
refuses('SOFTMAX with beta NaN', 'bad-option', single('SOFTMAX', { beta: Number.NaN }, 'float32', [[[2]]]));
refuses('LEAKY_RELU with infinite alpha', 'bad-option', single('LEAKY_RELU', { alpha: Number.POSITIVE_INFINITY }, 'float32', [[[2]]]));
refuses('SPACE_TO_DEPTH with block size 0', 'bad-option', single('SPACE_TO_DEPTH', { blockSize: 0 }, 'float32', [[[1, 2, 2, 1]]]));
refuses('CONCATENATION with an activation', 'bad-option', single('CONCATENATION', { axis: 0, activation: 'RELU' }, 'float32', [[[2]]]));
refuses('SQUEEZE of axis 0.5', 'bad-option', single('SQUEEZE', { squeezeDims: [0.5] }, 'float32', [[[1, 2]]]));
const bothFlags = { alignCorners: true, halfPixelCenters: true };
const resized = (b: GraphBuilder) => [b.ints(2, 2)];
refuses(
  'RESIZE_BILINEAR with both flags',
  'bad-option',
  single('RESIZE_BILINEAR', bothFlags, 'float32', [[[1, 2, 2, 1]]], undefined, resized),
);
accepts(
  'RESIZE_NEAREST_NEIGHBOR with both flags',
  single('RESIZE_NEAREST_NEIGHBOR', bothFlags, 'float32', [[[1, 2, 2, 1]]], undefined, resized),
);

// Quantization.
const requantize = (index: number, quantization?: Quantization) => (g: Graph) => Object.assign(g.values[index], { quantization });
for (const [index, role] of ['input', 'filter', undefined, 'output'].entries()) {
  if (role) refuses(`CONV_2D without quantization of its ${role}`, 'bad-quantization', conv, requantize(index));
}
refuses('a NaN scale', 'bad-quantization', add, (g) => requantize(0, quantized(Number.NaN))(g));
refuses('a zero scale', 'bad-quantization', add, (g) => requantize(0, quantized(0))(g));
refuses('an infinite scale', 'bad-quantization', add, (g) => requantize(0, quantized(Number.POSITIVE_INFINITY))(g));
refuses('a scale that is no float32', 'bad-quantization', add, (g) => requantize(0, { scale: [0.1], zeroPoint: [0], axis: 0 })(g));
refuses('zero point 128 of int8', 'bad-quantization', add, (g) => requantize(0, quantized(1, 128))(g));
refuses('two scales and one zero point', 'bad-quantization', add, (g) => requantize(0, { scale: [1, 1], zeroPoint: [0], axis: 0 })(g));
refuses('no scales', 'bad-quantization', add, (g) => requantize(0, { scale: [], zeroPoint: [], axis: 0 })(g));
refuses('per-channel ADD', 'bad-quantization', add, (g) => requantize(0, perChannel([1, 1, 1], 1))(g));
refuses('a filter per channel along axis 3', 'bad-quantization', conv, (g) => requantize(1, perChannel([1, 1], 3))(g));
refuses('a filter with 2 scales for 3 channels', 'bad-quantization', conv, (g) => requantize(1, perChannel([1, 1], 0))(g));
const convU8 = () => conv('uint8');
refuses('a uint8 filter per channel', 'bad-quantization', convU8, (g) => requantize(1, perChannel([0.5, 0.5, 0.5], 0))(g));
refuses('a uint8 bias whose scale is not input times filter', 'bad-quantization', convU8, (g) => requantize(2, quantized(0.26))(g));
refuses('a bias with zero point 1', 'bad-quantization', conv, (g) => requantize(2, quantized(0.25, 1))(g));
accepts('an int8 bias of another scale', () => {
  const graph = conv();
  requantize(2, quantized(9))(graph);
  return graph;
});
accepts('a bias with one scale along an axis that it has not', () => {
  const graph = conv();
  requantize(2, { scale: [1], zeroPoint: [0], axis: 3 })(graph);
  return graph;
});
accepts('a convolution without bias', () => {
  const graph = conv();
  graph.nodes[0].inputs[2] = undefined;
  return graph;
});
refuses('a convolution whose scales differ by 2^40', 'bad-quantization', conv, (g) => requantize(3, quantized(2 ** -40))(g));
const pair = (a: number, b: number): [number[], Quantization][] => [
  [[2], quantized(a)],
  [[2], quantized(b)],
];
refuses('ADD to a scale 2^-19 of its input', 'unsupported-feature', single('ADD', none, 'int8', pair(1, 1), quantized(2 ** -19)));
accepts('ADD to a scale 2^-18 of its input', single('ADD', none, 'int8', pair(1, 1), quantized(2 ** -18)));
refuses('SUB to a scale 2^-19 of its input', 'unsupported-feature', single('SUB', none, 'uint8', pair(1, 1), quantized(2 ** -19)));
refuses('MUL that overflows float32', 'bad-quantization', single('MUL', none, 'int8', pair(1e30, 1e30), quantized(1)));
refuses('MUL by 2^31', 'bad-quantization', single('MUL', none, 'int8', pair(2 ** 15, 2 ** 16), quantized(1)));
refuses('DIV by 2^-31', 'bad-quantization', single('DIV', none, 'uint8', pair(1, 2 ** -31), quantized(1)));
const unary = <T extends OperatorType>(type: T, a: OperatorAttributes[T], dtype: DType, from: Quantization, to: Quantization) =>
  single(type, a, dtype, [[[2], from]], to);
refuses('int8 SOFTMAX to scale 1/255', 'bad-quantization', unary('SOFTMAX', { beta: 1 }, 'int8', quantized(1), quantized(1 / 255, -128)));
refuses('int8 SOFTMAX to zero point 0', 'bad-quantization', unary('SOFTMAX', { beta: 1 }, 'int8', quantized(1), quantized(1 / 256)));
accepts('uint8 SOFTMAX to scale 1/255', unary('SOFTMAX', { beta: 1 }, 'uint8', quantized(1), quantized(1 / 255)));
refuses(
  'SOFTMAX with beta * scale of 2^-26',
  'unsupported-feature',
  unary('SOFTMAX', { beta: 2 ** -13 }, 'uint8', quantized(2 ** -13), quantized(1 / 256)),
);
refuses('LOGISTIC to scale 1/255', 'bad-quantization', unary('LOGISTIC', {}, 'uint8', quantized(1), quantized(1 / 255)));
refuses('TANH to a scale without inverse', 'bad-quantization', unary('TANH', {}, 'int8', quantized(1), quantized(1e-45)));
refuses(
  'HARD_SWISH to a scale 1/128 of its input',
  'unsupported-feature',
  unary('HARD_SWISH', {}, 'int8', quantized(1), quantized(1 / 128)),
);
refuses('HARD_SWISH of scale 2^11', 'bad-quantization', unary('HARD_SWISH', {}, 'int8', quantized(2 ** 11), quantized(2 ** 11)));
refuses('L2_NORMALIZATION to scale 1/127', 'bad-quantization', unary('L2_NORMALIZATION', none, 'int8', quantized(1), quantized(1 / 127)));
refuses(
  'uint8 L2_NORMALIZATION to zero point 0',
  'bad-quantization',
  unary('L2_NORMALIZATION', none, 'uint8', quantized(1), quantized(1 / 128)),
);
refuses('RELU by 2^31', 'bad-quantization', unary('RELU', {}, 'int8', quantized(2 ** 31), quantized(1)));
refuses('LEAKY_RELU with a slope of 2^31', 'bad-quantization', unary('LEAKY_RELU', { alpha: 2 ** 31 }, 'int8', quantized(1), quantized(1)));
refuses('PRELU with a slope scale of 2^31', 'bad-quantization', single('PRELU', {}, 'int8', pair(1, 2 ** 31), quantized(1)));
const joined = (dtype: DType, a: Quantization, b: Quantization, to: Quantization) =>
  single(
    'CONCATENATION',
    { axis: 0, ...none },
    dtype,
    [
      [[2], a],
      [[2], b],
    ],
    to,
  );
refuses('int8 CONCATENATION of two scales', 'bad-quantization', joined('int8', quantized(1), quantized(2), quantized(1)));
refuses('int8 CONCATENATION of two zero points', 'bad-quantization', joined('int8', quantized(1), quantized(1, 1), quantized(1)));
accepts('uint8 CONCATENATION of two scales', joined('uint8', quantized(1), quantized(2, 3), quantized(1)));
const packed = { axis: 0, valuesCount: 2 };
refuses(
  'PACK of two zero points',
  'bad-quantization',
  single(
    'PACK',
    packed,
    'int8',
    [
      [[2], quantized(1)],
      [[2], quantized(1, 4)],
    ],
    quantized(1),
  ),
);
const twice = (b: GraphBuilder) => [b.constant('int32', [1, 2], [1, 1])];
const mirror = (shape: number[], mode: 'REFLECT' | 'SYMMETRIC', to: Quantization) =>
  single('MIRROR_PAD', { mode }, 'int8', [[shape, quantized(1)]], to, twice);
refuses('MIRROR_PAD that moves the zero point', 'bad-quantization', mirror([2], 'REFLECT', quantized(1, 1)));
refuses('MIRROR_PAD REFLECT by 1 of 1 element', 'bad-shape', mirror([1], 'REFLECT', quantized(1)));
accepts('MIRROR_PAD SYMMETRIC by 1 of 1 element', mirror([1], 'SYMMETRIC', quantized(1)));
const fill = (shape: number[], zeroPoint: number) => (b: GraphBuilder) => [
  ...twice(b),
  b.constant('int8', shape, [1], quantized(1, zeroPoint)),
];
refuses(
  'PADV2 with a fill of another zero point',
  'bad-quantization',
  single('PADV2', {}, 'int8', [[[2], quantized(1)]], quantized(1), fill([], 1)),
);
refuses('PADV2 with two fills', 'bad-shape', single('PADV2', {}, 'int8', [[[2], quantized(1)]], quantized(1), fill([2], 0)));

// Geometry.
const reshapeTo = (shape: number[], data: number) => (g: Graph) =>
  Object.assign(g.values[data], { shape, data: new Int32Array(shape.reduce((a, b) => a * b, 1)), quantization: undefined });
refuses('a bias of 4 for 3 channels', 'bad-shape', conv, (g) => reshapeTo([4], 2)(g));
refuses('a filter of 3 channels for an input of 2', 'bad-shape', conv, (g) => Object.assign(g.values[1], { shape: [3, 3, 2, 3] }));
const grouped = (outputs: number) =>
  single('CONV_2D', convolution, 'float32', [[[1, 4, 4, 2]]], undefined, (b) => [b.constant('float32', [outputs, 3, 3, 1], [1])]);
accepts('2 groups for 4 outputs', grouped(4));
refuses('2 groups for 3 outputs', 'bad-shape', grouped(3));
refuses('a graph input without elements', 'bad-shape', relu, (g) => Object.assign(g.values[0], { shape: [0, 3] }));
refuses(
  'SLICE of nothing',
  'bad-shape',
  single('SLICE', {}, 'float32', [[[2]]], undefined, (b) => [b.ints(0), b.ints(0)]),
);
accepts(
  'an empty list of shape arithmetic',
  single('SLICE', {}, 'int32', [[[2]]], undefined, (b) => [b.ints(0), b.ints(0)]),
);
refuses(
  'a batch that an output does not follow',
  'bad-shape',
  single('SLICE', {}, 'float32', [[[1, 2]]], undefined, (b) => [b.ints(0, 0), b.ints(1, 2)]),
  undefined,
  2,
);
const big = single('CONV_2D', convolution, 'float32', [[[1, 3000, 3000, 64]]], undefined, (b) => [
  b.constant('float32', [64, 7, 7, 64], [1]),
]);
refuses('1.8e12 multiply-adds', 'too-large', big);

const weights = (type: 'DEPTHWISE_CONV_2D' | 'TRANSPOSE_CONV' | 'FULLY_CONNECTED', filter: number[], bias: number) => () => {
  const builder = new GraphBuilder();
  const data = builder.input('float32', [1, 4, 4, 2]);
  const shared = [builder.constant('float32', filter, [1]), builder.constant('float32', [bias], [1])];
  const result = { dtype: 'float32' } as const;
  const outputs =
    type === 'DEPTHWISE_CONV_2D'
      ? builder.node(type, { ...convolution, depthMultiplier: 1 }, [data, ...shared], result)
      : type === 'TRANSPOSE_CONV'
        ? builder.node(type, window, [builder.ints(1, 6, 6, 3), shared[0], data, shared[1]], result)
        : builder.node(type, { ...none, keepNumDims: false }, [data, ...shared], result);
  return builder.outputs(...outputs);
};
accepts('DEPTHWISE_CONV_2D', weights('DEPTHWISE_CONV_2D', [1, 3, 3, 4], 4));
refuses('a depthwise filter of 3 channels for 2', 'bad-shape', weights('DEPTHWISE_CONV_2D', [1, 3, 3, 3], 3));
refuses('a depthwise filter [2, ...]', 'bad-shape', weights('DEPTHWISE_CONV_2D', [2, 3, 3, 4], 4));
refuses('a depthwise bias of 3 for 4', 'bad-shape', weights('DEPTHWISE_CONV_2D', [1, 3, 3, 4], 3));
accepts('TRANSPOSE_CONV', weights('TRANSPOSE_CONV', [3, 3, 3, 2], 3));
refuses('TRANSPOSE_CONV to 3 channels with a filter for 4', 'bad-shape', weights('TRANSPOSE_CONV', [4, 3, 3, 2], 4));
refuses('TRANSPOSE_CONV with a bias of 2 for 3', 'bad-shape', weights('TRANSPOSE_CONV', [3, 3, 3, 2], 2));
accepts('FULLY_CONNECTED', weights('FULLY_CONNECTED', [5, 32], 5));
refuses('FULLY_CONNECTED with a bias of 4 for 5', 'bad-shape', weights('FULLY_CONNECTED', [5, 32], 4));

/** Detection with boxes [1,5,4], scores [1,5,3], anchors [5,4]; `more` overrides the options. */
const detection =
  (
    more: object,
    shapes: number[][] = [
      [1, 5, 4],
      [1, 5, 3],
      [5, 4],
    ],
  ) =>
  () => {
    const builder = new GraphBuilder();
    const inputs = shapes.map((shape) => builder.input('float32', shape));
    const options = { ...detectionOptions, ...more };
    const result = { dtype: 'float32' } as const;
    return builder.outputs(...builder.node('TFLite_Detection_PostProcess', options, inputs, result, result, result, result));
  };
accepts('detection', detection({}));
accepts('detection without background', detection({ numClasses: 3 }));
refuses('detection of 1 class with 3 scores', 'bad-shape', detection({ numClasses: 1 }));
refuses(
  'detection with 4 anchors for 5 boxes',
  'bad-shape',
  detection({}, [
    [1, 5, 4],
    [1, 5, 3],
    [4, 4],
  ]),
);
refuses(
  'detection of two images',
  'bad-shape',
  detection({}, [
    [2, 5, 4],
    [2, 5, 3],
    [5, 4],
  ]),
);
for (const [option, value] of [
  ['nmsIouThreshold', 0],
  ['nmsIouThreshold', 1.1],
  ['nmsIouThreshold', Number.NaN],
  ['yScale', 0],
  ['hScale', Number.NaN],
  ['maxDetections', 0],
  ['numClasses', 0],
  ['detectionsPerClass', 0],
] as const) {
  refuses(`detection with ${option} ${value}`, 'bad-option', detection({ [option]: value }));
}
refuses('detection with 2^21 slots', 'too-large', detection({ maxDetections: 2 ** 20, maxClassesPerDetection: 2 }));

test('an error names the node and the tensor', () => {
  const graph = conv();
  requantize(0)(graph);
  try {
    validate(graph, { evaluate });
    assert.unreachable();
  } catch (error) {
    assert.is((error as ModelError).message, "CONV_2D #0: tensor 0 't0' has no scale and zero point; quantize the model or use float32");
  }
});

test('a dtype mismatch says in words what the operator takes, and names the entry that runs hybrid layers', () => {
  const messageOf = (graph: Graph): string => {
    try {
      validate(graph, { evaluate });
    } catch (error) {
      return (error as ModelError).message;
    }
    return 'it validated';
  };
  const one = (type: 'RELU' | 'PAD' | 'FULLY_CONNECTED', inputs: (b: GraphBuilder) => Value[], dtype: DType) => {
    const b = new GraphBuilder();
    const attributes = { activation: 'NONE', keepNumDims: false };
    return messageOf(b.outputs(...b.node(type, attributes as never, inputs(b), { dtype, quantization: quantized(1) })));
  };
  assert.is(
    one('PAD', (b) => [b.input('float32', [2]), b.input('float32', [1, 2])], 'float32'),
    'PAD #0: it does not take float32, float32 to float32; it takes float32/int32/int64/uint8/int8/int16/bool, int32/int64 to the same',
  );
  assert.is(
    one('RELU', (b) => [b.input('int32', [2])], 'int32'),
    'RELU #0: it does not take int32 to int32; it takes float32/uint8/int8/int16 to the same',
  );
  assert.match(
    one('FULLY_CONNECTED', (b) => [b.input('float32', [1, 2]), b.constant('int8', [3, 2], [1], quantized(1))], 'float32'),
    /^FULLY_CONNECTED #0: float32 with 8-bit weights, a hybrid layer, runs through the entry zeropoint\/float; it does not take float32, int8 to/,
  );
});

test.run();
