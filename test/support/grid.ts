// Owns samples of grids of parameters: all pairs of values with few cases, and the whole product in a scattered order.
import { Random } from './random';

/** The values of every parameter. */
export type Grid = Readonly<Record<string, readonly unknown[]>>;

/** One value per parameter. */
export type Case<G extends Grid> = { readonly [K in keyof G]: G[K][number] };

/** 1, 2, .. `last`. */
export function upTo(last: number): number[] {
  return Array.from({ length: last }, (_, i) => i + 1);
}

export interface Pairwise<G extends Grid> {
  readonly cases: readonly Case<G>[];
  /** Pairs of values of two parameters, all of which some case holds. */
  readonly pairs: number;
}

/** Which pairs are still missing: `missing[p][q][i * sizes[q] + j]` for p < q. */
class MissingPairs {
  readonly total: number;
  count: number;
  private readonly missing: Uint8Array[][];

  constructor(private readonly sizes: readonly number[]) {
    this.missing = sizes.map((a, p) => sizes.map((b, q) => (p < q ? new Uint8Array(a * b).fill(1) : new Uint8Array(0))));
    this.total = this.missing.flat().reduce((sum, { length }) => sum + length, 0);
    this.count = this.total;
  }

  has(p: number, i: number, q: number, j: number): boolean {
    return p < q ? this.missing[p][q][i * this.sizes[q] + j] === 1 : this.missing[q][p][j * this.sizes[p] + i] === 1;
  }

  remove(chosen: readonly number[]): void {
    for (let p = 0; p < chosen.length; p++) {
      for (let q = p + 1; q < chosen.length; q++) {
        const at = chosen[p] * this.sizes[q] + chosen[q];
        this.count -= this.missing[p][q][at];
        this.missing[p][q][at] = 0;
      }
    }
  }

  /** Some missing pair, the largest parameters' first, since they need the most cases. */
  first(order: readonly number[]): [p: number, i: number, q: number, j: number] {
    for (const a of order) {
      for (const b of order) {
        const [p, q] = [Math.min(a, b), Math.max(a, b)];
        const at = p < q ? this.missing[p][q].indexOf(1) : -1;
        if (at >= 0) return [p, Math.floor(at / this.sizes[q]), q, at % this.sizes[q]];
      }
    }
    throw new Error('nothing is missing');
  }
}

/**
 * Cases that hold every pair of values of every two parameters, greedily few: each starts with a pair that is missing and takes, one
 * parameter after the other, the value with the most missing pairs. The same seed gives the same cases.
 */
export function pairwise<G extends Grid>(grid: G, seed: number): Pairwise<G> {
  const names = Object.keys(grid);
  const sizes = names.map((name) => grid[name].length);
  const random = new Random(seed);
  const missing = new MissingPairs(sizes);
  const order = names.map((_, p) => p).sort((a, b) => sizes[b] - sizes[a] || a - b);
  const cases: Case<G>[] = [];
  while (missing.count > 0) {
    const chosen = new Array<number>(names.length).fill(-1);
    const [p, i, q, j] = missing.first(order);
    chosen[p] = i;
    chosen[q] = j;
    const done = [p, q];
    for (const r of order) {
      if (chosen[r] >= 0) continue;
      chosen[r] = bestValue(missing, r, sizes[r], chosen, done, random);
      done.push(r);
    }
    missing.remove(chosen);
    cases.push(Object.fromEntries(names.map((name, k) => [name, grid[name][chosen[k]]])) as Case<G>);
  }
  return { cases, pairs: missing.total };
}

/** The value of parameter `r` that completes the most missing pairs with what is chosen; ties fall anywhere. */
function bestValue(missing: MissingPairs, r: number, size: number, chosen: number[], done: number[], random: Random): number {
  let best = 0;
  let most = -1;
  const start = random.integer(0, size - 1);
  for (let k = 0; k < size; k++) {
    const value = (start + k) % size;
    let count = 0;
    for (const p of done) if (missing.has(p, chosen[p], r, value)) count++;
    if (count > most) [best, most] = [value, count];
  }
  return best;
}

/** Number of cases in the whole grid. */
export function gridSize(grid: Grid): number {
  return Object.values(grid).reduce((product, { length }) => product * length, 1);
}

function divisor(a: bigint, b: bigint): bigint {
  return b === 0n ? a : divisor(b, a % b);
}

/** Case `index` of a walk over the whole grid that meets every case once in `gridSize` steps, neighbours far apart. */
export function gridCase<G extends Grid>(grid: G, index: number): Case<G> {
  const size = Object.values(grid).reduce((product, { length }) => product * BigInt(length), 1n);
  // About the golden section of the size, and no common divisor with it.
  let step = (size * 618034n) / 1000000n + 1n;
  while (divisor(size, step) !== 1n) step++;
  let rest = (BigInt(index) * step) % size;
  const entries = Object.entries(grid).map(([name, values]) => {
    const value = values[Number(rest % BigInt(values.length))];
    rest /= BigInt(values.length);
    return [name, value];
  });
  return Object.fromEntries(entries) as Case<G>;
}
