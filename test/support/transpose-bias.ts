// Owns files of one Convolution2DTransposeBias of MediaPipe, which the writer itself never writes.
import * as assert from 'uvu/assert';
import type { OperatorAttributes, Value } from '../../src/graph/graph';
import { writeModel } from '../../src/tflite';
import { GraphBuilder } from './build';
import { Random } from './random';

/** What the writer needs of an operator that the reader makes another of. */
function written(customOptions: Uint8Array): OperatorAttributes['CUSTOM'] {
  const nothing = () => assert.unreachable();
  const operator = { name: 'Convolution2DTransposeBias', options: {}, operands: '', shapes: nothing, work: nothing, evaluate: nothing };
  return { operator: operator as never, customOptions };
}

export interface TransposeBiasCase {
  readonly options: Uint8Array;
  readonly input: readonly number[];
  readonly filter: readonly number[];
  readonly change?: (data: Value) => void;
  readonly operands?: number;
}

/** A file of one operator, and elements for its input; all are small integers, so that sums are exact in any order. */
export function transposeBias({ options, input, filter, change, operands = 3 }: TransposeBiasCase) {
  const random = new Random(9);
  const builder = new GraphBuilder();
  const integers = (count: number) => Array.from({ length: count }, () => random.integer(-4, 4));
  const count = (shape: readonly number[]) => shape.reduce((product, dimension) => product * dimension, 1);
  const data = builder.input('float32', input);
  const constants = [integers(count(filter)), integers(filter[0])];
  const values = [data, builder.constant('float32', filter, constants[0]), builder.constant('float32', [filter[0]], constants[1])];
  change?.(data);
  const output = builder.node('CUSTOM', written(options), values.slice(0, operands), { dtype: 'float32' });
  return { file: writeModel(builder.outputs(...output)), data: integers(count(input)), weights: constants[0], bias: constants[1] };
}
