// Owns the lowering of ADD, SUB and MUL with broadcasting up to four dimensions.
import type { Node, Value } from '../../graph/graph';
import { addLeftShift, addMultipliers, mulMultiplier } from '../../quant/operator-multipliers';
import { scalesOf } from '../../quant/params';
import { centredClamp } from '../clamp';
import type { ImageShape, Layout } from '../layout';
import { all8Bit, type Lowering, origin, strides } from '../lowering';
import type { Field } from '../region';
import { scalarRequantization } from '../requantization';
import type { Centred } from '../step';

type Elementwise = Node<'ADD' | 'SUB' | 'MUL'>;

/** Largest |code - zero point|. */
const centredLimit = 255;

/** Broadcasting needs every operand's dimensions aligned with the image axes; more than four line up only when shapes are equal. */
function isSupported(node: Elementwise): boolean {
  const [left, right] = node.inputs as Value[];
  const output = node.outputs[0];
  if (!all8Bit([left, right, output])) return false;
  const same = (value: Value) => value.shape.length === output.shape.length && value.shape.every((size, i) => size === output.shape[i]);
  return output.shape.length <= 4 || (same(left) && same(right));
}

/** One operand: strides are 0 along axes that are broadcast. */
function operandFields(side: 'left' | 'right', operand: Centred, output: ImageShape): Record<string, Field> {
  const { layout } = operand;
  const step = (from: number, to: number, bytes: number) => (from === 1 && to > 1 ? 0 : bytes);
  return {
    [side]: origin(operand),
    [`${side}ImageBytes`]: step(layout.images, output.images, layout.imageBytes),
    [`${side}RowBytes`]: step(layout.rows, output.rows, layout.rowBytes),
    [`${side}PixelBytes`]: step(layout.columns, output.columns, layout.pixelBytes),
    [`${side}ChannelBytes`]: step(layout.channels, output.channels, 2),
  };
}

/** Rows of pixels without broadcasting are one run of blocks. */
function runs(output: Layout, inputs: readonly Layout[]): { columns: number; blocks: number } {
  const whole = inputs.every((layout) => layout.columns === output.columns && layout.channels === output.channels);
  const blocks = output.pixelElements / 8;
  return whole ? { columns: 1, blocks: blocks * output.columns } : { columns: output.columns, blocks };
}

function emit(lowering: Lowering, node: Elementwise, operator: 'Add' | 'Multiply', constants: Uint8Array): void {
  const [left, right] = (node.inputs as Value[]).map((value) => lowering.centred(value));
  const output = lowering.createCentred(node.outputs[0]);
  const { layout } = output;
  lowering.emit(operator, {
    ...operandFields('left', left, layout),
    ...operandFields('right', right, layout),
    output: origin(output),
    images: layout.images,
    rows: layout.rows,
    ...runs(layout, [left.layout, right.layout]),
    ...strides('output', layout),
    constants: lowering.constant('requantization', constants),
    subtract: node.type === 'SUB' ? 1 : 0,
    ...centredClamp(node.outputs[0], node.attributes.activation),
  });
}

function joined(buffers: readonly ArrayBuffer[]): Uint8Array {
  return Uint8Array.from(buffers.flatMap((buffer) => [...new Uint8Array(buffer)]));
}

export function lowerAdd(lowering: Lowering, node: Node<'ADD' | 'SUB'>): string | undefined {
  if (!isSupported(node)) return undefined;
  const { input1, input2, output } = addMultipliers(...scalesOf(node));
  // |operand| <= 2^28 before its multiplier of at most 1/2, so their sum stays below 2^29.
  const constants = [
    scalarRequantization(input1.multiplier, input1.shift, addLeftShift, centredLimit),
    scalarRequantization(input2.multiplier, input2.shift, addLeftShift, centredLimit),
    scalarRequantization(output.multiplier, output.shift, 0, 2 ** 29),
  ];
  emit(lowering, node, 'Add', joined(constants));
  return node.type === 'SUB' ? 'subtract' : 'add';
}

export function lowerMultiply(lowering: Lowering, node: Node<'MUL'>): string | undefined {
  if (!isSupported(node)) return undefined;
  const { multiplier, shift } = mulMultiplier(...scalesOf(node));
  emit(lowering, node, 'Multiply', new Uint8Array(scalarRequantization(multiplier, shift, 0, centredLimit ** 2)));
  return 'multiply';
}
