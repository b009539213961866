// Tests kernels of int16 codes in the core against the reference over all pairs of parameters.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { OperatorType, Value } from '../../src/graph/graph';
import { allocate, elementCount } from '../../src/graph/graph';
import { checkGuarded } from '../support/guard';
import { exampleGraph, examples } from '../support/operator-examples';
import { testFamily } from './families/family';
import { copies, depthwise, elementwise, fullyConnected, functions, layers, transposed } from './families/int16';

testFamily(layers);
testFamily(depthwise);
testFamily(fullyConnected);
testFamily(transposed);
testFamily(elementwise);
testFamily(functions);
testFamily(copies);

/** Both ends of int16, which no kernel for 8-bit codes may be given; RSQRT takes no negative ones, and indices are small. */
function extremes({ dtype, shape }: Value, isPositive: boolean, round: number) {
  const data = allocate(dtype, elementCount(shape)) as Int16Array;
  const codes = isPositive ? [0, 32767, 1] : [[-32768, 32767, -32767, 1], [-32768], [32767]][round];
  if (dtype === 'int16') for (let i = 0; i < data.length; i++) data[i] = codes[i % codes.length];
  return data;
}

/** Operators that hold int16 and have no kernel in the core: rare ones, and comparisons and indices, whose results are no codes. */
const onHost = [
  ...['BATCH_MATMUL', 'SHAPE', 'CAST', 'EQUAL', 'NOT_EQUAL', 'LESS', 'LESS_EQUAL', 'GREATER', 'GREATER_EQUAL'],
  ...['SELECT', 'SELECT_V2', 'FILL', 'ONE_HOT', 'TOPK_V2', 'RSQRT'],
];

test('every operator on int16 has the results of the reference at both ends of its codes, in the core or on the host', () => {
  let count = 0;
  for (const [type, [supported]] of Object.entries(examples)) {
    if (!supported.includes('int16')) continue;
    count++;
    for (let round = 0; round < 3; round++) {
      const graph = exampleGraph(type as OperatorType, 'int16');
      const inputs = graph.inputs.map((value) => extremes(value, type === 'RSQRT', round));
      const kernels = checkGuarded(graph, inputs, `${type}, round ${round}`, true);
      assert.is(kernels.includes('host'), onHost.includes(type), type);
    }
  }
  assert.ok(count > 60, `${count} operators`);
});

test.run();
