// Owns the lowering of float operators with two operands and broadcasting: over images, or over dense elements of any rank.
import { elementCount, type Node, type Value } from '../../graph/graph';
import { denseImage, origin, strides } from '../fields';
import { floatCore } from '../formats/float32';
import { hasBorder, type ImageShape, type Layout } from '../layout';
import { isBroadcastable } from '../lower/elementwise';
import type { Lowering } from '../lowering';
import { type Address, at } from '../region';
import type { Image } from '../step';
import { clampFields, unclamped } from './activation';
import { isDenseAlready, isNarrow } from './dense';
import { emitUnary } from './unary';

type BinaryType = 'ADD' | 'SUB' | 'MUL' | 'DIV';
type PlainType = 'MAXIMUM' | 'MINIMUM' | 'PRELU' | 'SQUARED_DIFFERENCE' | 'POW';

const kernels = {
  ADD: 'Add',
  SUB: 'Subtract',
  MUL: 'Multiply',
  DIV: 'Divide',
  MAXIMUM: 'Maximum',
  MINIMUM: 'Minimum',
  PRELU: 'Prelu',
  SQUARED_DIFFERENCE: 'SquaredDifference',
  POW: 'Power',
} as const;

interface Operands {
  readonly inputs: readonly [left: Value, right: Value];
  readonly outputs: readonly Value[];
}

type OperandFields<Side extends 'left' | 'right'> = Record<Side, Address> &
  Record<`${Side}ImageBytes` | `${Side}RowBytes` | `${Side}PixelBytes` | `${Side}ChannelBytes`, number>;

function operandFields<Side extends 'left' | 'right'>(side: Side, address: Address, steps: readonly number[]): OperandFields<Side> {
  const names = ['ImageBytes', 'RowBytes', 'PixelBytes', 'ChannelBytes'];
  return { [side]: address, ...Object.fromEntries(names.map((name, i) => [`${side}${name}`, steps[i]])) } as OperandFields<Side>;
}

/** An operand of an image: strides are 0 along axes that are broadcast. */
function imageOperand<Side extends 'left' | 'right'>(side: Side, operand: Image, output: ImageShape): OperandFields<Side> {
  const { layout } = operand;
  const step = (from: number, to: number, bytes: number) => (from === 1 && to > 1 ? 0 : bytes);
  return operandFields(side, origin(operand), [
    step(layout.images, output.images, layout.imageBytes),
    step(layout.rows, output.rows, layout.rowBytes),
    step(layout.columns, output.columns, layout.pixelBytes),
    step(layout.channels, output.channels, 4),
  ]);
}

/** An operand as an image; one that has one element for all channels needs no padding lanes. */
function operandImage(lowering: Lowering, value: Value, output: Value): Image {
  const known = lowering.existingImage(value);
  if (known) return known;
  const isSplat = (value.shape.at(-1) ?? 1) === 1 && output.shape.at(-1) !== 1;
  return isSplat ? denseImage(value, 4, lowering.dense(value)) : lowering.image(value);
}

function imageElementwise(lowering: Lowering, { inputs, outputs: [value] }: Operands) {
  const [left, right] = inputs.map((input) => operandImage(lowering, input, value));
  const output = lowering.createImage(value);
  const { layout } = output;
  const operands = { ...imageOperand('left', left, layout), ...imageOperand('right', right, layout) };
  return { ...operands, output: origin(output), ...strides('output', layout), ...spans(layout, [left.layout, right.layout]) };
}

/** Images, rows and columns, and elements of each column: a row, and all rows, are one span where both operands allow it. */
function spans(output: Layout, inputs: readonly Layout[]) {
  const { images, rows, columns, channels, pixelElements } = output;
  // A whole row in the same layout, or one element for all of it.
  const isSplat = (layout: Layout) => layout.columns === 1 && layout.channels === 1 && channels > 1;
  const isRow = (layout: Layout) => layout.columns === columns && layout.channels === channels && layout.pixelElements === pixelElements;
  if (!inputs.every((layout) => isRow(layout) || isSplat(layout))) return { images, rows, columns, elements: pixelElements };
  const elements = columns * pixelElements;
  const isImage = (layout: Layout) => layout.rows === rows && layout.images === images && !hasBorder(layout);
  const isOne = (layout: Layout) => layout.rows === 1 && layout.images === 1 && isSplat(layout);
  if (!hasBorder(output) && inputs.every((layout) => isOne(layout) || (isRow(layout) && isImage(layout)))) {
    return { images: 1, rows: 1, columns: 1, elements: images * rows * elements };
  }
  return { images, rows, columns: 1, elements };
}

/** Neighbouring dimensions along which the same operands are broadcast. */
interface Axis {
  size: number;
  readonly isBroadcast: readonly boolean[];
}

/** The output's dimensions merged to as few as there can be, four at least: those in front have one entry. */
function mergedAxes({ inputs, outputs: [{ shape }] }: Operands): Axis[] {
  const axes: Axis[] = [];
  shape.forEach((size, i) => {
    if (size === 1) return;
    const isBroadcast = inputs.map((value) => (value.shape[i - shape.length + value.shape.length] ?? 1) === 1);
    const last = axes.at(-1);
    if (last && `${last.isBroadcast}` === `${isBroadcast}`) last.size *= size;
    else axes.push({ size, isBroadcast });
  });
  const none = { size: 1, isBroadcast: inputs.map(() => false) };
  return [...Array.from({ length: Math.max(0, 4 - axes.length) }, () => none), ...axes];
}

