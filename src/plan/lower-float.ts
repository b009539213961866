// Owns the lowerings from float32 nodes to kernels of the float binary; only the entry `zeropoint/float` binds them.
import { DepthwiseVariant } from '../core/abi-float';
import { type Activation, elementCount, type Node, type OperatorType, type Value } from '../graph/graph';
import type { WindowAxes } from '../graph/window';
import { plainActivationRange } from '../quant/activation-range';
import { blocks, origin, pixelFields } from './fields';
import { copyImage, float32, floatCore } from './formats/float32';
import { type GemmLayer, type GemmTaps, gemmPixels, gemmTaps } from './gemm';
import { floatGemm } from './gemm-kernels';
import { paddedChannels } from './layout';
import { isDepthwiseByBlocks } from './layout-requirements';
import { placeParts } from './lower/concatenation';
import { convolutionLayer } from './lower/convolution';
import { depthwiseAxes, depthwisePixels, depthwiseTaps, multipliedLayer } from './lower/depthwise';
import { elementwisePixels, isBroadcastable } from './lower/elementwise';
import { fullyConnectedLayer } from './lower/fully-connected';
import { padImage } from './lower/pad';
import { meanPixels, poolPixels } from './lower/pool';
import type { Backend, Lower, Lowering } from './lowering';
import { type Address, at } from './region';
import type { PackedNode } from './weights';

function clampFields(activation: Activation): { lower: number; upper: number } {
  const { min, max } = plainActivationRange(activation, 'float32');
  return { lower: min, upper: max };
}

/** The operator RELU keeps infinity (`tflite/kernels/internal/reference/reference_ops.h`, Relu); a fused RELU ends at the largest float. */
function reluFields(type: Activation): { lower: number; upper: number } {
  return type === 'RELU' ? { lower: 0, upper: Infinity } : clampFields(type);
}

/** Memory for `count` float32 values that `write` fills at load. */
function filled(lowering: Lowering, name: string, count: number, write: (target: Float32Array) => void): Address {
  const region = lowering.packed(name, count * 4);
  lowering.pack({ region, write });
  return at(region);
}

/** Writes the filters as [panel][tap][depth][8]; `target` holds zeros. */
function packPanels(layer: GemmLayer, { taps, positions, span, firstChannels }: GemmTaps, target: Float32Array): void {
  const { node, outputs, channels, groups, outputStride, positionStride, channelStride } = layer;
  const { panelChannels } = floatGemm;
  const source = node.inputs[1]!.data as Float32Array;
  const kernelPositions = taps * positions;
  for (let output = 0; output < outputs; output++) {
    const panel = Math.floor(output / panelChannels);
    const firstChannel = Math.floor((output * groups) / outputs) * channels - firstChannels[panel];
    for (let position = 0; position < kernelPositions; position++) {
      let from = output * outputStride + position * positionStride;
      let to = ((panel * kernelPositions + position) * span + firstChannel) * panelChannels + (output % panelChannels);
      for (let channel = 0; channel < channels; channel++, from += channelStride, to += panelChannels) target[to] = source[from];
    }
  }
}

/** Emits a layer as a GEMM. */
function emitGemm(lowering: Lowering, layer: GemmLayer): void {
  const { node, outputs } = layer;
  const taps = gemmTaps(lowering, float32, floatGemm, layer);
  const padded = paddedChannels(outputs);
  const bias = node.inputs[2]?.data as Float32Array | undefined;
  lowering.emit(floatCore, 'Convolution', {
    ...gemmPixels(lowering, layer, lowering.createImage(node.outputs[0])),
    taps: taps.taps,
    tapOffsets: taps.tapOffsets,
    depth: taps.depth,
    panels: padded / floatGemm.panelChannels,
    panelOffsets: taps.panelOffsets,
    weights: filled(lowering, 'panels', padded * taps.taps * taps.depth, (target) => packPanels(layer, taps, target)),
    bias: filled(lowering, 'bias', padded, (target) => target.set(bias ?? [])),
    ...clampFields(node.attributes.activation),
  });
}

