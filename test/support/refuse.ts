// Owns tests of one line for graphs that validation must refuse or accept.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ErrorCode } from '../../src/errors';
import { ModelError } from '../../src/errors';
import type { DType, Graph, OperatorAttributes, OperatorType, Quantization, Value } from '../../src/graph/graph';
import { validate } from '../../src/graph/validate';
import { evaluate } from '../../src/reference/run';
import { GraphBuilder, type ValueOptions } from './build';

/** Registers a test that validation throws `code`. `change`, where given, breaks the graph that `build` makes and that validates. */
export function refuses(
  title: string,
  code: ErrorCode,
  build: () => Graph,
  change: (graph: Graph) => void = () => {},
  batch?: number,
): void {
  test(`${title} -> ${code}`, () => {
    const graph = build();
    if (change.length > 0) {
      validate(build(), { evaluate });
      change(graph);
    }
    try {
      validate(graph, { evaluate, batch });
    } catch (error) {
      assert.instance(error, ModelError);
      assert.is((error as ModelError).code, code, (error as ModelError).message);
      return;
    }
    assert.unreachable('it validated');
  });
}

/** Registers a test that the graph validates. */
export function accepts(title: string, build: () => Graph): void {
  test(`${title} validates`, () => validate(build(), { evaluate }));
}

/** One node on data inputs of one dtype and quantization each. */
export function single<T extends OperatorType>(
  type: T,
  attributes: OperatorAttributes[T],
  dtype: DType,
  inputs: [shape: number[], quantization?: Quantization][],
  output?: Quantization,
  operands: (builder: GraphBuilder) => Value[] = () => [],
): () => Graph {
  return () => {
    const builder = new GraphBuilder();
    const values = inputs.map(([shape, quantization]) => builder.input(dtype, shape, quantization));
    const result: ValueOptions = { dtype, quantization: output };
    return builder.outputs(...builder.node(type, attributes, [...values, ...operands(builder)], result));
  };
}
