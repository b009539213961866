// Owns the lowering of ADD, SUB, MUL and DIV with broadcasting up to four dimensions, and of functions of one element.
import type { Node, Value } from '../../graph/graph';
import type { Layout } from '../../plan/layout';
import { at, type Field } from '../../plan/region';
import { clampFields } from '../gemm';
import { imageFields, type Lowering, strides, vectors } from '../lowering';
import type { FloatOperator, Image } from '../step';

type Binary = Node<'ADD' | 'SUB' | 'MUL' | 'DIV'>;
type Unary = Node<'RELU' | 'RELU6' | 'RELU_N1_TO_1' | 'LOGISTIC' | 'TANH' | 'HARD_SWISH'>;

const binary = { ADD: 'Add', SUB: 'Subtract', MUL: 'Multiply', DIV: 'Divide' } as const satisfies Record<Binary['type'], FloatOperator>;
const functions = { LOGISTIC: 'Logistic', TANH: 'Tanh', HARD_SWISH: 'HardSwish' } as const;

/** Operands line up with the image axes; more than four dimensions do only when shapes are equal. */
function isSupported(node: Binary): boolean {
  const output = node.outputs[0];
  return output.shape.length <= 4 || node.inputs.every((value) => `${value!.shape}` === `${output.shape}`);
}

/** One operand: strides are 0 along axes that are broadcast. */
function operand(side: 'left' | 'right', { region, layout }: Image, output: Layout): Record<string, Field> {
  const step = (from: number, to: number, bytes: number) => (from === 1 && to > 1 ? 0 : bytes);
  return {
    [side]: at(region, layout.origin),
    [`${side}ImageBytes`]: step(layout.images, output.images, layout.imageBytes),
    [`${side}RowBytes`]: step(layout.rows, output.rows, layout.rowBytes),
    [`${side}PixelBytes`]: step(layout.columns, output.columns, layout.pixelBytes),
    [`${side}ChannelBytes`]: step(layout.channels, output.channels, 4),
  };
}

/** Rows of pixels without broadcasting are one run. */
function runs(output: Layout, inputs: readonly Layout[]): { columns: number; vectors: number } {
  const whole = inputs.every((layout) => layout.columns === output.columns && layout.channels === output.channels);
  return whole ? { columns: 1, vectors: vectors(output) * output.columns } : { columns: output.columns, vectors: vectors(output) };
}

export function lowerBinary(lowering: Lowering, node: Binary): boolean {
  if (!isSupported(node)) return false;
  const [left, right] = (node.inputs as Value[]).map((value) => lowering.image(value));
  const { region, layout } = lowering.createImage(node.outputs[0]);
  lowering.emit(binary[node.type], {
    ...operand('left', left, layout),
    ...operand('right', right, layout),
    output: at(region, layout.origin),
    ...imageFields(layout),
    ...runs(layout, [left.layout, right.layout]),
    ...strides('output', layout),
    ...clampFields(node.attributes.activation),
  });
  return true;
}

export function lowerUnary(lowering: Lowering, node: Unary): boolean {
  const input = lowering.image(node.inputs[0]!);
  const output = lowering.createImage(node.outputs[0]);
  const { images, rows, columns } = output.layout;
  const clamps = node.type === 'RELU' || node.type === 'RELU6' || node.type === 'RELU_N1_TO_1';
  lowering.emit(clamps ? 'Clamp' : functions[node.type as keyof typeof functions], {
    input: at(input.region, input.layout.origin),
    output: at(output.region, output.layout.origin),
    images,
    rows,
    vectors: vectors(output.layout) * columns,
    inputImageBytes: input.layout.imageBytes,
    inputRowBytes: input.layout.rowBytes,
    outputImageBytes: output.layout.imageBytes,
    outputRowBytes: output.layout.rowBytes,
    ...clampFields(clamps ? node.type : 'NONE'),
  });
  return true;
}
