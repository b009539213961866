// Tests DEPTHWISE_CONV_2D in the core against the reference over all pairs of parameters.
import { test } from 'uvu';
import { anyKernel, fast3x3, fast5x5 } from './families/depthwise';
import { testFamily } from './families/family';

testFamily(fast3x3);
testFamily(fast5x5);
testFamily(anyKernel);

test.run();
