// Owns the dtypes of the values that an imported node computes, from those of its inputs.
import type { DType, OperatorAttributes, OperatorType, Value } from 'zeropoint/graph';

/** The input whose dtype outputs have; 0 for other operators. */
const typedBy: Partial<Readonly<Record<OperatorType, number>>> = {
  SPLIT: 1,
  SELECT: 1,
  SELECT_V2: 1,
  TRANSPOSE_CONV: 2,
  FILL: 1,
  ONE_HOT: 2,
};

const fixed: Partial<Readonly<Record<OperatorType, DType>>> = {
  EQUAL: 'bool',
  NOT_EQUAL: 'bool',
  LESS: 'bool',
  LESS_EQUAL: 'bool',
  GREATER: 'bool',
  GREATER_EQUAL: 'bool',
  WHERE: 'int64',
  DEQUANTIZE: 'float32',
};

/** The dtype of output `index`; CAST and QUANTIZE must be told theirs. */
export function outputType<T extends OperatorType>(
  type: T,
  attributes: OperatorAttributes[T],
  inputs: readonly (Value | undefined)[],
  index: number,
): DType {
  if ('outputType' in attributes) return attributes.outputType as DType;
  if ('outType' in attributes) return attributes.outType as DType;
  if (type === 'TOPK_V2' && index === 1) return 'int32';
  return fixed[type] ?? inputs[typedBy[type] ?? 0]?.dtype ?? 'float32';
}
