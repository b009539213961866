// Owns the lowering of ADD, SUB, MUL, MAXIMUM, MINIMUM, PRELU and SQUARED_DIFFERENCE with broadcasting up to four dimensions.
import { ElementwiseForm } from '../../core/abi';
import type { Node, Value } from '../../graph/graph';
import {
  addLeftShift,
  addMultipliers,
  identityMultiplier,
  mulMultiplier,
  slopeMultiplier,
  squaredDifferenceLeftShift,
  squaredDifferenceMultipliers,
} from '../../quant/operator-multipliers';
import { scaleOf, scalesOf, zeroPointOf } from '../../quant/params';
import { blocks, origin, strides } from '../fields';
import { all8Bit, allCentred, centredClamp, core, is8Bit, maxElement } from '../formats/centred';
import type { ImageShape, Layout } from '../layout';
import type { Lowering } from '../lowering';
import type { Address } from '../region';
import { floatConstants, isGeneral, scalarRequantization } from '../requantization';
import type { Image } from '../step';
import { linearSum, type Operand } from '../sum-scale';

type Elementwise = Node<'ADD' | 'SUB' | 'MUL'>;

/** Maximum of |code - zero point|. */
const maxCentred = 255;

/** Whether the dimensions of both operands map to image axes: up to four of them, or any number when the shapes are equal. */
export function isBroadcastable({ inputs, outputs: [output] }: Node): boolean {
  return output.shape.length <= 4 || inputs.every((value) => `${value!.shape}` === `${output.shape}`);
}

type OperandFields<Side extends 'left' | 'right'> = Record<Side, Address> &
  Record<`${Side}ImageBytes` | `${Side}RowBytes` | `${Side}PixelBytes` | `${Side}ChannelBytes`, number>;

/** One operand: strides are 0 along axes that are broadcast. */
function operandFields<Side extends 'left' | 'right'>(side: Side, operand: Image, output: ImageShape): OperandFields<Side> {
  const { layout } = operand;
  const step = (from: number, to: number, bytes: number) => (from === 1 && to > 1 ? 0 : bytes);
  return {
    [side]: origin(operand),
    [`${side}ImageBytes`]: step(layout.images, output.images, layout.imageBytes),
    [`${side}RowBytes`]: step(layout.rows, output.rows, layout.rowBytes),
    [`${side}PixelBytes`]: step(layout.columns, output.columns, layout.pixelBytes),
    [`${side}ChannelBytes`]: step(layout.channels, output.channels, layout.elementBytes),
  } as OperandFields<Side>;
}

/** Columns, and blocks of each; without broadcasting along a row, the row is one span of blocks. */
function spans(output: Layout, inputs: readonly Layout[]): { columns: number; blocks: number } {
  const isWhole = inputs.every((layout) => layout.columns === output.columns && layout.channels === output.channels);
  return isWhole ? { columns: 1, blocks: blocks(output) * output.columns } : { columns: output.columns, blocks: blocks(output) };
}

/** The fields of an elementwise descriptor that say what it reads and writes. */
export function elementwisePixels(lowering: Lowering, { inputs, outputs }: Node) {
  const [left, right] = (inputs as Value[]).map((value) => lowering.image(value));
  const output = lowering.createImage(outputs[0]);
  const { layout } = output;
  return {
    ...operandFields('left', left, layout),
    ...operandFields('right', right, layout),
    output: origin(output),
    images: layout.images,
    rows: layout.rows,
    ...spans(layout, [left.layout, right.layout]),
    ...strides('output', layout),
  };
}

function isSupported(node: Elementwise): boolean {
  return all8Bit([...node.inputs, node.outputs[0]]) && isBroadcastable(node);
}

export function emitElementwise(
  lowering: Lowering,
  node: Elementwise,
  operator: 'Add' | 'Multiply',
  form: ElementwiseForm,
  constants: ArrayBufferView,
): void {
  lowering.emit(core, operator, {
    ...elementwisePixels(lowering, node),
    form,
    constants: lowering.constant('requantization', constants),
    subtract: node.type === 'SUB' ? 1 : 0,
    ...centredClamp(node.outputs[0], node.attributes.activation),
  });
}

export function joined(buffers: readonly ArrayBuffer[]): Uint8Array {
  return Uint8Array.from(buffers.flatMap((buffer) => [...new Uint8Array(buffer)]));
}

function operandOf(value: Value): Operand {
  const { lower, upper } = centredClamp(value);
  return { scale: scaleOf(value), low: lower, high: upper };
}

/** The linear form of ADD or SUB, where it is proven. */
function linearConstants({ scratch }: Lowering, node: Node<'ADD' | 'SUB'>): Int16Array | undefined {
  const [left, right] = (node.inputs as Value[]).map(operandOf);
  const [output] = node.outputs;
  const { lower, upper } = centredClamp(output, node.attributes.activation);
  return linearSum(scratch, left, right, node.type === 'SUB' ? -1 : 1, scaleOf(output), lower, upper);
}

