// Owns the lowering of float operators with one operand, element by element.
import { type Activation, elementCount, type Node, type OperatorType } from '../../graph/graph';
import { origin } from '../fields';
import { floatCore } from '../formats/float32';
import type { Lowering } from '../lowering';
import type { Address, AddressField } from '../region';
import { clampFields } from './activation';
import { constantsOf, fourOverPiOf, logarithmsOf } from './constants';
import { isDenseAlready, isNarrow } from './dense';

type Piecewise = 'Clamp' | 'HardSwish' | 'LeakyRelu' | 'Negate' | 'Absolute' | 'Square' | 'Floor' | 'Ceil' | 'Round';
type Curved = 'Logistic' | 'Tanh' | 'Exp' | 'Sqrt' | 'Rsqrt' | 'Elu' | 'Gelu' | 'GeluByTanh' | 'Log' | 'Sine' | 'Cosine';
type Kernel = Piecewise | Curved;

/** Where the rows of a unary descriptor lie. */
interface Rows {
  readonly input: AddressField;
  readonly output: AddressField;
  readonly images: number;
  readonly rows: number;
  readonly elements: number;
  readonly inputImageBytes: number;
  readonly inputRowBytes: number;
  readonly outputImageBytes: number;
  readonly outputRowBytes: number;
}

/** Dense elements as one row: where no image exists yet, or most of its lanes would be padding. */
function denseRow(lowering: Lowering, { inputs, outputs }: Node): Rows {
  const input = lowering.dense(inputs[0]!);
  const output = lowering.createDense(outputs[0]);
  const elements = elementCount(outputs[0].shape);
  return { input, output, images: 1, rows: 1, elements, inputImageBytes: 0, inputRowBytes: 0, outputImageBytes: 0, outputRowBytes: 0 };
}

/** Rows of pixels, padding lanes included. */
function imageRows(lowering: Lowering, { inputs, outputs }: Node): Rows {
  const input = lowering.image(inputs[0]!);
  const output = lowering.createImage(outputs[0]);
  const { images, rows, columns, pixelElements, imageBytes, rowBytes } = output.layout;
  return {
    input: origin(input),
    output: origin(output),
    images,
    rows,
    elements: columns * pixelElements,
    inputImageBytes: input.layout.imageBytes,
    inputRowBytes: input.layout.rowBytes,
    outputImageBytes: imageBytes,
    outputRowBytes: rowBytes,
  };
}

function tableOf(lowering: Lowering, kernel: Kernel): Address {
  if (kernel === 'Log') return logarithmsOf(lowering);
  return kernel === 'Sine' || kernel === 'Cosine' ? fourOverPiOf(lowering) : constantsOf(lowering, kernel === 'GeluByTanh');
}

export function emitUnary(lowering: Lowering, node: Node, kernel: Kernel, a = 0, b = 0): boolean {
  const [value] = node.inputs;
  const isDense = isNarrow(value!) || isDenseAlready(lowering, value!);
  lowering.emit(floatCore, kernel, { ...(isDense ? denseRow : imageRows)(lowering, node), constants: tableOf(lowering, kernel), a, b });
  return true;
}

/** The operator RELU keeps infinity (`tflite/kernels/internal/reference/reference_ops.h`, Relu); a fused RELU ends at the largest float. */
function lowerRelu(lowering: Lowering, node: Node<'RELU' | 'RELU6' | 'RELU_N1_TO_1'>): boolean {
  const { lower, upper } = clampFields(node.type as Activation);
  return emitUnary(lowering, node, 'Clamp', lower, node.type === 'RELU' ? Infinity : upper);
}

/** The operator ends at 1 (`tflite/kernels/internal/reference/reference_ops.h`, Relu0To1). */
function lowerReluToOne(lowering: Lowering, node: Node<'RELU_0_TO_1'>): boolean {
  return emitUnary(lowering, node, 'Clamp', 0, 1);
}

function lowerTo(kernel: Kernel) {
  return (lowering: Lowering, node: Node<OperatorType>): boolean => emitUnary(lowering, node, kernel);
}

export const unaryEmitters = {
  RELU: lowerRelu,
  RELU6: lowerRelu,
  RELU_N1_TO_1: lowerRelu,
  RELU_0_TO_1: lowerReluToOne,
  LEAKY_RELU: (lowering: Lowering, node: Node<'LEAKY_RELU'>) => emitUnary(lowering, node, 'LeakyRelu', node.attributes.alpha),
  LOGISTIC: lowerTo('Logistic'),
  TANH: lowerTo('Tanh'),
  HARD_SWISH: lowerTo('HardSwish'),
  // Beyond these bounds the result is 0 or infinity.
  EXP: (lowering: Lowering, node: Node<'EXP'>) => emitUnary(lowering, node, 'Exp', -105, 90),
  SQRT: lowerTo('Sqrt'),
  RSQRT: lowerTo('Rsqrt'),
  // The argument is the bit of the sign.
  NEG: (lowering: Lowering, node: Node<'NEG'>) => emitUnary(lowering, node, 'Negate', -0),
  ABS: (lowering: Lowering, node: Node<'ABS'>) => emitUnary(lowering, node, 'Absolute', -0),
  SQUARE: lowerTo('Square'),
  FLOOR: lowerTo('Floor'),
  CEIL: lowerTo('Ceil'),
  ROUND: lowerTo('Round'),
  ELU: lowerTo('Elu'),
  GELU: (lowering: Lowering, node: Node<'GELU'>) => emitUnary(lowering, node, node.attributes.approximate ? 'GeluByTanh' : 'Gelu'),
  LOG: lowerTo('Log'),
  SIN: lowerTo('Sine'),
  COS: lowerTo('Cosine'),
};
