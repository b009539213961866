// Tests the float core's convolutions against the reference kernels over grids of shapes and options.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { loadSync as loadFloatModel } from '../../src/float';
import { validate } from '../../src/graph/validate';
import { coreBackend } from '../../src/plan/lower';
import { floatBackend } from '../../src/plan/lower-float';
import { makePlan } from '../../src/plan/plan';
import { evaluate } from '../../src/reference/run';
import { Random } from '../support/random';
import { scratch } from '../support/scratch';
import { checkGraph } from './check';
import { activations, FloatBuilder, paddings, testGrid, windowFits } from './grid';

/** Of one element: it makes an image of its input. */
const onePixel = { padding: 'VALID', strideH: 1, strideW: 1, filterH: 1, filterW: 1, activation: 'NONE' } as const;

testGrid(
  'CONV_2D',
  {
    height: [1, 2, 5, 8],
    width: [1, 3, 4, 7, 9],
    channels: [1, 3, 4, 8, 12, 16],
    outputs: [1, 5, 8, 16, 19, 40],
    filterH: [1, 2, 3, 5],
    filterW: [1, 3, 4],
    stride: [1, 2, 3],
    dilationH: [1, 2],
    dilationW: [1, 2],
    padding: paddings,
    activation: activations,
    bias: [true, false],
    batch: [1, 2, 3],
    /** A core kernel's result has padding lanes, here with 0 / 0; a graph input may have none. */
    behindDiv: [true, false],
  },
  0,
  (c) => {
    if (!windowFits(c.height, c.filterH, c.dilationH, c.padding) || !windowFits(c.width, c.filterW, c.dilationW, c.padding)) return;
    const b = new FloatBuilder();
    const input = b.input4(c.batch, c.height, c.width, c.channels);
    const x = c.behindDiv ? b.float('DIV', { activation: 'NONE' }, [input, b.floats(c.channels)]) : input;
    const weights = b.floats(c.outputs, c.filterH, c.filterW, c.channels);
    const { padding, stride, activation, dilationH, dilationW } = c;
    const attributes = { padding, strideH: stride, strideW: stride, dilationH, dilationW, activation };
    const inputs = c.bias ? [x, weights, b.floats(c.outputs)] : [x, weights];
    return b.outputs(b.float('CONV_2D', attributes, inputs));
  },
);

testGrid(
  'CONV_2D with groups',
  { groups: [2, 3, 5], groupChannels: [1, 3, 4, 8], groupOutputs: [1, 2, 3, 8, 11], filter: [1, 3], width: [1, 5], padding: paddings },
  0,
  (c) => {
    if (!windowFits(c.width, c.filter, 1, c.padding)) return;
    const b = new FloatBuilder();
    const x = b.input4(1, 4, c.width, c.groups * c.groupChannels);
    const outputs = c.groups * c.groupOutputs;
    const attributes = { padding: c.padding, strideH: 1, strideW: 1, dilationH: 1, dilationW: 1, activation: 'NONE' } as const;
    const inputs = [x, b.floats(outputs, c.filter, c.filter, c.groupChannels), b.floats(outputs)];
    return b.outputs(b.float('CONV_2D', attributes, inputs));
  },
);

testGrid(
  'DEPTHWISE_CONV_2D',
  {
    height: [1, 2, 5, 8],
    width: [1, 2, 3, 4, 5, 7, 9],
    channels: [1, 3, 8, 12, 16],
    multiplier: [1, 1, 2, 3, 8],
    filterH: [1, 3, 3, 5],
    filterW: [1, 3, 3, 4],
    strideH: [1, 2, 3],
    strideW: [1, 2, 3],
    dilation: [1, 1, 2],
    padding: paddings,
    activation: activations,
    bias: [true, false],
    batch: [1, 2],
  },
  0,
  (c) => {
    if (!windowFits(c.height, c.filterH, c.dilation, c.padding) || !windowFits(c.width, c.filterW, c.dilation, c.padding)) return;
    const b = new FloatBuilder();
    const x = b.input4(c.batch, c.height, c.width, c.channels);
    const outputs = c.channels * c.multiplier;
    const { padding, strideH, strideW, activation, dilation } = c;
    const attributes = { padding, strideH, strideW, dilationH: dilation, dilationW: dilation, activation, depthMultiplier: c.multiplier };
    const weights = b.floats(1, c.filterH, c.filterW, outputs);
    const inputs = c.bias ? [x, weights, b.floats(outputs)] : [x, weights];
    return b.outputs(b.float('DEPTHWISE_CONV_2D', attributes, inputs));
  },
);

