// Tests CONV_2D in the core against the reference over all pairs of parameters.
import { test } from 'uvu';
import { dots, groups, kernels, pointwise } from './families/convolution';
import { testFamily } from './families/family';

testFamily(pointwise);
testFamily(dots);
testFamily(kernels);
testFamily(groups);

test.run();
