// Owns the family of whole graphs: chains and branches of all kernels, where layouts, aliases and conversions meet.
import type { OperatorType, Quantization, Value } from '../../../src/graph/graph';
import { elementCount } from '../../../src/graph/graph';
import { convolution, GraphBuilder, quantized, window } from '../../support/build';
import { upTo } from '../../support/grid';
import type { Random } from '../../support/random';
import { family } from './family';
import { activations, type CodeType, codes, codeTypes, inputCodes, zeroPointOf, zeroPoints } from './operands';

/** Grows a graph node by node from values that it already has; every value is an image with its final shape. */
class Grower {
  readonly builder = new GraphBuilder();
  readonly values: Value[] = [];
  /** Made once and used by every PAD. */
  readonly paddings: Value;

  constructor(
    readonly random: Random,
    readonly dtype: CodeType,
  ) {
    this.paddings = this.builder.constant('int32', [4, 2], [0, 0, 1, 0, 2, 1, 0, 0]);
  }

  input(shape: readonly number[]): Value {
    const value = this.builder.input(this.dtype, shape, this.quantization());
    this.values.push(value);
    return value;
  }

  quantization(): Quantization {
    return quantized(0.05 * 2 ** this.random.real(), zeroPointOf(this.dtype, this.random.pick(zeroPoints)));
  }

  /** Any value, later ones more often. */
  some(): Value {
    const { values, random } = this;
    return values[Math.max(random.integer(0, values.length - 1), random.integer(0, values.length - 1))];
  }

  weights(shape: readonly number[]): Value {
    return this.builder.constant(this.dtype, shape, codes(this.dtype, elementCount(shape), 'random', this.random), quantized(0.01, 3));
  }

  /** Appends a node whose result has this shape and, unless given, a quantization of its own. */
  append(
    type: OperatorType,
    attributes: object,
    inputs: (Value | undefined)[],
    shape: readonly number[],
    quantization = this.quantization(),
  ) {
    const [value] = this.builder.node(type, attributes as never, inputs, { dtype: this.dtype, quantization, shape });
    this.values.push(value);
  }
}

type Grow = (grower: Grower, value: Value) => void;

/** Kernels that ask for a border on all sides, on two, on one, or none. */
const filters = [
  [1, 1],
  [3, 3],
  [2, 2],
  [3, 1],
  [1, 3],
  [2, 1],
] as const;

const growConvolution: Grow = (g, value) => {
  const [batch, height, width, channels] = value.shape;
  const [outputs, filter, stride] = [g.random.integer(1, 20), g.random.pick(filters), g.random.integer(1, 2)];
  const attributes = { ...convolution, padding: 'SAME', strideH: stride, strideW: stride, activation: g.random.pick(activations) };
  const shape = [batch, Math.ceil(height / stride), Math.ceil(width / stride), outputs];
  g.append('CONV_2D', attributes, [value, g.weights([outputs, ...filter, channels]), undefined], shape, quantized(2, 5));
};

const growDepthwise: Grow = (g, value) => {
  const size = g.random.pick([3, 5]);
  const attributes = { ...convolution, padding: 'SAME', activation: g.random.pick(activations), depthMultiplier: 1 };
  const operands = [value, g.weights([1, size, size, value.shape[3]]), undefined];
  g.append('DEPTHWISE_CONV_2D', attributes, operands, value.shape, quantized(1, 5));
};

const growConcatenation: Grow = (g, value) => {
  const pixels = `${value.shape.slice(0, 3)}`;
  const second = g.random.pick(g.values.filter((v) => v.quantization === value.quantization && `${v.shape.slice(0, 3)}` === pixels));
  const shape = [...value.shape.slice(0, 3), value.shape[3] + second.shape[3]];
  g.append('CONCATENATION', { axis: 3, activation: 'NONE' }, [value, second], shape, value.quantization);
};

/** The second operand may be broadcast. */
const growElementwise =
  (type: 'ADD' | 'MUL'): Grow =>
  (g, value) => {
    const fits = g.values.filter((v) => v.shape.every((size, i) => size === value.shape[i] || size === 1));
    g.append(type, { activation: g.random.pick(activations) }, [value, g.random.pick(fits)], value.shape);
  };

const growPool =
  (type: 'MAX_POOL_2D' | 'AVERAGE_POOL_2D'): Grow =>
  (g, value) => {
    const attributes = { ...window, padding: 'SAME', filterH: 3, filterW: 2, activation: g.random.pick(activations) };
    g.append(type, attributes, [value], value.shape, value.quantization);
  };

