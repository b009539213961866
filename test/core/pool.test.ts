// Tests AVERAGE_POOL_2D, MAX_POOL_2D, MEAN and SUM in the core against the reference over all pairs of parameters.
import { test } from 'uvu';
import { testFamily } from './families/family';
import { pools, reductions } from './families/pool';

testFamily(pools);
testFamily(reductions);

test.run();
