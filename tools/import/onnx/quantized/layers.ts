// Owns layers with constant weights: their 8-bit operands, and the weights of those that stay float.
import { elementCount, type Node, scaleOf, type Value, weightedInputs } from 'zeropoint/graph';
import type { OnnxBuilder } from '../builder';
import type { CodesDtype, Draft } from './draft';
import { biasCodes, storedCodes } from './layer-codes';

export interface LayerInputs {
  readonly inputs: Node['inputs'];
  /** Of activations, results included. */
  readonly dtype: CodesDtype;
}

/**
 * The operands of a layer of codes; undefined where its weights are no constant of codes that kernels take. `codesOf` gives the int8
 * codes of a float value.
 */
export function layerInputs(draft: Draft, node: Node, codesOf: (value: Value) => Value | undefined): LayerInputs | undefined {
  const at = weightedInputs(node.type)!;
  const [weights, bias] = [node.inputs[at.weights]!, node.inputs[at.bias]];
  const codes = codesOf(node.inputs[at.input]!);
  if (!codes || !weights.data || (bias && !bias.data)) return undefined;
  // Only FULLY_CONNECTED has a zero point for int8 weights (tflite/kernels/fully_connected.cc).
  const stored = storedCodes(draft.builder, weights, at.channelAxis, node.type === 'FULLY_CONNECTED' ? 'int8' : 'uint8');
  if (!stored) return undefined;
  const inputs = [...node.inputs];
  inputs[at.input] = draft.as(codes, stored.dtype);
  inputs[at.weights] = draft.constant('weights', weights, stored, at.channelAxis);
  if (bias) {
    const { data, scale } = biasCodes(draft.builder, bias, scaleOf(codes), stored.scale);
    const zeroPoint = scale.map(() => 0);
    inputs[at.bias] = draft.constant(`${weights.id} ${scaleOf(codes)}`, bias, { dtype: 'int32', data, scale, zeroPoint }, 0);
  }
  return { inputs, dtype: stored.dtype };
}

/**
 * The layer of equal weights that computes an AVERAGE_POOL_2D without padding: unlike that, its results may have any parameters.
 * `codes`: of its input.
 */
export function averageLayer(draft: Draft, node: Node, codes: Value): Node | undefined {
  if (node.type !== 'AVERAGE_POOL_2D' || node.attributes.padding !== 'VALID') return undefined;
  const { filterH, filterW, strideH, strideW, activation } = node.attributes;
  const channels = codes.shape[3];
  const shape = [1, filterH, filterW, channels];
  const { builder } = draft;
  const [{ name }] = node.outputs;
  builder.account.charge(elementCount(shape) + channels);
  // The largest code, since the kernel rounds accumulators to whole numbers before it shifts them.
  const code = 127;
  const weights = builder.value(`${name}/weights`, 'int8', shape, new Int8Array(elementCount(shape)).fill(code));
  const bias = builder.value(`${name}/bias`, 'int32', [channels], new Int32Array(channels));
  const scale = Math.fround(1 / (code * filterH * filterW));
  weights.quantization = { scale: [scale], zeroPoint: [0], axis: 0 };
  bias.quantization = { scale: [Math.fround(scale * scaleOf(codes))], zeroPoint: [0], axis: 0 };
  const attributes = { padding: 'VALID', strideH, strideW, dilationH: 1, dilationW: 1, activation, depthMultiplier: 1 } as const;
  return draft.make('DEPTHWISE_CONV_2D', attributes, [codes, weights, bias], node.outputs);
}

/** Layers that take 8-bit weights with float activations (tflite/kernels/conv.cc and others, EvalHybrid). */
const hybrid: readonly Node['type'][] = ['CONV_2D', 'DEPTHWISE_CONV_2D', 'FULLY_CONNECTED'];

/**
 * A float layer with its weights as codes: those of dynamic quantization as a hybrid layer, others through DEQUANTIZE, which is computed
 * when the graph is loaded. Undefined where they are not dequantized constants.
 */
export function realLayer(draft: Draft, builder: OnnxBuilder, node: Node): Node | undefined {
  const at = weightedInputs(node.type);
  const weights = at && node.inputs[at.weights];
  const origin = weights?.data && builder.dequantizedFrom(weights.data);
  if (!at || !weights || !origin) return undefined;
  const stored = storedCodes(builder, weights, at.channelAxis, 'uint8');
  if (!stored) return undefined;
  const codes = draft.constant('weights', weights, stored, at.channelAxis);
  const inputs = [...node.inputs];
  inputs[at.weights] = codes;
  if (!(origin.isDynamic && hybrid.includes(node.type))) {
    inputs[at.weights] = builder.value(`${weights.name}_float32`, 'float32', weights.shape);
    draft.add(draft.make('DEQUANTIZE', {}, [codes], [inputs[at.weights]!]));
  }
  return { ...node, inputs } as Node;
}
