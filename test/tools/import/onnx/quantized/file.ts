// Owns writing single operators of codes as ONNX files in both forms: DequantizeLinear, operator, QuantizeLinear; and QLinear operators.
import { Random } from '../../../../support/random';
import type { Attribute, FileModel, FileNode, FileTensor } from '../file';
import { type Tensor, tensor } from '../nchw';

export type CodesDtype = 'int8' | 'uint8';

export interface Params {
  scale: number;
  zeroPoint: number;
}

/** A constant of codes, per tensor or per channel along `axis`. */
export interface ConstantCodes {
  shape: readonly number[];
  codes: Int8Array | Uint8Array;
  scale: readonly number[];
  zeroPoint: readonly number[];
  axis?: number;
}

/** One operator. Inputs are activations, then `weights`, then `bias`, whose scale is that of input times weights. */
export interface OperatorCase {
  title: string;
  type: string;
  attributes?: Readonly<Record<string, Attribute>>;
  inputs: readonly (Params & { shape: readonly number[] })[];
  weights?: ConstantCodes;
  bias?: Int32Array;
  output: Params;
  /** Of activations. */
  dtype: CodesDtype;
  /** Float operators before QuantizeLinear. */
  after?: readonly { type: string; inputs?: readonly string[]; attributes?: Readonly<Record<string, Attribute>> }[];
  constants?: Readonly<Record<string, FileTensor>>;
  /** The operator of codes, if there is one; 'concat' takes the output's parameters first. */
  linear?: { type: string; domain?: string; order?: 'concat' | 'gemm' };
  opset?: number;
  /** Real results of real inputs. */
  expected: (...inputs: Tensor[]) => Tensor;
  /** Types of the graph's nodes. */
  types?: string;
  linearTypes?: string;
}

const f32 = Math.fround;
const codesOf = (dtype: CodesDtype, codes: readonly number[]) => (dtype === 'int8' ? Int8Array.from(codes) : Uint8Array.from(codes));
export const codeBounds = (dtype: CodesDtype): readonly [number, number] => (dtype === 'int8' ? [-128, 127] : [0, 255]);

export const one = (scale: number): FileTensor => ({ shape: [], data: Float32Array.of(scale) });
export const zero = (zeroPoint: number, dtype: CodesDtype): FileTensor => ({ shape: [], data: codesOf(dtype, [zeroPoint]) });

/** Seeded codes of the whole range of their type, or of `bounds`. */
export function randomCodes(dtype: CodesDtype, count: number, seed: number, bounds = codeBounds(dtype)): Int8Array | Uint8Array {
  const random = new Random(seed);
  return codesOf(
    dtype,
    Array.from({ length: count }, () => random.integer(bounds[0], bounds[1])),
  );
}

/** The reals of codes. */
export function realsOf(shape: readonly number[], codes: ArrayLike<number>, { scale, zeroPoint }: Params): Tensor {
  return { shape, data: Float64Array.from(codes, (code) => f32(f32(scale) * (code - zeroPoint))) };
}

/** The reals of constant codes, per channel. */
export function weightsOf({ shape, codes, scale, zeroPoint, axis = 0 }: ConstantCodes): Tensor {
  let i = 0;
  return tensor(shape, (index) => {
    const c = scale.length === 1 ? 0 : index[axis];
    return f32(f32(scale[c]) * (codes[i++] - zeroPoint[zeroPoint.length === 1 ? 0 : c]));
  });
}

export function biasOf({ bias, weights, inputs }: OperatorCase): Tensor | undefined {
  if (!bias) return undefined;
  const { scale } = weights!;
  return tensor([bias.length], ([c]) => bias[c] * f32(inputs[0].scale) * f32(scale[scale.length === 1 ? 0 : c]));
}

function constantsOf(test: OperatorCase): Record<string, FileTensor> {
  const { weights, bias, inputs, output, dtype } = test;
  const constants: Record<string, FileTensor> = { ...test.constants, ys: one(output.scale), yz: zero(output.zeroPoint, dtype) };
  for (const [i, { scale, zeroPoint }] of inputs.entries()) {
    constants[`x${i}s`] = one(scale);
    constants[`x${i}z`] = zero(zeroPoint, dtype);
  }
  if (weights) {
    const { shape, codes, scale, zeroPoint } = weights;
    const parameters = scale.length === 1 ? [] : [scale.length];
    constants.w = { shape, data: codes };
    constants.ws = { shape: parameters, data: Float32Array.from(scale) };
    const zeros = scale.map((_, c) => zeroPoint[zeroPoint.length === 1 ? 0 : c]);
    constants.wz = { shape: parameters, data: codesOf(codes instanceof Int8Array ? 'int8' : 'uint8', zeros) };
  }
  if (bias) {
    const scale = weights!.scale.map((value) => f32(f32(inputs[0].scale) * f32(value)));
    constants.b = { shape: [bias.length], data: bias };
    constants.bs = { shape: scale.length === 1 ? [] : [scale.length], data: Float32Array.from(scale) };
  }
  return constants;
}