/** The tiled microkernels, at every width around their tiles. */
testGrid(
  'DEPTHWISE_CONV_2D 3x3',
  {
    width: [3, 4, 5, 6, 7, 8, 9, 10, 11, 17],
    height: [3, 4],
    channels: [4, 8, 20],
    stride: [1, 2],
    padding: paddings,
    /** The output gets a border that nothing may write into. */
    reader: [true, false],
  },
  0,
  (c) => {
    const b = new FloatBuilder();
    const { padding, stride } = c;
    const common = {
      padding,
      strideH: stride,
      strideW: stride,
      dilationH: 1,
      dilationW: 1,
      activation: 'RELU6',
      depthMultiplier: 1,
    } as const;
    const inputs = [b.input4(1, c.height, c.width, c.channels), b.floats(1, 3, 3, c.channels), b.floats(c.channels)];
    const result = b.float('DEPTHWISE_CONV_2D', common, inputs);
    if (!c.reader) return b.outputs(result);
    const attributes = { padding: 'SAME', strideH: 1, strideW: 1, dilationH: 1, dilationW: 1, activation: 'NONE' } as const;
    return b.outputs(b.float('CONV_2D', attributes, [result, b.floats(4, 3, 3, c.channels)]));
  },
);

testGrid(
  'FULLY_CONNECTED',
  {
    batch: [1, 2, 5, 9],
    depth: [1, 3, 8, 33],
    outputs: [1, 7, 8, 20, 31, 48, 56, 70],
    rank: [1, 2, 4],
    keepNumDims: [true, false],
    bias: [true, false],
    activation: activations,
  },
  0,
  (c) => {
    if (c.keepNumDims && c.rank === 1) return;
    const b = new FloatBuilder();
    const shape = { 1: [c.batch * c.depth], 2: [c.batch, c.depth], 4: [c.batch, 1, 1, c.depth] }[c.rank]!;
    const inputs = [b.input4(...shape), b.floats(c.outputs, c.depth), ...(c.bias ? [b.floats(c.outputs)] : [])];
    const { activation, keepNumDims } = c;
    return b.outputs(b.float('FULLY_CONNECTED', { activation, keepNumDims }, inputs));
  },
);

testGrid(
  'TRANSPOSE_CONV',
  {
    height: [1, 2, 5],
    width: [1, 2, 3, 4, 7],
    channels: [1, 3, 8, 12],
    outputs: [1, 2, 3, 4, 8, 17],
    filterH: [1, 2, 3, 4, 5],
    filterW: [1, 2, 3, 5],
    strideH: [1, 2, 3],
    strideW: [1, 2, 3],
    /** Output rows and columns beyond the fewest that the input may come from. */
    more: [0, 1, 2],
    padding: paddings,
    activation: activations,
    bias: [true, false],
    batch: [1, 2],
    behindDiv: [true, false],
    /** The output gets a border that nothing may write into. */
    reader: [true, false],
  },
  0,
  (c) => {
    const b = new FloatBuilder();
    const input = b.input4(c.batch, c.height, c.width, c.channels);
    const x = c.behindDiv ? b.float('DIV', { activation: 'NONE' }, [input, b.floats(c.channels)]) : input;
    const size = (positions: number, filter: number, stride: number) =>
      (positions - 1) * stride + (c.padding === 'SAME' ? 1 : filter) + Math.min(c.more, stride - 1);
    const shape = [c.batch, size(c.height, c.filterH, c.strideH), size(c.width, c.filterW, c.strideW), c.outputs];
    const { padding, strideH, strideW, activation } = c;
    const inputs = [b.ints(...shape), b.floats(c.outputs, c.filterH, c.filterW, c.channels), x, ...(c.bias ? [b.floats(c.outputs)] : [])];
    const result = b.float('TRANSPOSE_CONV', { padding, strideH, strideW, activation }, inputs);
    if (!c.reader) return b.outputs(result);
    const attributes = { padding: 'SAME', strideH: 1, strideW: 1, dilationH: 1, dilationW: 1, activation: 'NONE' } as const;
    return b.outputs(b.float('CONV_2D', attributes, [result, b.floats(4, 3, 3, c.outputs)]));
  },
);

