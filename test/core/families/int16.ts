// Owns the families of int16 codes: layers with int64 and int32 sums, elementwise operators, functions, pools and copies.
import type { Quantization, Value } from '../../../src/graph/graph';
import { elementCount } from '../../../src/graph/graph';
import { GraphBuilder, perChannel, quantized } from '../../support/build';
import { upTo } from '../../support/grid';
import type { Random } from '../../support/random';
import { paddings, windowOf } from './convolution';
import { type Built, family } from './family';
import { codes, inputCodes, patterns, wideCodes } from './operands';

type Pattern = (typeof patterns)[number];

const scale = 2 ** -11;
/** Around whole pairs of elements, blocks and panels. */
const counts = [1, 2, 3, 7, 8, 9, 15, 16, 17, 24, 25, 33] as const;

/** Of sums: `absent` is int64 without a bias; `int32` wraps and rounds twice; `untyped` is an int32 bias without the option. */
const sums = ['int64', 'absent', 'int32', 'untyped'] as const;
/** `large` leaves int32, and rounds beyond the precision of doubles. */
const biases = ['typical', 'large'] as const;
const ratios = ['typical', 'left', 'tiny', 'spread'] as const;
const weightPatterns = patterns;

interface LayerOptions {
  readonly sums: (typeof sums)[number];
  readonly bias: (typeof biases)[number];
  readonly ratio: (typeof ratios)[number];
  readonly weightData: Pattern;
  readonly perChannel: boolean;
}

const layerGrid = {
  sums,
  bias: biases,
  ratio: ratios,
  data: patterns,
  weightData: weightPatterns,
  perChannel: [false, true],
  activation: ['NONE', 'RELU', 'RELU6'],
} as const;

interface Layer {
  readonly weights: Value;
  readonly bias: Value | undefined;
  readonly output: Quantization;
  readonly type: { quantizedBiasType?: 'int32' };
}

function biasOf(builder: GraphBuilder, options: LayerOptions, channels: number, biasScale: number, random: Random): Value | undefined {
  if (options.sums === 'absent') return undefined;
  const dtype = options.sums === 'int64' ? 'int64' : 'int32';
  const limit = options.bias === 'typical' ? 2 ** 22 : dtype === 'int64' ? 2 ** 45 : 2 ** 31 - 1;
  const terms = Array.from({ length: channels }, () => Math.round(limit * random.pick([-1, 1, 2 * random.real() - 1])));
  const bias = builder.constant(dtype, [channels], new Array(channels).fill(0), quantized(biasScale));
  terms.forEach((term, i) => {
    bias.data![i] = dtype === 'int64' ? BigInt(term) : term;
  });
  return bias;
}

/** Weights with channels along `axis`, a bias, and the output's quantization. A shift to the left is at most 7 for int64 sums. */
function drawLayer(builder: GraphBuilder, options: LayerOptions, shape: readonly number[], axis: number, random: Random): Layer {
  const channels = shape[axis];
  const count = elementCount(shape);
  const octaves = options.ratio === 'spread' ? 20 : 2;
  const scales = options.perChannel ? Array.from({ length: channels }, () => Math.fround(0.01 * 2 ** (-octaves * random.real()))) : [0.01];
  const quantization = scales.length > 1 ? perChannel(scales, axis) : quantized(scales[0]);
  const weights = builder.constant('int8', shape, codes('int8', count, options.weightData, random), quantization);
  const depth = count / channels;
  const typical = 2 ** (-3 + 3 * random.real()) / (75 * Math.sqrt(depth));
  const ratio = {
    typical,
    spread: typical,
    left: 2 ** (7 * random.real() - 0.1),
    tiny: 2 ** -random.integer(20, 34) * (1 + random.real()),
  }[options.ratio];
  const isInt32 = options.sums === 'int32';
  // The bias of one scale must have that of input times weights.
  const bias = biasOf(builder, options, channels, Math.fround(Math.fround(scale) * Math.fround(scales[0])), random);
  const output = quantized((scale * 0.01) / ratio);
  return { weights, bias, output, type: isInt32 ? { quantizedBiasType: 'int32' } : {} };
}

