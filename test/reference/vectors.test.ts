// Owns the golden cases of every operator that computes: evaluate() against the stock TFLite reference kernels, bit for bit.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { TensorData } from '../../src/graph/graph';
import { allocate } from '../../src/graph/graph';
import { evaluate } from '../../src/reference/run';
import { assertSameData } from '../support/equal';
import { sharedTest } from '../support/shared';
import { caseNode, describeCase, loadVectors, operatorOf } from '../support/vectors';

/** Cases per file, so that a file that loses cases is noticed. */
const files: Record<string, number> = {
  add_int8: 100,
  add_uint8: 100,
  avg_pool_int8: 100,
  avg_pool_uint8: 100,
  conv2d_int8: 110,
  conv2d_uint8: 110,
  depthwise_conv2d_int8: 110,
  depthwise_conv2d_uint8: 110,
  fully_connected_int8: 100,
  fully_connected_uint8: 100,
  hard_swish_int8: 50,
  hard_swish_uint8: 50,
  l2norm_int8: 125,
  l2norm_uint8: 125,
  leaky_relu_int8: 50,
  leaky_relu_uint8: 50,
  logistic_int8: 30,
  logistic_uint8: 30,
  max_pool_int8: 100,
  max_pool_uint8: 100,
  mean_int8: 100,
  mean_uint8: 100,
  mul_int8: 100,
  mul_uint8: 100,
  prelu_int8: 100,
  prelu_uint8: 100,
  relu_int8: 50,
  relu_uint8: 50,
  softmax_int8: 100,
  softmax_uint8: 100,
  sub_int8: 100,
  sub_uint8: 100,
  tanh_int8: 30,
  tanh_uint8: 30,
  transpose_conv_int8: 100,
  transpose_conv_uint8: 100,
};

for (const [name, count] of Object.entries(files)) {
  sharedTest(test, `${name}.json: all ${count} cases`, () => {
    const file = `${name}.json`;
    const cases = loadVectors(file);
    assert.is(cases.length, count);
    cases.forEach((vectorCase, index) => {
      const { node, inputs, expected } = caseNode(operatorOf(file, vectorCase), vectorCase);
      // Filled, so that an element left unwritten shows.
      const outputs: TensorData[] = node.outputs.map((value, i) => (allocate(value.dtype, expected[i].length) as Int8Array).fill(77));
      evaluate(node, inputs, outputs);
      outputs.forEach((output, i) => {
        assertSameData(output, expected[i], describeCase(file, index, vectorCase));
      });
    });
  });
}

test.run();
