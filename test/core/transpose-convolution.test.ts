// Tests TRANSPOSE_CONV in the core against the reference over all pairs of parameters.
import { test } from 'uvu';
import { testFamily } from './families/family';
import { transposed } from './families/transpose-convolution';

testFamily(transposed);

test.run();
