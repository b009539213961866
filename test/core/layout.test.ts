// Tests CONCATENATION, PAD and the resizes in the core against the reference over all pairs of parameters.
import { test } from 'uvu';
import { testFamily } from './families/family';
import { concatenation, pad, resize } from './families/layout';

testFamily(concatenation);
testFamily(pad);
testFamily(resize);

test.run();