/** The 3x3 microkernels compute tiles of 4 pixels (stride 1) and 2 pixels (stride 2). */
function depthwiseVariant({ rows, columns }: WindowAxes): DepthwiseVariant {
  const isPlain = rows.filter === 3 && columns.filter === 3 && rows.dilation === 1 && columns.dilation === 1;
  if (isPlain && columns.stride === 1 && columns.output >= 4) return DepthwiseVariant.Kernel3x3Stride1;
  if (isPlain && columns.stride === 2 && columns.output >= 2) return DepthwiseVariant.Kernel3x3Stride2;
  return DepthwiseVariant.Any;
}

/** Weights per 4 channels: [taps][4], then the bias [4]; padding lanes have zeros. */
function packDepthwise(node: Node<'DEPTHWISE_CONV_2D'>, taps: number, target: Float32Array): void {
  const weights = node.inputs[1]!.data as Float32Array;
  const bias = node.inputs[2]?.data as Float32Array | undefined;
  const channels = node.inputs[1]!.shape[3];
  for (let channel = 0; channel < channels; channel++) {
    const to = (channel >> 2) * (taps + 1) * 4 + (channel & 3);
    for (let tap = 0; tap < taps; tap++) target[to + tap * 4] = weights[tap * channels + channel];
    target[to + taps * 4] = bias ? bias[channel] : 0;
  }
}

function emitDepthwise(lowering: Lowering, node: Node<'DEPTHWISE_CONV_2D'>): void {
  const input = lowering.image(node.inputs[0]!);
  const output = lowering.createImage(node.outputs[0]);
  const axes = depthwiseAxes(node);
  const taps = axes.rows.filter * axes.columns.filter;
  lowering.emit(floatCore, 'Depthwise', {
    ...depthwisePixels(input, output, axes),
    variant: depthwiseVariant(axes),
    taps,
    tapOffsets: depthwiseTaps(lowering, input.layout, axes, 1),
    weights: filled(lowering, 'weights', blocks(output.layout) * (taps + 1) * 4, (target) => packDepthwise(node, taps, target)),
    ...clampFields(node.attributes.activation),
  });
}

/** Whether weights and bias are constants. */
function hasConstantWeights([, weights, bias]: readonly (Value | undefined)[]): boolean {
  return weights?.data !== undefined && (bias === undefined || bias.data !== undefined);
}

type BinaryType = 'ADD' | 'SUB' | 'MUL' | 'DIV';
const binaryOperators = { ADD: 'Add', SUB: 'Subtract', MUL: 'Multiply', DIV: 'Divide' } as const;

function lowerBinary(lowering: Lowering, node: Node<BinaryType>): boolean {
  if (!isBroadcastable(node)) return false;
  lowering.emit(floatCore, binaryOperators[node.type], {
    ...elementwisePixels(lowering, node),
    ...clampFields(node.attributes.activation),
  });
  return true;
}

type UnaryType = 'RELU' | 'RELU6' | 'RELU_N1_TO_1' | 'LOGISTIC' | 'TANH' | 'HARD_SWISH';
const unaryOperators = {
  RELU: 'Clamp',
  RELU6: 'Clamp',
  RELU_N1_TO_1: 'Clamp',
  LOGISTIC: 'Logistic',
  TANH: 'Tanh',
  HARD_SWISH: 'HardSwish',
} as const;

function lowerUnary(lowering: Lowering, node: Node<UnaryType>): boolean {
  const input = lowering.image(node.inputs[0]!);
  const output = lowering.createImage(node.outputs[0]);
  const { images, rows, columns, imageBytes, rowBytes } = output.layout;
  const operator = unaryOperators[node.type];
  lowering.emit(floatCore, operator, {
    input: origin(input),
    output: origin(output),
    images,
    rows,
    blocks: blocks(output.layout) * columns,
    inputImageBytes: input.layout.imageBytes,
    inputRowBytes: input.layout.rowBytes,
    outputImageBytes: imageBytes,
    outputRowBytes: rowBytes,
    ...reluFields(operator === 'Clamp' ? (node.type as Activation) : 'NONE'),
  });
  return true;
}

