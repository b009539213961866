// Owns running an imported model, and how far its outputs are from others.
import * as assert from 'uvu/assert';
import { loadSync } from '../../../../src/float';
import type { Graph } from '../../../../src/graph/graph';
import { printGraph } from '../../../../src/graph/print';
import { importTfjs, type TfjsOptions } from '../../../../tools/import/tfjs/import';
import { bytesOfJson, type Tensor, type TfjsFile } from './file';

export interface Output {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

export function imported(file: TfjsFile, options?: TfjsOptions): Graph {
  return importTfjs(bytesOfJson(file), file.shards, options);
}

/** The outputs of a graph as it is loaded. */
export function runGraph(graph: Graph, inputs: readonly Tensor[]): Output[] {
  const model = loadSync(graph, { maxBytes: 2 ** 30 });
  for (const [i, { data }] of model.inputs.entries()) (data as Float32Array).set(inputs[i].data as Float32Array);
  model.run();
  return model.outputs.map(({ shape, data }) => ({ shape, data: (data as Float32Array).slice() }));
}

/** The largest difference as a part of the largest magnitude of `expected`. */
export function deviation(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  assert.is(actual.length, expected.length, 'numbers of elements');
  let [worst, range] = [0, 1e-3];
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(actual[i] - expected[i]);
    worst = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(worst, difference);
    range = Math.max(range, Math.abs(expected[i]));
  }
  return worst / range;
}

/** Asserts shapes, and elements to `tolerance` of their range. */
export function assertAlike(graph: Graph, actual: readonly Output[], expected: readonly Output[], tolerance: number): void {
  assert.is(actual.length, expected.length, 'numbers of outputs');
  for (const [i, { shape, data }] of expected.entries()) {
    assert.equal(actual[i].shape, shape, `shape of output ${i}\n${printGraph(graph)}`);
    const worst = deviation(actual[i].data, data);
    assert.ok(worst <= tolerance, `output ${i} differs by ${worst} of its range\n${printGraph(graph)}`);
  }
}
