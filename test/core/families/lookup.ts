// Owns the families of table operators and of conversions from and to float32.
import type { Activation, OperatorAttributes, Quantization, Value } from '../../../src/graph/graph';
import { convolution, GraphBuilder, quantized } from '../../support/build';
import { upTo } from '../../support/grid';
import { family } from './family';
import { codeTypes, inputCodes, patterns, zeroPointOf, zeroPoints } from './operands';

const image = { channels: upTo(40), height: upTo(9), width: upTo(9), batch: upTo(3) } as const;
/** What reads the result: nothing, a convolution with a border, or a table. */
const consumers = ['none', 'CONV_2D 3x3', 'CONV_2D 1x1', 'DEPTHWISE_CONV_2D', 'RELU'] as const;

/** Appends the consumer of an image and declares what comes out as the graph's output. */
function consume(builder: GraphBuilder, consumer: (typeof consumers)[number], value: Value, channels: number) {
  const dtype = value.dtype as 'int8' | 'uint8';
  const result = { dtype, quantization: quantized(0.3 * value.quantization!.scale[0], 7) };
  if (consumer === 'none') return builder.outputs(value);
  if (consumer === 'RELU') return builder.outputs(...builder.node('RELU', {}, [value], result));
  const size = consumer === 'CONV_2D 1x1' ? 1 : 3;
  const attributes = { ...convolution, padding: 'SAME' as const, activation: 'NONE' as Activation };
  const weights = quantized(0.01);
  if (consumer === 'DEPTHWISE_CONV_2D') {
    const filter = builder.constant(dtype, [1, size, size, channels], [3, 120, 7, 60, 1], weights);
    return builder.outputs(...builder.node('DEPTHWISE_CONV_2D', { ...attributes, depthMultiplier: 1 }, [value, filter, undefined], result));
  }
  const filter = builder.constant(dtype, [5, size, size, channels], [3, 120, 7, 60, 1], weights);
  return builder.outputs(...builder.node('CONV_2D', attributes, [value, filter, undefined], result));
}

const int8Only: ReadonlySet<string> = new Set(['ELU', 'EXP', 'LOG', 'ABS']);

/** Output quantization where an operator prescribes it. */
function tableOutput(operator: string, dtype: 'int8' | 'uint8', free: Quantization): Quantization {
  return operator === 'LOGISTIC' ? quantized(1 / 256, dtype === 'int8' ? -128 : 0) : free;
}

export const tables = family({
  name: 'operators by table',
  grid: {
    ...image,
    operator: [
      ...(['LOGISTIC', 'TANH', 'HARD_SWISH', 'RELU', 'RELU6', 'RELU_N1_TO_1', 'LEAKY_RELU', 'QUANTIZE'] as const),
      ...(['RELU_0_TO_1', 'GELU', 'ELU', 'EXP', 'LOG', 'ABS'] as const),
    ],
    inputType: codeTypes,
    /** QUANTIZE only; the others keep their dtype. */
    outputType: codeTypes,
    inputZero: zeroPoints,
    outputZero: zeroPoints,
    inputScale: [0.001, 0.02, 0.13, 5],
    /** 1: where zero points allow it, uint8 and int8 become names of the same memory. */
    scaleRatio: [1, 0.4, 2.3],
    consumer: consumers,
    data: patterns,
  },
  build(c, random) {
    const builder = new GraphBuilder();
    const inputType = int8Only.has(c.operator) ? 'int8' : c.inputType;
    const outputType = c.operator === 'QUANTIZE' ? c.outputType : inputType;
    const input = builder.input(
      inputType,
      [c.batch, c.height, c.width, c.channels],
      quantized(c.inputScale, zeroPointOf(inputType, c.inputZero)),
    );
    const free = quantized(c.inputScale * c.scaleRatio, zeroPointOf(outputType, c.outputZero));
    const attributes = {
      ...(c.operator === 'LEAKY_RELU' && { alpha: Math.fround(0.2) }),
      ...(c.operator === 'GELU' && { approximate: false }),
    };
    const result = { dtype: outputType, quantization: tableOutput(c.operator, outputType, free) };
    const [value] = builder.node(c.operator, attributes as OperatorAttributes['LEAKY_RELU'], [input], result);
    const graph = consume(builder, c.consumer, value, c.channels);
    return { graph, inputs: inputCodes(graph, c.data, random) };
  },
});

const floats = [0, -0, 0.5, -0.5, 1.5, -1.5, 2.5, Number.NaN, Infinity, -Infinity, 3e38, -3e38, 1e-45, -1e-45, 1e9, -1e9, 0.49999997];

export const fromFloat = family({
  name: 'QUANTIZE from float32',
  grid: {
    ...image,
    dtype: codeTypes,
    zero: zeroPoints,
    scale: [1, 0.5, 0.0173, 3e-38, 1e30],
    consumer: consumers,
    /** Multiples of half the scale are ties. */
    data: ['normal', 'ties', 'special'],
  },
  build(c, random) {
    const builder = new GraphBuilder();
    const scale = Math.fround(c.scale);
    const input = builder.input('float32', [c.batch, c.height, c.width, c.channels]);
    const [value] = builder.node('QUANTIZE', {}, [input], { dtype: c.dtype, quantization: quantized(scale, zeroPointOf(c.dtype, c.zero)) });
    const graph = consume(builder, c.consumer, value, c.channels);
    const draw = {
      normal: () => 100 * scale * random.normal(),
      ties: () => (random.integer(-600, 600) / 2) * scale * random.pick([1, 1, 1 + 2 ** -23, 1 - 2 ** -24]),
      special: () => random.pick(floats) * random.pick([1, scale]),
    }[c.data];
    return { graph, inputs: [Float32Array.from({ length: c.batch * c.height * c.width * c.channels }, draw)] };
  },
});

export const toFloat = family({
  name: 'DEQUANTIZE',
  grid: { ...image, dtype: codeTypes, zero: zeroPoints, scale: [1, 0.0173, 1e-39, 3e35], producer: ['input', 'RELU'], data: patterns },
  build(c, random) {
    const builder = new GraphBuilder();
    const quantization = quantized(c.scale, zeroPointOf(c.dtype, c.zero));
    let value = builder.input(c.dtype, [c.batch, c.height, c.width, c.channels], quantization);
    if (c.producer === 'RELU') [value] = builder.node('RELU', {}, [value], { dtype: c.dtype, quantization });
    const graph = builder.outputs(...builder.node('DEQUANTIZE', {}, [value], { dtype: 'float32' }));
    return { graph, inputs: inputCodes(graph, c.data, random) };
  },
});
