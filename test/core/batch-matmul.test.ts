// Tests products with computed weights in the core against the reference over all pairs of parameters.
import { test } from 'uvu';
import { batchMatMul, computedWeights } from './families/batch-matmul';
import { testFamily } from './families/family';

testFamily(batchMatMul);
testFamily(computedWeights);

test.run();