export function lowerAdd(lowering: Lowering, node: Node<'ADD' | 'SUB'>): string | undefined {
  if (!isSupported(node)) return undefined;
  const name = node.type === 'SUB' ? 'subtract' : 'add';
  const linear = linearConstants(lowering, node);
  if (linear) {
    emitElementwise(lowering, node, 'Add', ElementwiseForm.Linear, linear);
    return `${name} linear`;
  }
  const { input1, input2, output } = addMultipliers(...scalesOf(node));
  // |operand| <= 2^28 before its multiplier of at most 1/2, so their sum stays below 2^29.
  const constants = [
    scalarRequantization(input1.multiplier, input1.shift, addLeftShift, maxCentred),
    scalarRequantization(input2.multiplier, input2.shift, addLeftShift, maxCentred),
    scalarRequantization(output.multiplier, output.shift, 0, 2 ** 29),
  ];
  emitElementwise(lowering, node, 'Add', ElementwiseForm.Steps, joined(constants));
  return name;
}

export function lowerMultiply(lowering: Lowering, node: Node<'MUL'>): string | undefined {
  if (!isSupported(node)) return undefined;
  const { multiplier, shift } = mulMultiplier(...scalesOf(node));
  const { lower, upper } = centredClamp(node.outputs[0], node.attributes.activation);
  const float = floatConstants(lowering.scratch, multiplier, shift, lower, upper, maxCentred ** 2);
  if (float) {
    emitElementwise(lowering, node, 'Multiply', ElementwiseForm.Float, float);
    return 'multiply float';
  }
  emitElementwise(
    lowering,
    node,
    'Multiply',
    ElementwiseForm.Steps,
    new Uint8Array(scalarRequantization(multiplier, shift, 0, maxCentred ** 2)),
  );
  return 'multiply';
}

/** Codes are compared as they are, which is comparing centred elements where all zero points are equal. */
export function lowerExtremum(lowering: Lowering, node: Node<'MAXIMUM' | 'MINIMUM'>): string | undefined {
  const values = [...node.inputs, node.outputs[0]] as Value[];
  if (!allCentred(values) || !isBroadcastable(node)) return undefined;
  if (values.some((value) => zeroPointOf(value) !== zeroPointOf(values[0]))) return undefined;
  lowering.emit(core, node.type === 'MAXIMUM' ? 'Maximum' : 'Minimum', {
    ...elementwisePixels(lowering, node),
    ...{ form: ElementwiseForm.Steps, constants: 0, subtract: 0, lower: 0, upper: 0 },
  });
  return node.type.toLowerCase();
}

/** Emits an operator without an activation; nothing where one of its requantizations has no form of four lanes. */
function emitSteps(lowering: Lowering, node: Node, operator: 'Prelu' | 'SquaredDifference', constants: readonly ArrayBuffer[]): boolean {
  if (constants.some(isGeneral)) return false;
  lowering.emit(core, operator, {
    ...elementwisePixels(lowering, node),
    form: ElementwiseForm.Steps,
    constants: lowering.constant('requantization', joined(constants)),
    subtract: 0,
    ...centredClamp(node.outputs[0]),
  });
  return true;
}

export function lowerPrelu(lowering: Lowering, node: Node<'PRELU'>): string | undefined {
  const [input, slopes] = node.inputs as Value[];
  const [output] = node.outputs;
  if (!allCentred([input, output]) || !is8Bit(slopes) || !isBroadcastable(node)) return undefined;
  const max = maxElement(input);
  const elements = identityMultiplier(scaleOf(input), scaleOf(output));
  const products = slopeMultiplier(...scalesOf(node));
  const constants = [
    scalarRequantization(elements.multiplier, elements.shift, 0, max),
    scalarRequantization(products.multiplier, products.shift, 0, max * maxCentred),
  ];
  return emitSteps(lowering, node, 'Prelu', constants) ? 'prelu' : undefined;
}

export function lowerSquaredDifference(lowering: Lowering, node: Node<'SQUARED_DIFFERENCE'>): string | undefined {
  if (!all8Bit([...node.inputs, node.outputs[0]]) || !isBroadcastable(node)) return undefined;
  const { input1, input2, output } = squaredDifferenceMultipliers(...scalesOf(node));
  // Operands are at most 255 x 2^7 / 2, so that their difference is at most 32640.
  const constants = [
    scalarRequantization(input1.multiplier, input1.shift, squaredDifferenceLeftShift, maxCentred),
    scalarRequantization(input2.multiplier, input2.shift, squaredDifferenceLeftShift, maxCentred),
    scalarRequantization(output.multiplier, output.shift, 0, 32640 ** 2),
  ];
  return emitSteps(lowering, node, 'SquaredDifference', constants) ? 'squared difference' : undefined;
}