export const layers = family({
  name: 'int16 CONV_2D',
  grid: {
    channels: [1, 2, 3, 8, 9, 16, 300],
    outputs: counts,
    groups: [1, 2, 3],
    height: upTo(6),
    width: upTo(6),
    batch: upTo(2),
    padding: paddings,
    strideH: upTo(2),
    strideW: upTo(2),
    dilationH: upTo(2),
    dilationW: upTo(2),
    filter: [
      [1, 1],
      [3, 3],
      [1, 5],
      [2, 3],
    ],
    ...layerGrid,
  },
  build(c, random): Built {
    const builder = new GraphBuilder();
    const { height, width, padding } = windowOf(c, random);
    const { groups, strideH, strideW, dilationH, dilationW, activation } = c;
    const input = builder.input('int16', [c.batch, height, width, c.channels * groups], quantized(scale));
    const { weights, bias, output, type } = drawLayer(builder, c, [c.outputs * groups, ...c.filter, c.channels], 0, random);
    const attributes = { padding, strideH, strideW, dilationH, dilationW, activation, ...type };
    const results = builder.node('CONV_2D', attributes, [input, weights, bias], { dtype: 'int16', quantization: output });
    const graph = builder.outputs(...results);
    return { graph, inputs: inputCodes(graph, c.data, random) };
  },
});

export const depthwise = family({
  name: 'int16 DEPTHWISE_CONV_2D',
  grid: {
    channels: counts,
    multiplier: [1, 1, 2, 3],
    height: upTo(6),
    width: upTo(6),
    batch: upTo(2),
    padding: paddings,
    strideH: upTo(2),
    strideW: upTo(2),
    dilationH: upTo(2),
    dilationW: upTo(2),
    filter: [
      [1, 1],
      [3, 3],
      [5, 1],
      [16, 16],
    ],
    ...layerGrid,
    sums: ['int64', 'absent'],
  },
  build(c, random): Built {
    const builder = new GraphBuilder();
    const { height, width, padding } = windowOf(c, random);
    const { channels, multiplier, strideH, strideW, dilationH, dilationW, activation } = c;
    const input = builder.input('int16', [c.batch, height, width, channels], quantized(scale));
    const { weights, bias, output } = drawLayer(builder, c, [1, ...c.filter, channels * multiplier], 3, random);
    const attributes = { padding, strideH, strideW, dilationH, dilationW, activation, depthMultiplier: multiplier };
    const results = builder.node('DEPTHWISE_CONV_2D', attributes, [input, weights, bias], { dtype: 'int16', quantization: output });
    const graph = builder.outputs(...results);
    return { graph, inputs: inputCodes(graph, c.data, random) };
  },
});

export const fullyConnected = family({
  name: 'int16 FULLY_CONNECTED',
  grid: { depth: [...counts, 255, 256, 257, 700], outputs: counts, batch: upTo(4), producer: ['input', 'RELU'], ...layerGrid },
  build(c, random): Built {
    const builder = new GraphBuilder();
    let input = builder.input('int16', [c.batch, c.depth], quantized(scale));
    if (c.producer === 'RELU') [input] = builder.node('RELU', {}, [input], { dtype: 'int16', quantization: quantized(scale) });
    const { weights, bias, output, type } = drawLayer(builder, c, [c.outputs, c.depth], 0, random);
    const attributes = { activation: c.activation, keepNumDims: false, ...type };
    const results = builder.node('FULLY_CONNECTED', attributes, [input, weights, bias], { dtype: 'int16', quantization: output });
    const graph = builder.outputs(...results);
    return { graph, inputs: inputCodes(graph, c.data, random) };
  },
});

