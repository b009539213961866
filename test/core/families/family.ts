// Owns what a family of kernels is: a grid of parameters and the graph of each case; and the check of one case.
import { test } from 'uvu';
import type { Graph, TensorData } from '../../../src/graph/graph';
import { type Case, type Grid, pairwise } from '../../support/grid';
import { checkGuarded } from '../../support/guard';
import { Random } from '../../support/random';

export interface Built {
  readonly graph: Graph;
  /** Elements of the graph's inputs. */
  readonly inputs: readonly TensorData[];
}

export interface Family<G extends Grid = Grid> {
  readonly name: string;
  readonly grid: G;
  /** Everything random is drawn from `random`, which depends on the case alone. */
  build(parameters: Case<G>, random: Random): Built;
  /** Some parts may run on the host. */
  readonly allowHost?: boolean;
}

/** Infers the grid's type. */
export function family<const G extends Grid>(definition: Family<G>): Family<G> {
  return definition;
}

function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value;
}

/** Builds and checks one case; the message of a failure holds the case. Returns the kernels. */
export function checkCase<G extends Grid>({ name, build, allowHost }: Family<G>, parameters: Case<G>): string[] {
  const context = `${name} ${JSON.stringify(parameters)}`;
  const { graph, inputs } = build(parameters, new Random(hash(context)));
  try {
    return checkGuarded(graph, inputs, context, allowHost);
  } catch (error) {
    throw new Error(`${(error as Error).message}; ${context}`, { cause: error });
  }
}

/** Three samples hold every pair of values three times, among other values each time. */
const seeds = [1, 2, 3];

/** Registers the test that every pair of values of the grid's parameters is exact. */
export function testFamily<G extends Grid>(tested: Family<G>): void {
  const title = `${tested.name}: all pairs of ${Object.keys(tested.grid).join(', ')}; seeds ${seeds}`;
  test(title, () => {
    const kernels = new Map<string, number>();
    const start = performance.now();
    let cases = 0;
    let pairs = 0;
    for (const seed of seeds) {
      const sample = pairwise(tested.grid, seed);
      for (const parameters of sample.cases) {
        for (const kernel of checkCase(tested, parameters)) kernels.set(kernel, (kernels.get(kernel) ?? 0) + 1);
      }
      cases += sample.cases.length;
      pairs = sample.pairs;
    }
    const counts = [...kernels].sort((a, b) => b[1] - a[1]).map(([kernel, count]) => `${kernel} ${count}`);
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.log(`  ${tested.name}: ${cases} cases, ${pairs} pairs ${seeds.length} times, ${seconds} s; ${counts.join(', ')}`);
  });
}
