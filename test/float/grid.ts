// Owns graphs of float operators over grids of shapes and options, each compared with the reference kernels by a test.
import { test } from 'uvu';
import type { Activation, Graph, OperatorAttributes, OperatorType, Value } from '../../src/graph/graph';
import { elementCount } from '../../src/graph/graph';
import { GraphBuilder } from '../support/build';
import { type Case, type Grid, gridCase, gridSize, pairwise } from '../support/grid';
import { Random } from '../support/random';
import { checkGraph } from './check';

export const activations: Activation[] = ['NONE', 'RELU', 'RELU6', 'RELU_N1_TO_1'];
export const paddings = ['SAME', 'VALID'] as const;

/** Of a result's range: what the polynomial for exp costs. */
export const exponentialTolerance = 2e-6;

export class FloatBuilder extends GraphBuilder {
  private readonly random = new Random(7);

  floats(...shape: number[]): Value {
    return this.constant(
      'float32',
      shape,
      Array.from({ length: elementCount(shape) }, () => this.random.normal()),
    );
  }

  input4(...shape: number[]): Value {
    return this.input('float32', shape);
  }

  /** A node with one float output. */
  float<T extends OperatorType>(type: T, attributes: OperatorAttributes[T], inputs: (Value | undefined)[]): Value {
    return this.node(type, attributes, inputs, { dtype: 'float32' })[0];
  }
}

/** Small grids are walked whole; of others every pair of values of two parameters occurs in some case. */
function casesOf<G extends Grid>(grid: G): readonly Case<G>[] {
  if (gridSize(grid) > 200) return pairwise(grid, 1).cases;
  return Array.from({ length: gridSize(grid) }, (_, i) => gridCase(grid, i));
}

/** One test per grid. */
export function testGrid<G extends Grid>(name: string, grid: G, tolerance: number, build: (values: Case<G>) => Graph | undefined): void {
  const cases = casesOf(grid);
  test(`${name}: ${cases.length} cases`, () => {
    for (const values of cases) {
      const graph = build(values);
      if (graph) checkGraph(graph, tolerance, `${name} ${JSON.stringify(values)}`);
    }
  });
}

export function windowFits(size: number, filter: number, dilation: number, padding: string): boolean {
  return padding === 'SAME' || size >= (filter - 1) * dilation + 1;
}
