// Owns the lowering of CAST between dense elements.
import { CastType } from '../../core/abi';
import { type DType, elementCount, type Node } from '../../graph/graph';
import { core } from '../formats/centred';
import type { Lowering } from '../lowering';

const types: Readonly<Partial<Record<DType, CastType>>> = {
  int8: CastType.Int8,
  uint8: CastType.Uint8,
  int32: CastType.Int32,
  int64: CastType.Int64,
  float32: CastType.Float32,
  bool: CastType.Bool,
};

export function lowerCast(lowering: Lowering, { inputs: [input], outputs: [output] }: Node<'CAST'>): string | undefined {
  const [from, to] = [types[input!.dtype], types[output.dtype]];
  if (from === undefined || to === undefined) return undefined;
  const source = lowering.dense(input!);
  lowering.emit(core, 'Cast', { input: source, output: lowering.createDense(output), count: elementCount(output.shape), from, to });
  return 'cast';
}
