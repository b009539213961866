// Owns naming at once everything in a file's quantization that cannot be imported, with what to do instead.
import { describeOnnxNode } from '../call';
import type { GraphMessage, NodeMessage, TensorMessage } from '../proto';
import { dataTypes } from '../tensor';
import { intOf } from './expansion';
import { movingCodes, takesCodes } from './tensors';

/** `TensorProto.DataType` of codes that no kernel computes with (onnx.proto). */
const otherCodes: Readonly<Record<number, string>> = {
  4: 'uint16',
  5: 'int16',
  17: 'float8',
  18: 'float8',
  19: 'float8',
  20: 'float8',
  21: 'uint4',
  22: 'int4',
  23: 'float4',
};

const asQdq = 'quantize it statically, in QDQ form (quantize_static of ONNX Runtime)';

/** What is wrong with one node whatever its inputs, else undefined. */
function operatorFault(node: NodeMessage): string | undefined {
  switch (node.opType) {
    case 'DynamicQuantizeLinear':
      return `is dynamic quantization, which is imported as hybrid layers where Cast and Mul scale products back to floats; ${asQdq}`;
    case 'ConvInteger':
    case 'MatMulInteger':
      return `gives integers that no Cast and Mul scale back to floats; ${asQdq}`;
    case 'QuantizeLinear':
    case 'DequantizeLinear':
      return intOf(node, 'block_size', 0) === 0 ? undefined : 'has a scale per block; quantize per tensor or per channel';
    default:
      return intOf(node, 'channels_last', 0) === 0 ? undefined : 'has its channels last; export it with channels first';
  }
}

/** Element type and number of elements of the file's constants. */
function constantsOf({ initializer, node }: GraphMessage): Map<string, { dataType: number; count: number }> {
  const constants = new Map<string, { dataType: number; count: number }>();
  const add = (name: string, { dataType, dims }: TensorMessage) =>
    constants.set(name, { dataType, count: dims.reduce((product, size) => product * Number(size), 1) });
  for (const tensor of initializer) add(tensor.name, tensor);
  for (const { opType, attribute, output } of node) {
    const tensor = opType === 'Constant' ? attribute.find(({ name }) => name === 'value')?.t : undefined;
    if (tensor && output[0]) add(output[0], tensor);
  }
  return constants;
}

class Faults {
  readonly found: string[] = [];
  /** Tensors of codes that depend on the network's input. */
  private readonly codes = new Set<string>();
  private readonly constants: ReturnType<typeof constantsOf>;

  constructor(source: GraphMessage) {
    this.constants = constantsOf(source);
    for (const { name, type } of source.input) {
      const elementType = type?.tensorType?.elemType;
      const isCodes = elementType === dataTypes.INT8 || elementType === dataTypes.UINT8;
      if (isCodes && !this.constants.has(name)) this.codes.add(name);
    }
  }

  visit(node: NodeMessage): void {
    const fault = operatorFault(node) ?? this.parameterFault(node) ?? this.readerFault(node);
    if (fault) this.found.push(`${describeOnnxNode(node)} ${fault}`);
    const inputs = node.input.filter(Boolean);
    const isConstant = inputs.length > 0 && inputs.every((name) => this.constants.has(name));
    const givesCodes = node.opType === 'QuantizeLinear' || (movingCodes.has(node.opType) && this.codes.has(node.input[0]));
    for (const name of node.output) {
      if (isConstant) this.constants.set(name, { dataType: 0, count: 0 });
      else if (givesCodes) this.codes.add(name);
    }
  }

  private parameterFault({ opType, input }: NodeMessage): string | undefined {
    if (opType !== 'QuantizeLinear' && opType !== 'DequantizeLinear') return undefined;
    const [x, scale, zeroPoint] = [input[0], input[1] ?? '', input[2] ?? ''].map((name) => this.constants.get(name));
    const other = otherCodes[(zeroPoint ?? (opType === 'DequantizeLinear' ? x : undefined))?.dataType ?? 0];
    if (other) return `has ${other} codes; quantize to int8 or uint8`;
    if (!scale || (input[2] && !zeroPoint)) return 'has a scale or zero point that the network computes; export it with constant ones';
    const isActivation = opType === 'QuantizeLinear' ? !x : this.codes.has(input[0]);
    return isActivation && scale.count > 1 ? 'has a scale per channel of activations; quantize these per tensor' : undefined;
  }

  private readerFault(node: NodeMessage): string | undefined {
    if (takesCodes(node) || node.opType === 'Cast' || !node.input.some((name) => this.codes.has(name))) return undefined;
    return `computes with ${node.input.find((name) => this.codes.has(name))}, which holds codes; put DequantizeLinear before it, as in QDQ form`;
  }
}

/** One text per fault, each with its node and what to do; nodes are those after expansion. */
export function quantizationFaults(source: GraphMessage): string[] {
  const faults = new Faults(source);
  for (const node of source.node) faults.visit(node);
  return faults.found;
}
