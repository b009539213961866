// Owns tensors of codes between QuantizeLinear and DequantizeLinear: inputs of the file, and operators that only move codes.
import { ModelError } from 'zeropoint';
import type { Value } from 'zeropoint/graph';
import { quote } from '../../../quote';
import type { OnnxBuilder } from '../builder';
import { describeOnnxNode } from '../call';
import { constantOperand, type Operand } from '../operand';
import type { GraphMessage, NodeMessage, ValueInfoMessage } from '../proto';
import { dataTypes } from '../tensor';
import type { Tensors } from '../tensors';
import { type Codes, realOf, sameCodes } from './codes';

/** Operators that give some of the codes that they read, whatever these stand for. */
export const movingCodes: ReadonlySet<string> = new Set([
  'Concat',
  'DepthToSpace',
  'Dropout',
  'Expand',
  'Flatten',
  'Gather',
  'Identity',
  'MaxPool',
  'Pad',
  'Reshape',
  'Resize',
  'Slice',
  'SpaceToDepth',
  'Split',
  'Squeeze',
  'Tile',
  'Transpose',
  'Unsqueeze',
  'Upsample',
]);

/** Operators that read what their input stands for, or nothing but its shape. */
const reading: ReadonlySet<string> = new Set(['DequantizeLinear', 'Shape']);

/** Whether a node may read codes as its input 0. */
export function takesCodes({ opType }: NodeMessage): boolean {
  return movingCodes.has(opType) || reading.has(opType);
}

/** The element of a constant with one element. */
function numberOf(operand: Operand | undefined): number | undefined {
  return operand?.data?.length === 1 ? operand.data[0] : undefined;
}

/**
 * The parameters of an input of codes: those of the first DequantizeLinear that reads it, itself or through operators that move codes.
 * Undefined for inputs of floats, and where nothing dequantizes.
 */
export function codesOfInput({ name, type }: ValueInfoMessage, { node }: GraphMessage, tensors: Tensors): Codes | undefined {
  const elementType = type?.tensorType?.elemType;
  if (elementType !== dataTypes.INT8 && elementType !== dataTypes.UINT8) return undefined;
  const dtype = elementType === dataTypes.INT8 ? 'int8' : 'uint8';
  const names = new Set([name]);
  for (const reader of node) {
    if (!reader.input.some((input) => names.has(input))) continue;
    if (movingCodes.has(reader.opType)) for (const output of reader.output) names.add(output);
    if (reader.opType !== 'DequantizeLinear') continue;
    const constant = (index: number) => {
      const input = reader.input[index] ?? '';
      return input !== '' && tensors.has(input) ? numberOf(tensors.get(input, '')) : undefined;
    };
    const [scale, zeroPoint] = [constant(1), reader.input[2] ? constant(2) : 0];
    const isSound = scale !== undefined && zeroPoint !== undefined && scale > 0 && Number.isFinite(scale);
    if (isSound) return { scale, zeroPoint, dtype };
  }
  return undefined;
}

/** Marks an input of the graph as codes; its reals, which other nodes read. */
export function dequantizedInput(builder: OnnxBuilder, value: Value, codes: Codes): Value {
  value.dtype = codes.dtype;
  value.quantization = { scale: [codes.scale], zeroPoint: [codes.zeroPoint], axis: 0 };
  builder.hasCodes = true;
  return builder.node('DEQUANTIZE', {}, [value], `${value.name}/real`);
}

/** The operands of a node, with the fill of a Pad of codes as a real: without one it is code 0 (the ONNX operator documentation of Pad). */
export function realOperands({ opType, attribute }: NodeMessage, operands: (Operand | undefined)[]): (Operand | undefined)[] {
  const codes = operands[0]?.codes;
  if (opType !== 'Pad' || !codes) return operands;
  const mode = attribute.find(({ name }) => name === 'mode')?.s ?? 'constant';
  const fill = numberOf(operands[2]) ?? 0;
  if (mode !== 'constant') return operands;
  const real = constantOperand(Float32Array.of(realOf(fill, codes.scale, codes.zeroPoint)), []);
  return [operands[0], operands[1], real, ...operands.slice(3)];
}

/**
 * The results of a node that moves codes, with the parameters of these.
 * @throws ModelError `unsupported-feature` where codes with other parameters, or floats, are joined to them
 */
export function keepCodes(node: NodeMessage, operands: readonly (Operand | undefined)[], results: Operand[]): Operand[] {
  const codes = operands.find((operand) => operand?.codes)?.codes;
  if (!codes || !movingCodes.has(node.opType)) return results;
  const joined = node.opType === 'Concat' ? operands : operands.slice(0, 1);
  if (!joined.every((operand) => operand?.codes && sameCodes(operand.codes, codes))) {
    const message = 'it joins codes with different scales; dequantize them before it, as QDQ files do';
    throw new ModelError('unsupported-feature', quote(message), { where: describeOnnxNode(node) });
  }
  return results.map((result) => ({ ...result, codes }));
}