const quantizeInputs = ({ inputs }: OperatorCase): FileNode[] =>
  inputs.map((_, i) => ({ type: 'QuantizeLinear', inputs: [`x${i}`, `x${i}s`, `x${i}z`], outputs: [`q${i}`] }));

function modelOf(test: OperatorCase, nodes: FileNode[]): FileModel {
  return {
    opset: test.opset,
    inputs: Object.fromEntries(test.inputs.map(({ shape }, i) => [`x${i}`, shape])),
    constants: constantsOf(test),
    nodes: [...quantizeInputs(test), ...nodes, { type: 'DequantizeLinear', inputs: ['qy', 'ys', 'yz'], outputs: ['y'] }],
    outputs: ['y'],
  };
}

/** DequantizeLinear, operator, QuantizeLinear. */
export function qdqForm(test: OperatorCase): FileModel {
  const { inputs, weights, bias, type, attributes, after = [] } = test;
  const nodes: FileNode[] = inputs.map((_, i) => ({ type: 'DequantizeLinear', inputs: [`q${i}`, `x${i}s`, `x${i}z`], outputs: [`d${i}`] }));
  const operands = inputs.map((_, i) => `d${i}`);
  if (weights) {
    nodes.push({ type: 'DequantizeLinear', inputs: ['w', 'ws', 'wz'], outputs: ['dw'], attributes: { axis: weights.axis ?? 0 } });
    operands.push('dw');
  }
  if (bias) {
    nodes.push({ type: 'DequantizeLinear', inputs: ['b', 'bs'], outputs: ['db'], attributes: { axis: 0 } });
    operands.push('db');
  }
  nodes.push({
    type,
    inputs: [...operands, ...Object.keys(test.constants ?? {}).filter((name) => name.startsWith('c'))],
    outputs: ['r0'],
    attributes,
  });
  for (const [i, node] of after.entries()) {
    nodes.push({ type: node.type, inputs: [`r${i}`, ...(node.inputs ?? [])], outputs: [`r${i + 1}`], attributes: node.attributes });
  }
  return modelOf(test, [...nodes, { type: 'QuantizeLinear', inputs: [`r${after.length}`, 'ys', 'yz'], outputs: ['qy'] }]);
}

/** The operator of codes. */
export function linearForm(test: OperatorCase): FileModel {
  const { inputs, weights, bias, attributes, linear } = test;
  const { type, domain, order } = linear!;
  const activations = inputs.flatMap((_, i) => [`q${i}`, `x${i}s`, `x${i}z`]);
  const operands = [...activations, ...(weights ? ['w', 'ws', 'wz'] : [])];
  const output = ['ys', 'yz'];
  const biases = bias ? ['b'] : [];
  const ordered = {
    plain: [...operands, ...output, ...biases],
    concat: [...output, ...operands],
    gemm: [...operands, biases[0] ?? '', ...output],
  }[order ?? 'plain'];
  return modelOf(test, [{ type, domain, inputs: ordered, outputs: ['qy'], attributes }]);
}

/** Elements of the float inputs, which are reals of codes exactly. */
export function inputsOf({ inputs, dtype }: OperatorCase): Tensor[] {
  return inputs.map(({ shape, scale, zeroPoint }, i) => {
    const count = shape.reduce((product, size) => product * size, 1);
    return realsOf(shape, randomCodes(dtype, count, 100 + i), { scale, zeroPoint });
  });
}

/** The code of a real, rounded half to even and clamped. */
export function codeOf(real: number, { scale, zeroPoint }: Params, dtype: CodesDtype): number {
  const [min, max] = codeBounds(dtype);
  const quotient = real / f32(scale);
  const floor = Math.floor(quotient);
  const isHalf = quotient - floor === 0.5;
  const rounded = isHalf ? floor + (floor % 2 === 0 ? 0 : 1) : Math.round(quotient);
  return Math.min(Math.max(rounded + zeroPoint, min), max);
}
