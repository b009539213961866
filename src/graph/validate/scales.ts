// Owns the limits of scales and zero points per operator: what TensorFlow Lite's Prepare() refuses and what would overflow a kernel.
import { ModelError } from '../../errors';
import type { QuantizedMultiplier } from '../../quant/multiplier';
import {
  addLeftShift16,
  addMultipliers,
  comparisonMultiplier,
  divMultiplier,
  hardSwishParameters,
  identityMultiplier,
  matMulMultiplier,
  mulMultiplier,
  potShifts,
  rescaleMultiplier,
  rsqrtMultiplier,
  sigmoidInput,
  slopeMultiplier,
  softmaxMultiplier16,
  softmaxParameters,
  squaredDifferenceMultipliers,
} from '../../quant/operator-multipliers';
import { sameParams, scaleOf, scalesOf, tensorParams, zeroPointOf } from '../../quant/params';
import { describeValue, type Node, type OperatorType, type Value } from '../graph';
import { comparesCodes, holdsCodes } from '../quantization-fault';
import { reject } from '../reject';
import { hasTensorScheme, hasWideSums, type MultiplierTable, type WeightedNode, weightedValues } from '../weighted';

type ScaleCheck<T extends OperatorType> = (node: Node<T>, multipliers: MultiplierTable) => void;

/** Applied to nodes that read codes and write codes or truths; floats have no scales. */
const checks: { readonly [T in OperatorType]?: ScaleCheck<T> } = {
  CONV_2D: checkWeighted,
  DEPTHWISE_CONV_2D: checkWeighted,
  TRANSPOSE_CONV: checkWeighted,
  FULLY_CONNECTED: checkWeighted,
  // batch_matmul.cc
  BATCH_MATMUL: (node) => {
    const multiplier = matMulMultiplier(...scalesOf(node));
    if (is16Bit(node) && multiplier.shift > 7) reject('bad-quantization', node, 'its output scale is too small for its input scales');
    checkShift(node, multiplier);
  },
  // add.cc and sub.cc; a positive output shift is refused inside.
  ADD: checkAdd,
  SUB: checkAdd,
  MUL: (node) => checkShift(node, mulMultiplier(...scalesOf(node))),
  DIV: (node) => checkShift(node, divMultiplier(...scalesOf(node))),
  SQUARED_DIFFERENCE: (node) => void squaredDifferenceMultipliers(...scalesOf(node)),
  MEAN: checkRescale,
  SUM: checkRescale,
  QUANTIZE: checkRescale,
  RELU: checkIdentity,
  RELU6: checkIdentity,
  RELU_N1_TO_1: checkIdentity,
  RELU_0_TO_1: checkIdentity,
  ABS: checkIdentity,
  LEAKY_RELU: (node) => {
    checkIdentity(node);
    checkShift(node, slopeMultiplier(scaleOf(node.inputs[0]!), node.attributes.alpha, scaleOf(node.outputs[0])));
  },
  PRELU: (node) => {
    checkIdentity(node);
    checkShift(node, slopeMultiplier(...scalesOf(node)));
  },
  SOFTMAX: checkSoftmax,
  // activations.cc: the output's range is fixed, its zero point is not checked.
  LOGISTIC: (node) => (is16Bit(node) ? checkSigmoid(node) : expectScale(node, 1 / 256)),
  TANH: (node) => (is16Bit(node) ? checkSigmoid(node) : checkTable(node)),
  EXP: checkTable,
  LOG: checkTable,
  ELU: checkTable,
  GELU: checkTable,
  HARD_SWISH: checkHardSwish,
  RSQRT: (node) => {
    checkTable(node);
    if (!is16Bit(node)) checkShift(node, rsqrtMultiplier(scaleOf(node.inputs[0]!), scaleOf(node.outputs[0])));
  },
  // activations.cc
  LOG_SOFTMAX: (node) => {
    softmaxParameters(1, scaleOf(node.inputs[0]!));
    expectScale(node, 1 / 16);
    expectZeroPoint(node, node.outputs[0].dtype === 'uint8' ? 255 : 127);
  },
  // l2norm.cc
  L2_NORMALIZATION: (node) => {
    expectScale(node, 1 / 128);
    expectZeroPoint(node, node.outputs[0].dtype === 'uint8' ? 128 : 0);
  },
  CONCATENATION: checkConcatenation,
  // pack.cc, unpack.cc and mirror_pad.cc copy codes and refuse to move the zero point.
  PACK: checkZeroPoints,
  UNPACK: checkZeroPoints,
  MIRROR_PAD: (node) => expectSameZeroPoint(node, node.inputs[0]!, node.outputs[0]),
  // space_to_batch_nd.cc, batch_to_space_nd.cc, fill.cc
  SPACE_TO_BATCH_ND: (node) => expectSameParams(node, node.inputs[0]!),
  BATCH_TO_SPACE_ND: (node) => expectSameParams(node, node.inputs[0]!),
  FILL: (node) => expectSameParams(node, node.inputs[1]!),
  EQUAL: checkComparison,
  NOT_EQUAL: checkComparison,
  LESS: checkComparison,
  LESS_EQUAL: checkComparison,
  GREATER: checkComparison,
  GREATER_EQUAL: checkComparison,
  // pad.cc: the fill is a code of the output.
  PADV2: (node) => expectSameZeroPoint(node, node.inputs[2]!, node.outputs[0]),
};

