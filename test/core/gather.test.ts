// Tests GATHER, GATHER_ND and CAST in the core against the reference, and what they do with indices outside of their axes.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Graph } from '../../src/graph/graph';
import { load } from '../../src/index';
import { GraphBuilder } from '../support/build';
import { testFamily } from './families/family';
import { casts, gathers } from './families/gather';

testFamily(gathers);
testFamily(casts);

/** Two nodes, so that both may fail, each with indices of its own. */
function twoGathers(indexType: 'int32' | 'int64'): Graph {
  const builder = new GraphBuilder();
  const data = builder.input('int32', [3, 4]);
  const [rows, places] = [builder.input(indexType, [2]), builder.input(indexType, [2, 2])];
  const [picked] = builder.node('GATHER', { axis: 0, batchDims: 0 }, [data, rows], { dtype: 'int32' });
  return builder.outputs(picked, ...builder.node('GATHER_ND', {}, [data, places], { dtype: 'int32' }));
}

for (const indexType of ['int32', 'int64'] as const) {
  const convert = (indices: number[]) => (indexType === 'int64' ? BigInt64Array.from(indices.map(BigInt)) : Int32Array.from(indices));
  test(`${indexType} indices outside of their axes are bad-data, as on the host, and the next run is right`, async () => {
    const model = await load(twoGathers(indexType));
    assert.equal(
      model.operators.map(({ kernel }) => kernel),
      ['gather computed', 'gather nd'],
    );
    const run = (rows: number[], places: number[]) => {
      [Int32Array.from({ length: 12 }, (_, i) => i), convert(rows), convert(places)].forEach((elements, i) => {
        (model.inputs[i].data as Int32Array).set(elements as Int32Array);
      });
      model.run();
      return model.outputs.map((output) => Array.from(output.data as Int32Array));
    };
    const fails = (rows: number[], places: number[], message: RegExp) => {
      assert.throws(
        () => run(rows, places),
        (error: { code: string; message: string }) => error.code === 'bad-data' && message.test(error.message),
      );
    };
    fails([0, 3], [0, 0, 2, 3], /GATHER.*index 3 is outside \[0, 3\)/);
    fails([-1, 7], [0, 0, 2, 3], /index -1 is outside \[0, 3\)/);
    fails([0, 2], [0, 0, 2, 4], /GATHER_ND.*index 4 is outside \[0, 4\)/);
    fails([5, 2], [0, 0, 9, 4], /index 5 is outside \[0, 3\)/);
    if (indexType === 'int64') fails([2 ** 32, 0], [0, 0, 0, 0], /index 4294967296 is outside/);
    assert.equal(run([2, 0], [0, 1, 2, 3]), [
      [8, 9, 10, 11, 0, 1, 2, 3],
      [1, 11],
    ]);
  });
}

test.run();
