// Owns the lowering of elementwise operators on int16 codes: sums and products by TFLite's steps, and functions of one or two slopes.
import { ElementwiseForm } from '../../core/abi';
import type { Node, Value } from '../../graph/graph';
import { activationRange } from '../../quant/activation-range';
import type { QuantizedMultiplier } from '../../quant/multiplier';
import {
  addLeftShift16,
  addMultipliers,
  identityMultiplier,
  mulMultiplier,
  potShifts,
  rescaleMultiplier,
  slopeMultiplier,
} from '../../quant/operator-multipliers';
import { scaleOf, scalesOf } from '../../quant/params';
import { blocks, origin, pixelFields } from '../fields';
import { all16Bit, centredClamp, core, is16Bit, isCentred } from '../formats/centred';
import type { Lowering } from '../lowering';
import { scalarRequantization } from '../requantization';
import { emitElementwise, isBroadcastable, joined } from './elementwise';

/**
 * Largest operand. The smallest, -2^15, shifted by 15 bits is X = -2^30, whose double is still an int32, so that the bounds of the core's
 * sequence (assembly/requantize.ts) hold for it, too.
 */
const maxCode = 2 ** 15 - 1;

/** A multiplier of one: SRDHM(2 x, 2^30) = x. */
const one = 2 ** 30;
const identity = scalarRequantization(one, 0, 1, 2 ** 29 - 1);

/** Whether the kernel of sums, which has no general form, computes these constants. */
function isFast(constants: readonly ArrayBuffer[]): boolean {
  return constants.every((buffer) => new Int32Array(buffer)[14] === 0);
}

/** The constants of ADD and SUB; right shifts by more than 16 bits leave nothing of a code. */
function sumConstants(node: Node<'ADD' | 'SUB'>): ArrayBuffer[] {
  const shifts = potShifts(node);
  if (shifts) return [...shifts.map((shift) => scalarRequantization(one, -Math.min(shift, 17), 1, maxCode)), identity];
  const { input1, input2, output } = addMultipliers(...scalesOf(node), addLeftShift16);
  return [
    scalarRequantization(input1.multiplier, input1.shift, addLeftShift16, maxCode),
    scalarRequantization(input2.multiplier, input2.shift, addLeftShift16, maxCode),
    // Both operands are at most 2^29 in magnitude, and their sum or difference is below 2^30, or -2^30.
    scalarRequantization(output.multiplier, output.shift, 0, 2 ** 30 - 1),
  ];
}

export function lowerAdd16(lowering: Lowering, node: Node<'ADD' | 'SUB'>): string | undefined {
  if (!all16Bit([...node.inputs, node.outputs[0]]) || !isBroadcastable(node)) return undefined;
  const constants = sumConstants(node);
  if (!isFast(constants)) return undefined;
  emitElementwise(lowering, node, 'Add', ElementwiseForm.Steps, joined(constants));
  return node.type === 'SUB' ? 'subtract int16' : 'add int16';
}

export function lowerMultiply16(lowering: Lowering, node: Node<'MUL'>): string | undefined {
  if (!all16Bit([...node.inputs, node.outputs[0]]) || !isBroadcastable(node)) return undefined;
  const { multiplier, shift } = mulMultiplier(...scalesOf(node));
  emitElementwise(lowering, node, 'Multiply', ElementwiseForm.Steps, new Uint8Array(scalarRequantization(multiplier, shift, 0, 2 ** 30)));
  return 'multiply int16';
}

/** Both operands of a kernel of sums or products: an image, and itself or one element. */
function unaryPixels(lowering: Lowering, node: Node, right: 'itself' | Int16Array) {
  const source = lowering.image(node.inputs[0]!);
  const target = lowering.createImage(node.outputs[0]);
  const { input, inputImageBytes, inputRowBytes, inputPixelBytes, ...fields } = pixelFields(source, target);
  const isWhole = right === 'itself';
  return {
    ...fields,
    blocks: blocks(target.layout),
    left: input,
    leftImageBytes: inputImageBytes,
    leftRowBytes: inputRowBytes,
    leftPixelBytes: inputPixelBytes,
    leftChannelBytes: 2,
    right: isWhole ? origin(source) : lowering.shared(`element ${right}`, 1, () => right),
    rightImageBytes: isWhole ? inputImageBytes : 0,
    rightRowBytes: isWhole ? inputRowBytes : 0,
    rightPixelBytes: isWhole ? inputPixelBytes : 0,
    rightChannelBytes: isWhole ? 2 : 0,
  };
}

/** Emits codes times one multiplier, as products with the element 1. */
function emitRescale(lowering: Lowering, node: Node, { multiplier, shift }: QuantizedMultiplier, lower: number, upper: number): void {
  lowering.emit(core, 'Multiply', {
    ...unaryPixels(lowering, node, Int16Array.of(1)),
    form: ElementwiseForm.Steps,
    constants: lowering.constant('requantization', new Uint8Array(scalarRequantization(multiplier, shift, 0, maxCode))),
    subtract: 0,
    lower,
    upper,
  });
}

/** RELU and RELU6 of int16. */
export function lowerRelu16(lowering: Lowering, node: Node<'RELU' | 'RELU6'>): string | undefined {
  const [input, output] = [node.inputs[0]!, node.outputs[0]];
  if (!all16Bit([input, output])) return undefined;
  const { min, max } = activationRange(node.type, scaleOf(output), 0, 'int16');
  emitRescale(lowering, node, identityMultiplier(scaleOf(input), scaleOf(output)), min, max);
  return 'relu int16';
}

/** QUANTIZE between codes, of which one or both are int16. */
export function lowerRescale16(lowering: Lowering, node: Node<'QUANTIZE'>): string | undefined {
  const [input, output] = [node.inputs[0]!, node.outputs[0]];
  if (!isCentred(input) || !isCentred(output) || !(is16Bit(input) || is16Bit(output))) return undefined;
  const { lower, upper } = centredClamp(output);
  emitRescale(lowering, node, rescaleMultiplier(scaleOf(input), scaleOf(output)), lower, upper);
  return 'rescale int16';
}

/** LEAKY_RELU of int16, and ABS, of slope -1: the sum of both sides, of which one is 0; a negative slope by magnitude, then subtracted. */
export function lowerSlopes16(lowering: Lowering, node: Node<'LEAKY_RELU' | 'ABS'>): string | undefined {
  const [input, output] = [node.inputs[0] as Value, node.outputs[0]];
  if (!all16Bit([input, output])) return undefined;
  const positive = identityMultiplier(scaleOf(input), scaleOf(output));
  const negative = slopeMultiplier(scaleOf(input), node.type === 'ABS' ? -1 : node.attributes.alpha, scaleOf(output));
  const constants = [
    scalarRequantization(positive.multiplier, positive.shift, 0, maxCode),
    scalarRequantization(Math.abs(negative.multiplier), negative.shift, 0, maxCode),
    identity,
  ];
  // Both sides below 2^29, which the identity takes.
  if (!isFast(constants) || Math.max(positive.shift, negative.shift) > 13) return undefined;
  lowering.emit(core, 'Add', {
    ...unaryPixels(lowering, node, 'itself'),
    form: ElementwiseForm.Slopes,
    constants: lowering.constant('requantization', joined(constants)),
    subtract: negative.multiplier < 0 ? 1 : 0,
    ...centredClamp(output),
  });
  return node.type === 'ABS' ? 'abs int16' : 'leaky relu int16';
}