/** Throws `bad-quantization`, or `unsupported-feature` where TensorFlow Lite has no defined result, for scales out of limits. */
export function checkScales(node: Node, multipliers: MultiplierTable): void {
  const [output] = node.outputs;
  if (symmetric.has(node.type)) checkSymmetric(node);
  const hasCodes = node.inputs.some((value) => value && holdsCodes(value)) && (holdsCodes(output) || output.dtype === 'bool');
  // QUANTIZE from or to int32 has scales as well.
  if (!hasCodes && !(node.type === 'QUANTIZE' && node.inputs[0]!.dtype !== 'float32')) return;
  try {
    (checks[node.type] as ScaleCheck<OperatorType> | undefined)?.(node, multipliers);
  } catch (error) {
    // Functions of quant/ take scales and throw without a place.
    if (error instanceof ModelError && error.where === undefined) reject(error.code, node, error.message);
    throw error;
  }
}

/** Operators whose 16-bit kernels have no zero points; their Prepare() refuses any but 0. */
const symmetric: ReadonlySet<OperatorType> = new Set<OperatorType>([
  ...(['CONV_2D', 'DEPTHWISE_CONV_2D', 'TRANSPOSE_CONV', 'FULLY_CONNECTED', 'BATCH_MATMUL'] as const),
  ...(['ADD', 'SUB', 'MUL', 'MEAN', 'SUM', 'CONCATENATION', 'SOFTMAX', 'LOGISTIC', 'TANH', 'RELU', 'RELU6'] as const),
  ...(['LEAKY_RELU', 'PRELU', 'GELU', 'EXP', 'LOG', 'ABS', 'RSQRT'] as const),
]);

function is16Bit(node: Node): boolean {
  return node.outputs[0].dtype === 'int16';
}

/** 16-bit codes have zero point 0, wherever their operator computes; int8 operands of BATCH_MATMUL as well. */
function checkSymmetric(node: Node): void {
  if (!is16Bit(node) && node.inputs[0]?.dtype !== 'int16') return;
  // Of int8 inputs: its output's range is prescribed.
  if (node.type === 'SOFTMAX' && node.inputs[0]!.dtype === 'int8') return;
  for (const value of [...node.inputs, ...node.outputs]) {
    if (!value?.quantization || !(value.dtype === 'int16' || node.type === 'BATCH_MATMUL')) continue;
    const zeroPoint = zeroPointOf(value);
    if (zeroPoint !== 0) reject('bad-quantization', node, `${describeValue(value)} has zero point ${zeroPoint}; with int16 it must be 0`);
  }
}

/** add.cc and sub.cc; a positive output shift is refused inside. */
function checkAdd(node: Node<'ADD' | 'SUB'>): void {
  if (!is16Bit(node)) addMultipliers(...scalesOf(node));
  else if (!potShifts(node)) addMultipliers(...scalesOf(node), addLeftShift16);
}

/** activations.cc: the output's codes are multiples of 2^-15. */
function checkSigmoid(node: Node<'LOGISTIC' | 'TANH'>): void {
  expectScale(node, 2 ** -15);
  sigmoidInput(node.type, scaleOf(node.inputs[0]!));
}

/** Left shifts beyond 30 bits are undefined in TensorFlow Lite's int32 arithmetic. */
function checkShift(node: Node, { shift }: Pick<QuantizedMultiplier, 'shift'>): void {
  if (shift > 30) reject('bad-quantization', node, 'its output scale is too small for its input scales');
}

/** Kernels of GetQuantizedConvolutionMultipler (kernel_util.cc), and fully_connected.cc. */
function checkWeighted(node: WeightedNode, multipliers: MultiplierTable): void {
  const { input, weights, bias } = weightedValues(node);
  const { maxShift } = multipliers.of(node);
  // The domain of MultiplyByQuantizedMultiplier for int64 (common.cc).
  if (hasWideSums(node) && maxShift > 7) reject('bad-quantization', node, 'its output scale is too small for its input scales');
  checkShift(node, { shift: maxShift });
  if (bias?.quantization?.zeroPoint.some((zeroPoint) => zeroPoint !== 0)) {
    reject('bad-quantization', node, `${describeValue(bias)} must have zero point 0`);
  }
  if (!bias || !hasTensorScheme(node)) return;
  const product = Math.fround(scaleOf(input) * scaleOf(weights));
  const biasScale = bias.quantization?.scale[0] ?? 0;
  // Bound of GetQuantizedConvolutionMultipler in kernel_util.cc.
  if (Math.abs(product - biasScale) / scaleOf(node.outputs[0]) > 0.02) {
    reject('bad-quantization', node, `${describeValue(bias)} has scale ${biasScale}; it must be that of input times weights, ${product}`);
  }
}