export const transposed = family({
  name: 'int16 TRANSPOSE_CONV',
  grid: {
    channels: counts,
    outputs: counts,
    height: upTo(5),
    width: upTo(5),
    batch: upTo(2),
    strideH: upTo(2),
    strideW: upTo(3),
    filter: [
      [2, 2],
      [3, 3],
      [3, 4],
    ],
    ...layerGrid,
  },
  allowHost: true,
  build(c, random): Built {
    const builder = new GraphBuilder();
    const size = [c.batch, (c.height - 1) * c.strideH + c.filter[0], (c.width - 1) * c.strideW + c.filter[1], c.outputs];
    const input = builder.input('int16', [c.batch, c.height, c.width, c.channels], quantized(scale));
    const { weights, bias, output, type } = drawLayer(builder, c, [c.outputs, ...c.filter, c.channels], 0, random);
    const attributes = { padding: 'VALID' as const, strideH: c.strideH, strideW: c.strideW, activation: c.activation, ...type };
    const shape = builder.constant('int32', [4], size);
    const results = builder.node('TRANSPOSE_CONV', attributes, [shape, weights, input, bias], { dtype: 'int16', quantization: output });
    const graph = builder.outputs(...results);
    return { graph, inputs: inputCodes(graph, c.data, random) };
  },
});

const image = { channels: upTo(20), height: upTo(5), width: upTo(5), batch: upTo(2) } as const;

export const elementwise = family({
  name: 'int16 ADD, SUB, MUL, MAXIMUM and MINIMUM',
  grid: {
    ...image,
    operator: ['ADD', 'SUB', 'MUL', 'MAXIMUM', 'MINIMUM'],
    broadcast: ['none', 'left row', 'right vector', 'right scalar'],
    isConstant: [false, true],
    scaleRatio: [1, 0.5, 0.3, 1e-3, 4e3],
    outputRatio: [1, 2, 1.7, 0.03, 500],
    isPot: [false, true],
    activation: ['NONE', 'RELU', 'RELU6'],
    data: patterns,
  },
  build(c, random): Built {
    const builder = new GraphBuilder();
    const { operator } = c;
    const full = [c.batch, c.height, c.width, c.channels];
    const isExtremum = operator === 'MAXIMUM' || operator === 'MINIMUM';
    // One operand of shifted sums has the scale of the output, the other a smaller one.
    const isPot = c.isPot && (operator === 'ADD' || operator === 'SUB');
    const ratio = isExtremum ? 1 : isPot ? 2 ** -random.integer(0, 20) : c.scaleRatio;
    const left = quantized(scale);
    const right = quantized(scale * ratio);
    const output =
      isExtremum || isPot
        ? left
        : quantized((operator === 'MUL' ? scale * scale * ratio * 32768 : scale * Math.max(1, ratio)) * c.outputRatio);
    const rightShape = { none: full, 'left row': full, 'right vector': [c.channels], 'right scalar': [] }[c.broadcast];
    const a = builder.input('int16', c.broadcast === 'left row' ? [1, 1, c.width, c.channels] : full, left);
    const b = c.isConstant
      ? builder.constant('int16', rightShape, wideCodes(elementCount(rightShape), c.data, random), right)
      : builder.input('int16', rightShape, right);
    const attributes = isExtremum
      ? {}
      : operator === 'MUL'
        ? { activation: c.activation }
        : { activation: c.activation, potScaleInt16: c.isPot };
    const graph = builder.outputs(...builder.node(operator, attributes as never, [a, b], { dtype: 'int16', quantization: output }));
    return { graph, inputs: inputCodes(graph, c.data, random) };
  },
});