function lowerPool(lowering: Lowering, node: Node<'AVERAGE_POOL_2D' | 'MAX_POOL_2D'>): boolean {
  const { activation, padding } = node.attributes;
  // Only explicit padding can move a whole window outside the image, where there is nothing to pool.
  if (typeof padding === 'object') return false;
  const operator = node.type === 'MAX_POOL_2D' ? 'MaxPool' : 'AveragePool';
  lowering.emit(floatCore, operator, { ...poolPixels(lowering, node), ...clampFields(activation) });
  return true;
}

function lowerMean(lowering: Lowering, node: Node<'MEAN'>): boolean {
  const pixels = meanPixels(lowering, node);
  if (pixels) lowering.emit(floatCore, 'Mean', pixels);
  return pixels !== undefined;
}

function lowerSoftmax(lowering: Lowering, node: Node<'SOFTMAX'>): boolean {
  const input = lowering.image(node.inputs[0]!);
  const output = lowering.createImage(node.outputs[0]);
  lowering.emit(floatCore, 'Softmax', {
    ...pixelFields(input, output),
    channels: output.layout.channels,
    beta: node.attributes.beta,
  });
  return true;
}

/** Whether inputs and outputs are float32 with at least one element; constant inputs, shapes and axes, may be integers. */
function isFloat({ inputs, outputs }: Node): boolean {
  const isShape = (value: Value, i: number) => i > 0 && value.data !== undefined && value.dtype !== 'float32';
  const isFloatValue = ({ dtype, shape }: Value) => dtype === 'float32' && elementCount(shape) > 0;
  return inputs.every((value, i) => !value || isFloatValue(value) || isShape(value, i)) && outputs.every(isFloatValue);
}

/** `emit` for layers of constant weights. */
function weighted<T extends PackedNode['type']>(emit: (lowering: Lowering, node: Node<T>) => void): Emit<T> {
  return (lowering, node) => {
    const hasKernel = hasConstantWeights(node.inputs);
    if (hasKernel) {
      lowering.account?.charge('weight', node.inputs[1]!.data!.length);
      emit(lowering, node);
    }
    return hasKernel;
  };
}

/** Emits the steps of a node of float32 values; false, with nothing emitted, when the binary has no kernel for it. */
type Emit<T extends OperatorType> = (lowering: Lowering, node: Node<T>) => boolean;

const emitters: { readonly [T in OperatorType]?: Emit<T> } = {
  CONV_2D: weighted((lowering, node) => emitGemm(lowering, convolutionLayer(lowering, node))),
  DEPTHWISE_CONV_2D: weighted((lowering, node) => {
    if (isDepthwiseByBlocks(node)) emitDepthwise(lowering, node);
    else emitGemm(lowering, multipliedLayer(lowering, node));
  }),
  FULLY_CONNECTED: weighted((lowering, node) => emitGemm(lowering, fullyConnectedLayer(lowering, node))),
  ADD: lowerBinary,
  SUB: lowerBinary,
  MUL: lowerBinary,
  DIV: lowerBinary,
  RELU: lowerUnary,
  RELU6: lowerUnary,
  RELU_N1_TO_1: lowerUnary,
  LOGISTIC: lowerUnary,
  TANH: lowerUnary,
  HARD_SWISH: lowerUnary,
  AVERAGE_POOL_2D: lowerPool,
  MAX_POOL_2D: lowerPool,
  MEAN: lowerMean,
  SOFTMAX: lowerSoftmax,
  CONCATENATION(lowering, node) {
    return node.attributes.activation === 'NONE' && placeParts(lowering, node, (_, ...copy) => copyImage(lowering, ...copy));
  },
  PAD: (lowering, node) => padImage(lowering, node, (...copy) => copyImage(lowering, ...copy)),
};

const lowerings = Object.entries(emitters).map(([type, emit]): [string, Lower<OperatorType>] => [
  type,
  (lowering, node) => (isFloat(node) && (emit as Emit<OperatorType>)(lowering, node) ? 'float' : undefined),
]);

export const floatBackend: Backend = { format: float32, lowerings: Object.fromEntries(lowerings) };