const growResize =
  (type: 'RESIZE_BILINEAR' | 'RESIZE_NEAREST_NEIGHBOR'): Grow =>
  (g, value) => {
    const attributes = { alignCorners: false, halfPixelCenters: g.random.integer(0, 1) === 1 };
    const size = [g.random.integer(1, 6), g.random.integer(1, 6)];
    g.append(type, attributes, [value, g.builder.ints(...size)], [value.shape[0], ...size, value.shape[3]], value.quantization);
  };

const growReshape: Grow = (g, value) => {
  const [batch, height, width, channels] = value.shape;
  const shape = g.random.pick([
    [batch, width, height, channels],
    [batch, 1, height * width, channels],
    [batch, height, width * channels, 1],
    [batch, 1, 1, height * width * channels],
  ]);
  g.append('RESHAPE', { newShape: undefined }, [value, g.builder.ints(...shape)], shape, value.quantization);
};

/** uint8 to int8 or the other way round, and back: names of one memory, with a border if a convolution follows. */
const growIdentities: Grow = (g, value) => {
  const [dtype, shift] = g.dtype === 'int8' ? (['uint8', 128] as const) : (['int8', -128] as const);
  const { scale, zeroPoint } = value.quantization!;
  const [there] = g.builder.node('QUANTIZE', {}, [value], { dtype, quantization: quantized(scale[0], zeroPoint[0] + shift) });
  if (g.random.integer(0, 1) === 1) g.builder.outputs(there);
  g.append('QUANTIZE', {}, [there], value.shape, value.quantization);
};

const growThroughFloat: Grow = (g, value) => {
  const [real] = g.builder.node('DEQUANTIZE', {}, [value], { dtype: 'float32' });
  g.append('QUANTIZE', {}, [real], value.shape);
};

/** Rows and columns change places, for which there is no core kernel. */
const growOnHost: Grow = (g, value) => {
  const [batch, height, width, channels] = value.shape;
  g.append('TRANSPOSE', {}, [value, g.builder.ints(0, 2, 1, 3)], [batch, width, height, channels], value.quantization);
};

const growPad: Grow = (g, value) => {
  const [batch, height, width, channels] = value.shape;
  g.append('PAD', {}, [value, g.paddings], [batch, height + 1, width + 3, channels], value.quantization);
};

const growMean: Grow = (g, value) => {
  g.append('MEAN', { keepDims: true }, [value, g.builder.ints(1, 2)], [value.shape[0], 1, 1, value.shape[3]]);
};

const growths: readonly Grow[] = [
  growConvolution,
  growDepthwise,
  growConcatenation,
  growElementwise('ADD'),
  growElementwise('MUL'),
  growPool('MAX_POOL_2D'),
  growPool('AVERAGE_POOL_2D'),
  growResize('RESIZE_BILINEAR'),
  growResize('RESIZE_NEAREST_NEIGHBOR'),
  growReshape,
  growIdentities,
  growThroughFloat,
  growOnHost,
  growPad,
  growMean,
  (g, value) => g.append('RELU6', {}, [value], value.shape),
];

/** Indices of `growths`. */
const nodes = growths.map((_, i) => i);
/** Reshapes and concatenations let values grow; beyond this they are reduced to a mean. */
const largestValue = 4000;

export const graphs = family({
  name: 'graphs',
  grid: {
    channels: upTo(17),
    height: upTo(6),
    width: upTo(6),
    batch: upTo(2),
    dtype: codeTypes,
    /** Every kind of node follows every other, on its result or on its input. */
    first: nodes,
    second: nodes,
    third: nodes,
    reads: ['result', 'input'],
    more: [0, 3, 8],
    outputs: ['last', 'all', 'some twice'],
  },
  allowHost: true,
  build(c, random) {
    const grower = new Grower(random, c.dtype);
    const { values } = grower;
    const input = grower.input([c.batch, c.height, c.width, c.channels]);
    growths[c.first](grower, input);
    growths[c.second](grower, c.reads === 'input' ? input : values[values.length - 1]);
    growths[c.third](grower, values[values.length - 1]);
    for (let i = 0; i < c.more; i++) {
      const value = grower.some();
      const grow = elementCount(value.shape) <= largestValue ? random.pick(growths) : growMean;
      grow(grower, value);
    }
    const { graph } = grower.builder;
    if (c.outputs === 'all') graph.outputs.push(...values);
    else if (c.outputs === 'some twice') graph.outputs.push(grower.some(), grower.some(), grower.some());
    graph.outputs.push(values[values.length - 1]);
    return { graph, inputs: inputCodes(graph, 'random', random) };
  },
});