function checkRescale(node: Node): void {
  for (const value of [node.inputs[0]!, node.outputs[0]]) tensorParams(value);
  // Per-channel outputs come from floats only.
  if (node.outputs[0].quantization!.scale.length > 1) reject('bad-quantization', node, 'its output must have one scale');
  checkShift(node, rescaleMultiplier(scaleOf(node.inputs[0]!), scaleOf(node.outputs[0])));
}

function checkIdentity(node: Node): void {
  checkShift(node, identityMultiplier(scaleOf(node.inputs[0]!), scaleOf(node.outputs[0])));
}

/** Tables of float functions divide by the output's scale as a float32 product (LUTPopulate in kernels/internal/common.h). */
function checkTable(node: Node): void {
  const scale = scaleOf(node.outputs[0]);
  if (!Number.isFinite(Math.fround(1 / scale))) reject('bad-quantization', node, `its output scale is ${scale}; it must be larger`);
}

/** `softmax` in activations.cc; the uint8 kernel assumes 1/256 and 0 whatever the output declares. */
function checkSoftmax(node: Node<'SOFTMAX'>): void {
  if (node.inputs[0]!.dtype === 'int16') {
    checkShift(node, softmaxMultiplier16(node.attributes.beta, scaleOf(node.inputs[0]!)));
    const scale = scaleOf(node.outputs[0]);
    if (Math.abs(scale * 32768 - 1) > 0.001) reject('bad-quantization', node, `its output scale is ${scale}; it must be 1/32768`);
    return;
  }
  softmaxParameters(node.attributes.beta, scaleOf(node.inputs[0]!));
  const { dtype } = node.outputs[0];
  if (dtype === 'uint8') return;
  const [scale, steps] = [scaleOf(node.outputs[0]), dtype === 'int8' ? 256 : 65536];
  if (Math.abs(scale * steps - 1) > 0.001) reject('bad-quantization', node, `its output scale is ${scale}; it must be 1/${steps}`);
  expectZeroPoint(node, -steps / 2);
}

function checkHardSwish(node: Node<'HARD_SWISH'>): void {
  const { reluishShift } = hardSwishParameters(scaleOf(node.inputs[0]!), scaleOf(node.outputs[0]));
  // HardSwish in reference/hard_swish.h shifts an int16 left by this within an int32.
  if (reluishShift > 15) reject('bad-quantization', node, `its input scale is ${scaleOf(node.inputs[0]!)}; it must be below 768`);
}

/** concatenation.cc: int8 and int16 are copied and must agree; uint8 is requantized in float32. */
function checkConcatenation(node: Node<'CONCATENATION'>): void {
  const [output] = node.outputs;
  for (const value of node.inputs as Value[]) {
    const from = value.quantization;
    const to = output.quantization;
    if (sameParams(value, output)) continue;
    if (output.dtype !== 'uint8' || !from || !to) expectSameParams(node, value);
    else if (!Number.isFinite(Math.fround(from.scale[0] * Math.fround(1 / to.scale[0])))) {
      const fault = `has scale ${from.scale[0]}; it must be smaller for output scale ${to.scale[0]}`;
      reject('bad-quantization', node, `${describeValue(value)} ${fault}`);
    }
  }
}

function expectSameParams(node: Node, value: Value): void {
  if (sameParams(value, node.outputs[0])) return;
  reject('bad-quantization', node, `${describeValue(value)} must have the scale and zero point of ${describeValue(node.outputs[0])}`);
}

/** Scaled codes must stay int32. TFLite leaves scales of 1 and more undefined (see reference/comparison.ts). */
function checkComparison(node: Node): void {
  if (comparesCodes(node)) return;
  for (const value of node.inputs)
    if (comparisonMultiplier(scaleOf(value!)).shift > 15) reject('bad-quantization', node, 'its scales are too large');
}

function expectScale(node: Node, scale: number): void {
  const actual = scaleOf(node.outputs[0]);
  if (actual !== scale) reject('bad-quantization', node, `its output scale is ${actual}; it must be ${scale}`);
}

function expectZeroPoint(node: Node, zeroPoint: number): void {
  const actual = zeroPointOf(node.outputs[0]);
  if (actual !== zeroPoint) reject('bad-quantization', node, `its output zero point is ${actual}; it must be ${zeroPoint}`);
}

function checkZeroPoints(node: Node): void {
  for (const value of node.inputs) for (const output of node.outputs) expectSameZeroPoint(node, value!, output);
}

function expectSameZeroPoint(node: Node, from: Value, to: Value): void {
  const [a, b] = [from, to].map((value) => value.quantization?.zeroPoint[0] ?? 0);
  if (a !== b) {
    reject('bad-quantization', node, `${describeValue(from)} has zero point ${a}; it must be ${b} as of ${describeValue(to)}`);
  }
}