/** Blocks of output pixels that do not overlap, of few channels. */
testGrid(
  'TRANSPOSE_CONV by blocks',
  {
    outputs: [1, 2, 3, 4, 5],
    blockH: [1, 2, 3],
    blockW: [1, 2, 3],
    width: [1, 2, 5],
    bias: [true, false],
    batch: [1, 2],
    reader: [true, false],
  },
  0,
  (c) => {
    const b = new FloatBuilder();
    const shape = [c.batch, 3 * c.blockH, c.width * c.blockW, c.outputs];
    const attributes = { padding: 'SAME', strideH: c.blockH, strideW: c.blockW, activation: 'RELU6' } as const;
    const operands = [b.ints(...shape), b.floats(c.outputs, c.blockH, c.blockW, 5), b.input4(c.batch, 3, c.width, 5)];
    const result = b.float('TRANSPOSE_CONV', attributes, c.bias ? [...operands, b.floats(c.outputs)] : operands);
    return b.outputs(c.reader ? b.float('RELU_N1_TO_1', {}, [result]) : result);
  },
);

test('TRANSPOSE_CONV with more phases than a plan may have steps for runs on the host', () => {
  const b = new FloatBuilder();
  const operands = [b.ints(1, 18, 18, 1), b.floats(1, 2, 2, 1), b.input4(1, 2, 2, 1)];
  const graph = b.outputs(b.float('TRANSPOSE_CONV', { padding: 'SAME', strideH: 9, strideW: 9, activation: 'NONE' }, operands));
  const { operators } = loadFloatModel(graph);
  assert.equal(
    operators.map(({ kernel }) => kernel),
    ['host'],
  );
  checkGraph(graph, 0, 'stride 9');
});

testGrid(
  'CONV_2D of few non-zero weights',
  {
    channels: [8, 9, 12, 23, 40],
    outputs: [8, 9, 16, 21],
    width: [2, 3, 5, 7],
    stride: [1, 2],
    share: [0, 0.1, 0.3, 0.5],
    bias: [false, true],
    activation: activations,
    isImage: [false, true],
    batch: [1, 2],
  },
  0,
  (c) => {
    const b = new FloatBuilder();
    const { channels, outputs, width, stride, activation } = c;
    const input = b.input4(c.batch, 8, width, channels);
    const x = c.isImage ? b.float('MAX_POOL_2D', onePixel, [input]) : input;
    const dense = b.floats(outputs, 1, 1, channels).data as Float32Array;
    const random = new Random(3);
    const sparse = b.constant(
      'float32',
      [outputs, 1, 1, channels],
      [...dense].map((weight) => (random.real() < c.share ? weight : 0)),
    );
    const attributes = { padding: 'VALID', strideH: stride, strideW: stride, dilationH: 1, dilationW: 1, activation } as const;
    return b.outputs(b.float('CONV_2D', attributes, [x, sparse, c.bias ? b.floats(outputs) : undefined]));
  },
);

test('layers of few non-zero weights run by them', () => {
  const b = new FloatBuilder();
  const sparse = b.constant(
    'float32',
    [16, 1, 1, 16],
    Array.from({ length: 256 }, (_, i) => (i % 3 === 0 ? 1 : 0)),
  );
  const attributes = { padding: 'VALID', strideH: 1, strideW: 1, dilationH: 1, dilationW: 1, activation: 'NONE' } as const;
  const graph = b.outputs(b.float('CONV_2D', attributes, [b.input4(1, 4, 4, 16), sparse, undefined]));
  validate(graph, { evaluate });
  const { steps } = makePlan(graph, { backends: [coreBackend, floatBackend], hostOperators: 'forbid', maxBytes: 2 ** 28, scratch });
  assert.ok(steps.some((step) => step.kind === 'core' && step.operator === 'SparseConvolution'));
});

test.run();
