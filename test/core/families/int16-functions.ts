// Owns the families of functions of int16 codes: tables of lines, SOFTMAX, reductions, slopes per channel and bilinear resizes.
import { allocate, elementCount, type Value } from '../../../src/graph/graph';
import { GraphBuilder, quantized } from '../../support/build';
import { upTo } from '../../support/grid';
import { family } from './family';
import { codes, inputCodes, patterns, wideCodes } from './operands';

const image = { channels: upTo(33), height: upTo(5), width: upTo(5), batch: upTo(2) } as const;
/** Output scales that their kernels prescribe. */
const q15 = quantized(2 ** -15);
const int16 = (scale: number) => ({ dtype: 'int16', quantization: quantized(scale) }) as const;

export const lines = family({
  name: 'int16 LOGISTIC, TANH, EXP, LOG, GELU and ABS',
  grid: {
    ...image,
    operator: ['LOGISTIC', 'TANH', 'EXP', 'LOG', 'GELU', 'ABS'],
    /** Powers of two without a shift, the smallest and the largest that LOGISTIC takes, and others. */
    scale: [2 ** -12, 2 ** -11, 2 ** -20, 1e-9, 1e-4, 3e-3, 5, 0.9, 1e-3, 0.019],
    outputRatio: [1, 0.1, 3, 1e-4],
    approximate: [false, true],
    /** Values as images before the node, and a border behind it. */
    before: ['nothing', 'RELU'],
    consumer: ['nothing', 'MAX_POOL_2D', 'CONV_2D'],
    data: [...patterns, 'ramp'],
  },
  build(c, random) {
    const builder = new GraphBuilder();
    const isSigmoid = c.operator === 'LOGISTIC' || c.operator === 'TANH';
    const { scale } = c;
    // Sums of left shifts that leave int32 have no kernel in the core.
    const ratio = c.operator === 'ABS' ? Math.max(c.outputRatio, 0.1) : c.outputRatio;
    let input = builder.input('int16', [c.batch, c.height, c.width, c.channels], quantized(scale));
    if (c.before === 'RELU') [input] = builder.node('RELU', {}, [input], int16(scale));
    const output = isSigmoid ? { dtype: 'int16' as const, quantization: q15 } : int16(scale * ratio);
    const attributes = c.operator === 'GELU' ? { approximate: c.approximate } : {};
    let [result] = builder.node(c.operator, attributes as never, [input], output);
    if (c.consumer === 'MAX_POOL_2D') {
      const window = { padding: 'SAME', strideH: 1, strideW: 1, filterH: 2, filterW: 2, activation: 'NONE' } as const;
      [result] = builder.node('MAX_POOL_2D', window, [result], output);
    }
    if (c.consumer === 'CONV_2D') {
      const weights = builder.constant('int8', [3, 3, 3, c.channels], codes('int8', 27 * c.channels, 'random', random), quantized(0.01));
      const window = { padding: 'SAME', strideH: 1, strideW: 1, dilationH: 1, dilationW: 1, activation: 'NONE' } as const;
      [result] = builder.node('CONV_2D', window, [result, weights], int16(output.quantization.scale[0] * 3));
    }
    const graph = builder.outputs(result);
    const count = elementCount(graph.inputs[0].shape);
    const ramp = Int16Array.from({ length: count }, (_, i) => i * 509);
    return { graph, inputs: c.data === 'ramp' ? [ramp] : inputCodes(graph, c.data, random) };
  },
});

export const softmax = family({
  name: 'int16 SOFTMAX',
  grid: {
    channels: [...upTo(20), 64, 255, 1000, 5001],
    rows: upTo(5),
    rank: [1, 2, 3, 4],
    scale: [1e-6, 1 / 4096, 1e-3, 0.01, 1, 300],
    beta: [0.25, 1, 2.5],
    /** Of int16, or of int8 to int16 codes. */
    from: ['int16', 'int8'],
    reader: ['nothing', 'RESHAPE'],
    data: [...patterns, 'one', 'narrow'],
  },
  build(c, random) {
    const builder = new GraphBuilder();
    const shape = [[c.channels], [c.rows, c.channels], [2, c.rows, c.channels], [2, c.rows, 3, c.channels]][c.rank - 1];
    const input = builder.input(c.from, shape, quantized(c.scale, c.from === 'int8' ? 7 : 0));
    const quantization = c.from === 'int8' ? quantized(2 ** -16, -(2 ** 15)) : q15;
    const output = { dtype: 'int16', quantization } as const;
    let [result] = builder.node('SOFTMAX', { beta: Math.fround(c.beta) }, [input], output);
    const count = elementCount(shape);
    if (c.reader === 'RESHAPE') [result] = builder.node('RESHAPE', { newShape: undefined }, [result, builder.ints(count)], output);
    const graph = builder.outputs(result);
    const data = allocate(c.from, count) as Int16Array;
    if (c.data === 'narrow') data.set(Array.from({ length: count }, () => random.integer(40, 44)));
    else if (c.data === 'one') for (let i = random.integer(0, c.channels - 1); i < count; i += c.channels) data[i] = 100;
    else data.set(c.from === 'int8' ? codes('int8', count, c.data, random) : wideCodes(count, c.data, random));
    return { graph, inputs: [data] };
  },
});