/** Bytes from one entry of each axis to the next; 0 where one of the two operands, or none of the output's dimensions, is broadcast. */
function denseSteps(axes: readonly Axis[], operand: number | undefined): number[] {
  let bytes = 4;
  return [...axes]
    .reverse()
    .map(({ size, isBroadcast }) => {
      if (operand !== undefined && isBroadcast[operand]) return 0;
      const step = bytes;
      bytes *= size;
      return step;
    })
    .reverse();
}

/** Descriptors of one node, at most: four axes are loops of a descriptor, others have one descriptor for each of their positions. */
const maxDescriptors = 256;

function descriptorCount(axes: readonly Axis[]): number {
  return axes.slice(0, -4).reduce((product, { size }) => product * size, 1);
}

function denseElementwise(lowering: Lowering, { inputs, outputs }: Operands, axes: readonly Axis[]) {
  const places = [...inputs.map((value) => lowering.dense(value)), lowering.createDense(outputs[0])];
  const steps = [0, 1, undefined].map((operand) => denseSteps(axes, operand));
  const [outputImageBytes, outputRowBytes, outputPixelBytes] = steps[2].slice(-4);
  const [images, rows, columns, elements] = axes.slice(-4).map(({ size }) => size);
  const outer = axes.slice(0, -4);
  return Array.from({ length: descriptorCount(axes) }, (_, index) => {
    let rest = index;
    const offsets = [0, 0, 0];
    for (let axis = outer.length - 1; axis >= 0; axis--) {
      const position = rest % outer[axis].size;
      steps.forEach((bytes, i) => {
        offsets[i] += position * bytes[axis];
      });
      rest = Math.floor(rest / outer[axis].size);
    }
    const [left, right, output] = places.map(({ region, offset }, i) => at(region, offset + offsets[i]));
    return {
      ...operandFields('left', left, steps[0].slice(-4)),
      ...operandFields('right', right, steps[1].slice(-4)),
      ...{ output, images, rows, columns, elements, outputImageBytes, outputRowBytes, outputPixelBytes },
    };
  });
}

/** Whether dense elements serve a node better than images: no operand has one with padding lanes yet, or most lanes would be padding. */
function prefersDense(lowering: Lowering, { inputs, outputs: [output] }: Operands): boolean {
  const whole = inputs.filter((value) => elementCount(value.shape) === elementCount(output.shape));
  return isNarrow(output) || whole.every((value) => isDenseAlready(lowering, value));
}

/** Memory for elements that are broadcast along channels, where an operand has such. */
function workspace(lowering: Lowering, { leftChannelBytes, rightChannelBytes }: { leftChannelBytes: number; rightChannelBytes: number }) {
  return leftChannelBytes && rightChannelBytes ? 0 : at(lowering.workspace('repeated', 128));
}

/** A node's operands; those of sums and products, whose kernels have a loop of its own for one right operand, the larger first. */
function operandsOf({ type, inputs, outputs }: Node): Operands {
  const [left, right] = inputs as [Value, Value];
  const isSwapped = (type === 'ADD' || type === 'MUL') && elementCount(left.shape) < elementCount(right.shape);
  return { inputs: isSwapped ? [right, left] : [left, right], outputs };
}

/** PRELU has no bounds; its kernel compares with `lower`. */
function boundsOf({ type, attributes }: Node<BinaryType | PlainType>) {
  if (type === 'PRELU') return { lower: 0, upper: 0 };
  return 'activation' in attributes ? clampFields(attributes.activation) : unclamped;
}

function lowerElementwise(lowering: Lowering, node: Node<BinaryType | PlainType>): boolean {
  const operands = operandsOf(node);
  const axes = mergedAxes(operands);
  const hasImages = isBroadcastable(node);
  const isDense = descriptorCount(axes) <= maxDescriptors && (!hasImages || prefersDense(lowering, operands));
  if (!isDense && !hasImages) return false;
  const descriptors = isDense ? denseElementwise(lowering, operands, axes) : [imageElementwise(lowering, operands)];
  const repeated = workspace(lowering, descriptors[0]);
  for (const fields of descriptors) {
    lowering.emit(floatCore, kernels[node.type], {
      ...fields,
      workspace: repeated,
      ...boundsOf(node),
    });
  }
  return true;
}

/** A square is exact, and one product. */
function lowerPower(lowering: Lowering, node: Node<'POW'>): boolean {
  const exponents = node.inputs[1]!.data;
  const isSquare = exponents?.length === 1 && exponents[0] === 2;
  return isSquare ? emitUnary(lowering, node, 'Square') : lowerElementwise(lowering, node);
}

export const elementwiseEmitters = {
  ADD: lowerElementwise,
  SUB: lowerElementwise,
  MUL: lowerElementwise,
  DIV: lowerElementwise,
  MAXIMUM: lowerElementwise,
  MINIMUM: lowerElementwise,
  PRELU: lowerElementwise,
  SQUARED_DIFFERENCE: lowerElementwise,
  POW: lowerPower,
};
