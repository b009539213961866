// Owns tests of one line for the shape rule of an operator: inputs by their shapes, and the shapes or the error that follow.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ModelError } from '../../src/errors';
import type { DType, OperatorAttributes, OperatorType } from '../../src/graph/graph';
import { inferShapes } from '../../src/graph/shapes';
import { evaluate } from '../../src/reference/run';
import { GraphBuilder } from './build';

type Shape = readonly number[];
/** A float32 data input by its shape, or an int32 constant operand by shape and elements. */
type Input = Shape | { shape: Shape; data: number[] };

interface Case<T extends OperatorType> {
  type: T;
  attributes: OperatorAttributes[T];
  inputs: (Input | undefined)[];
  /** Shapes of the outputs, or the code of the error. */
  expected: Shape[] | string;
  outputs?: number;
  batch?: number;
}

export const ints = (...data: number[]): Input => ({ shape: [data.length], data });
export const scalar = (element: number): Input => ({ shape: [], data: [element] });

function infer<T extends OperatorType>({ type, attributes, inputs, outputs = 1, batch }: Case<T>): Shape[] {
  const builder = new GraphBuilder();
  const values = inputs.map((input) => {
    if (!input) return undefined;
    return 'data' in input ? builder.constant('int32', input.shape, input.data) : builder.input('float32', input as Shape);
  });
  const results = builder.node(type, attributes, values, ...Array.from({ length: outputs }, () => ({ dtype: 'float32' as DType })));
  inferShapes(builder.outputs(...results), { evaluate, batch });
  return results.map(({ shape }) => shape);
}

/** Registers a test of one node. */
export function check<T extends OperatorType>(
  type: T,
  attributes: OperatorAttributes[T],
  inputs: (Input | undefined)[],
  expected: Shape[] | string,
  more: { outputs?: number; batch?: number } = {},
): void {
  const title = `${type} ${JSON.stringify(attributes)} (${inputs.map((input) => JSON.stringify(input))}) ${JSON.stringify(more)} -> ${JSON.stringify(expected)}`;
  test(title, () => {
    const outputs = more.outputs ?? (typeof expected === 'string' ? 1 : expected.length);
    const run = () => infer({ type, attributes, inputs, expected, ...more, outputs });
    if (typeof expected === 'string') assert.throws(run, (error: unknown) => error instanceof ModelError && error.code === expected);
    else assert.equal(run(), expected);
  });
}