export const reductions = family({
  name: 'int16 MEAN, SUM, REDUCE_MAX and REDUCE_MIN',
  grid: {
    channels: [...upTo(20), 33, 64, 65],
    height: [...upTo(5), 40],
    width: [...upTo(5), 129, 150],
    batch: upTo(2),
    operator: ['MEAN', 'SUM', 'REDUCE_MAX', 'REDUCE_MIN'],
    axes: [[1, 2], [1], [2], [3], [-1, 1], [0], [0, 3], [1, 2, 3]],
    keepDims: [false, true],
    ratio: [1, 0.3, 17, 1e-9, 1e4],
    before: ['nothing', 'RELU'],
    data: patterns,
  },
  build(c, random) {
    const builder = new GraphBuilder();
    const scale = 1e-3;
    let input = builder.input('int16', [c.batch, c.height, c.width, c.channels], quantized(scale));
    if (c.before === 'RELU') [input] = builder.node('RELU', {}, [input], int16(scale));
    const isSum = c.operator === 'MEAN' || c.operator === 'SUM';
    const output = int16(isSum ? scale / c.ratio : scale);
    const graph = builder.outputs(...builder.node(c.operator, { keepDims: c.keepDims }, [input, builder.ints(...c.axes)], output));
    return { graph, inputs: inputCodes(graph, c.data, random) };
  },
});

export const slopes = family({
  name: 'int16 PRELU',
  grid: {
    ...image,
    slopes: ['channels', 'one', 'all'],
    isConstant: [false, true],
    ratio: [1, 0.5, 0.9, 1e-6, 1.1, 300, 70000],
    slopeScale: [0.01, 1e-4, 1, 40],
    data: patterns,
  },
  // Left shifts that leave int32 have no kernel in the core.
  allowHost: true,
  build(c, random) {
    const builder = new GraphBuilder();
    const full = [c.batch, c.height, c.width, c.channels];
    const input = builder.input('int16', full, quantized(1e-3));
    const shape = { channels: [1, 1, c.channels], one: [1, 1, 1], all: full.slice(1) }[c.slopes];
    const alpha = c.isConstant
      ? builder.constant('int8', shape, codes('int8', elementCount(shape), c.data, random), quantized(c.slopeScale))
      : builder.input('int8', shape, quantized(c.slopeScale));
    const graph = builder.outputs(...builder.node('PRELU', {}, [input, alpha], int16(1e-3 / c.ratio)));
    return { graph, inputs: inputCodes(graph, c.data, random) };
  },
});

export const resize = family({
  name: 'int16 RESIZE_BILINEAR',
  grid: {
    channels: upTo(20),
    height: upTo(7),
    width: upTo(7),
    batch: upTo(2),
    rows: [1, 2, 3, 7, 13, 14],
    columns: [1, 2, 5, 8, 14, 31],
    options: ['plain', 'alignCorners', 'halfPixelCenters'],
    before: ['nothing', 'RELU'],
    data: patterns,
  },
  build(c, random) {
    const builder = new GraphBuilder();
    const type = int16(1e-3);
    let input: Value = builder.input('int16', [c.batch, c.height, c.width, c.channels], type.quantization);
    if (c.before === 'RELU') [input] = builder.node('RELU', {}, [input], type);
    const options = { alignCorners: c.options === 'alignCorners', halfPixelCenters: c.options === 'halfPixelCenters' };
    const graph = builder.outputs(...builder.node('RESIZE_BILINEAR', options, [input, builder.ints(c.rows, c.columns)], type));
    return { graph, inputs: inputCodes(graph, c.data, random) };
  },
});
