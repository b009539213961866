// Owns SVDF, a fully connected layer over time as filters of low rank: `tflite/kernels/svdf.cc` and `reference/svdf.h`.
import { type Activation, type CustomOperator, elementCount, type Node, type TensorData } from '../graph/graph';
import { reject } from '../graph/reject';
import { quantizeMultiplier } from '../quant/multiplier';
import { multiplyByQuantizedMultiplier } from '../quant/requantize';
import type { CustomSource } from '../tflite/read-operator';
import { updateVariables } from '../tflite/read-variables';
import { builtinTable, readActivation } from './builtin';
import { activations, addProducts, vectorFor, weightsOf } from './hybrid';
import { badOption } from './options';

/** Number in the union BuiltinOptions. */
const union = 6;

/** Inputs (`tflite/kernels/svdf.cc`). */
export const svdfOperand = { input: 0, featureWeights: 1, timeWeights: 2, bias: 3, state: 4 } as const;
const { featureWeights, timeWeights, bias: biasIndex, state: stateIndex } = svdfOperand;

const { fround } = Math;

/** float32, int8 weights with float32 activations (hybrid), int8 with states of int16 or, as tflite/micro has it, of int8. */
const operands = [
  'float32 float32 float32 float32? float32 > float32 float32',
  'float32 int8 int8 float32? float32 > float32 float32',
  'int8 int8 int16 int32? int16 > int8 int16',
  'int8 int8 int8 int32? int8 > int8 int8',
];

export interface SvdfSizes {
  readonly batch: number;
  readonly inputs: number;
  /** Of rank `rank` for each unit. */
  readonly filters: number;
  /** Steps that a filter sees. */
  readonly memory: number;
}

export function svdfSizes({ inputs }: Node): SvdfSizes {
  const [batch, size] = inputs[0]!.shape;
  const [filters, memory] = inputs[timeWeights]!.shape;
  return { batch, inputs: size, filters, memory };
}

function checkShapes(node: Node, rank: number): void {
  const shapes = node.inputs.map((value) => value?.shape);
  const fits = shapes.slice(0, 3).every((shape) => shape?.length === 2 && !shape.includes(0));
  const { batch, inputs, filters, memory } = svdfSizes(node);
  const isFeature = shapes[featureWeights]?.[0] === filters && shapes[featureWeights]?.[1] === inputs;
  if (!fits || !isFeature) reject('bad-shape', node, `shapes [${shapes.slice(0, 3).join('], [')}] do not fit together`);
  if (filters % rank !== 0) reject('bad-shape', node, `${filters} filters are no multiple of rank ${rank}`);
  const bias = shapes[biasIndex];
  if (bias && (bias.length !== 1 || bias[0] !== filters / rank))
    reject('bad-shape', node, `the bias has shape [${bias}], not [${filters / rank}]`);
  const state = shapes[stateIndex];
  if (state?.length !== 2 || state[0] !== batch || state[1] !== memory * filters)
    reject('bad-shape', node, `the state has shape [${state}]; it must be [${batch},${memory * filters}]`);
}

/**
 * Weights and int16 states have zero point 0, and of activations int8 has the clamp to its codes alone: NONE, and RELU, which
 * `EvalIntegerSVDF` demands. Throws `bad-quantization` and `unsupported-feature`.
 */
function checkInteger(node: Node, activation: Activation): void {
  if (node.inputs[0]!.dtype !== 'int8') return;
  if (activation !== 'NONE' && activation !== 'RELU')
    reject('unsupported-feature', node, `int8 has the activations NONE and RELU, not ${activation}`);
  for (const index of [featureWeights, timeWeights, stateIndex]) {
    const { dtype, quantization } = node.inputs[index]!;
    const isFree = index === stateIndex && dtype === 'int8';
    if (!isFree && quantization?.zeroPoint[0]) {
      reject('bad-quantization', node, `input ${index} has zero point ${quantization.zeroPoint[0]}; it must be 0`);
    }
  }
}

/** Moves every filter's memory one step back, in place; the newest place keeps what it had. */
function shift(state: TensorData, memory: number): void {
  for (let at = 0; at < state.length; at += memory) state.copyWithin(at, at + 1, at + memory);
}

/** `EvalFloatSVDF` and `EvalHybridSVDF`. */
function evaluateFloat(
  node: Node,
  data: readonly (TensorData | undefined)[],
  [output, state]: readonly Float32Array[],
  options: { readonly rank: number; readonly activation: Activation; readonly asymmetric: boolean },
): void {
  const { batch, inputs, filters, memory } = svdfSizes(node);
  const { rank, activation, asymmetric } = options;
  const weights = weightsOf(node.inputs[featureWeights]!, data[featureWeights]!);
  const time = weightsOf(node.inputs[timeWeights]!, data[timeWeights]!);
  const timeFactor = time.data instanceof Int8Array ? time.scale : 1;
  const bias = data[biasIndex] as Float32Array | undefined;
  const units = filters / rank;
  const newest = new Float32Array(filters);
  for (let b = 0; b < batch; b++) {
    newest.fill(0);
    addProducts(weights, vectorFor(weights, (data[0] as Float32Array).subarray(b * inputs, (b + 1) * inputs), asymmetric), newest);
    for (let unit = 0; unit < units; unit++) {
      let sum = bias ? bias[unit] : 0;
      for (let filter = unit * rank; filter < (unit + 1) * rank; filter++) {
        const at = (b * filters + filter) * memory;
        state[at + memory - 1] = newest[filter];
        let product = 0;
        for (let i = 0; i < memory; i++) {
          product = fround(product + fround(fround(time.data[filter * memory + i] * timeFactor) * state[at + i]));
        }
        sum = fround(sum + product);
      }
      output[b * units + unit] = activations[activation]!(sum);
    }
  }
}