export const functions = family({
  name: 'int16 RELU, RELU6, LEAKY_RELU, QUANTIZE and DEQUANTIZE',
  grid: {
    ...image,
    operator: ['RELU', 'RELU6', 'LEAKY_RELU', 'QUANTIZE', 'QUANTIZE from int8', 'QUANTIZE to int8', 'QUANTIZE to uint8', 'float'],
    ratio: [1, 0.5, 0.9, 1e-6, 1.1, 300, 9000, 70000],
    alpha: [0.01, 0.3, 1, 1.5, -0.2, 0],
    /** A layer that reads the results gives them a border and padding lanes. */
    consumer: ['none', 'CONV_2D'],
    data: patterns,
  },
  allowHost: true,
  build(c, random): Built {
    const builder = new GraphBuilder();
    const full = [c.batch, c.height, c.width, c.channels];
    const isNarrow = c.operator === 'QUANTIZE from int8';
    const input =
      c.operator === 'float'
        ? builder.input('float32', full)
        : builder.input(isNarrow ? 'int8' : 'int16', full, quantized(scale, isNarrow ? -7 : 0));
    const dtype = c.operator === 'QUANTIZE to int8' ? 'int8' : c.operator === 'QUANTIZE to uint8' ? 'uint8' : 'int16';
    const quantization = quantized(scale / c.ratio, dtype === 'int16' ? 0 : 5);
    const type = c.operator.startsWith('QUANTIZE') || c.operator === 'float' ? 'QUANTIZE' : c.operator;
    const attributes = type === 'LEAKY_RELU' ? { alpha: c.alpha } : {};
    let [result] = builder.node(type as 'RELU', attributes as never, [input], { dtype, quantization });
    if (c.operator === 'float') [result] = builder.node('DEQUANTIZE', {}, [result], { dtype: 'float32' });
    else if (c.consumer === 'CONV_2D' && dtype === 'int16') {
      const weights = builder.constant('int8', [3, 3, 3, c.channels], codes('int8', 27 * c.channels, 'random', random), quantized(0.01));
      const window = { padding: 'SAME' as const, strideH: 1, strideW: 1, dilationH: 1, dilationW: 1, activation: 'NONE' as const };
      [result] = builder.node('CONV_2D', window, [result, weights], { dtype: 'int16', quantization: quantized(scale / c.ratio) });
    }
    const graph = builder.outputs(result);
    return { graph, inputs: inputCodes(graph, c.data, random) };
  },
});

export const copies = family({
  name: 'int16 pools, PAD, CONCATENATION, RESIZE_NEAREST_NEIGHBOR and movement',
  grid: {
    ...image,
    operator: ['AVERAGE_POOL_2D', 'MAX_POOL_2D', 'PAD', 'CONCATENATION', 'RESIZE_NEAREST_NEIGHBOR', 'SLICE', 'TRANSPOSE', 'RESHAPE'],
    filter: [1, 2, 3, 22, 23],
    stride: [1, 2],
    axis: [1, 2, 3],
    producer: ['input', 'RELU'],
    data: patterns,
  },
  allowHost: true,
  build(c, random): Built {
    const builder = new GraphBuilder();
    const full = [c.batch, c.height, c.width, c.channels];
    const type = { dtype: 'int16', quantization: quantized(scale) } as const;
    let input = builder.input('int16', full, type.quantization);
    if (c.producer === 'RELU') [input] = builder.node('RELU', {}, [input], type);
    const constant = (values: readonly number[], shape = [values.length]) => builder.constant('int32', shape, values);
    const window = {
      padding: 'SAME',
      strideH: c.stride,
      strideW: c.stride,
      filterH: c.filter,
      filterW: c.filter,
      activation: 'RELU6',
    } as const;
    const node = (): Value[] => {
      switch (c.operator) {
        case 'PAD':
          return builder.node('PAD', {}, [input, constant([0, 0, 1, c.filter % 3, 0, c.axis, 0, 0], [4, 2])], type);
        case 'CONCATENATION':
          return builder.node('CONCATENATION', { axis: c.axis, activation: 'NONE' }, [input, input], type);
        case 'RESIZE_NEAREST_NEIGHBOR':
          return builder.node(c.operator, { alignCorners: false, halfPixelCenters: true }, [input, constant([7, c.filter])], type);
        case 'SLICE':
          return builder.node('SLICE', {}, [input, constant([0, 0, c.width - 1, 0]), constant([-1, -1, -1, -1])], type);
        case 'TRANSPOSE':
          return builder.node('TRANSPOSE', {}, [input, constant([0, 2, 3, 1])], type);
        case 'RESHAPE':
          return builder.node('RESHAPE', { newShape: undefined }, [input, constant([c.batch, -1])], type);
        default:
          return builder.node(c.operator, window, [input], type);
      }
    };
    const graph = builder.outputs(...node());
    return { graph, inputs: inputCodes(graph, c.data, random) };
  },
});