/** From products to elements of the state, and from sums over time to results, with the zero points of int8. */
export function svdfParameters(node: Node) {
  const [input, feature, time, , state] = node.inputs.map((value) => value?.quantization);
  const result = node.outputs[0].quantization!;
  const stateScale = state!.scale[0];
  return {
    inputZeroPoint: input!.zeroPoint[0] ?? 0,
    stateZeroPoint: state!.zeroPoint[0] ?? 0,
    outputZeroPoint: result.zeroPoint[0] ?? 0,
    first: quantizeMultiplier(fround(fround(input!.scale[0] * feature!.scale[0]) / stateScale)),
    second: quantizeMultiplier(fround(fround(stateScale * time!.scale[0]) / result.scale[0])),
  };
}

/**
 * `EvalIntegerSVDF`, and with an int8 state EvalIntegerSvdfReference of tflite/micro/kernels/svdf_common.cc. The activation is the clamp to
 * int8.
 */
function evaluateInteger(
  node: Node,
  data: readonly (TensorData | undefined)[],
  [output, state]: readonly (Int8Array | Int16Array)[],
  rank: number,
): void {
  const { batch, inputs, filters, memory } = svdfSizes(node);
  const { inputZeroPoint: zeroPoint, stateZeroPoint: stateZero, outputZeroPoint, first, second } = svdfParameters(node);
  const [codes, weights, filter] = [data[0] as Int8Array, data[featureWeights] as Int8Array, data[timeWeights] as Int16Array];
  const bias = data[biasIndex] as Int32Array | undefined;
  const limit = state instanceof Int16Array ? 0x7fff : 0x7f;
  for (let b = 0; b < batch; b++) {
    for (let f = 0; f < filters; f++) {
      let sum = 0;
      for (let i = 0; i < inputs; i++) sum += weights[f * inputs + i] * (codes[b * inputs + i] - zeroPoint);
      const newest = multiplyByQuantizedMultiplier(sum | 0, first.multiplier, first.shift);
      // The clamp is before the zero point's addition, which wraps, as in the source.
      state[(b * filters + f) * memory + memory - 1] = stateZero + Math.max(-limit - 1, Math.min(limit, newest));
    }
    for (let unit = 0; unit < filters / rank; unit++) {
      let sum = bias ? bias[unit] : 0;
      for (let i = unit * rank * memory; i < (unit + 1) * rank * memory; i++) {
        sum = (sum + filter[i] * (state[b * filters * memory + i] - stateZero)) | 0;
      }
      const code = multiplyByQuantizedMultiplier(sum, second.multiplier, second.shift) + outputZeroPoint;
      output[b * (filters / rank) + unit] = Math.max(-128, Math.min(127, code));
    }
  }
}

/** [batch, inputs] to [batch, filters / rank]; the state [batch, memory * filters] holds what each filter saw in the last runs. */
export function svdf(source: CustomSource): CustomOperator {
  const table = builtinTable(source, union);
  const rank = table.int32(0);
  if (rank < 1) badOption(source.where, `rank is ${rank}; it must be >= 1`);
  const { activation, activationCode } = readActivation(table, 1, source.where);
  const asymmetric = table.bool(2);
  return {
    name: 'SVDF',
    options: { rank, activation: activationCode, asymmetric: Number(asymmetric) },
    operands,
    builtin: {
      union,
      fields: [
        { type: 'int32', value: rank },
        { type: 'int8', value: activationCode },
        { type: 'int8', value: Number(asymmetric) },
      ],
      variables: [stateIndex],
      update: (reading) => updateVariables([stateIndex], reading),
    },
    shapes: (node) => {
      checkShapes(node, rank);
      checkInteger(node, activation);
      const { batch, filters } = svdfSizes(node);
      return [[batch, filters / rank], node.inputs[stateIndex]!.shape];
    },
    work: (node) =>
      [0, featureWeights, timeWeights].reduce((sum, i) => sum + elementCount(node.inputs[i]!.shape), 0) * svdfSizes(node).batch,
    evaluate: (node, data, outputs) => {
      const state = outputs[1];
      state.set(data[stateIndex] as never);
      shift(state, svdfSizes(node).memory);
      if (outputs[0] instanceof Float32Array) evaluateFloat(node, data, outputs as Float32Array[], { rank, activation, asymmetric });
      else evaluateInteger(node, data, outputs as (Int8Array | Int16Array)[], rank);
    },
  };
}
