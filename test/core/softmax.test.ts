// Tests SOFTMAX in the core against the reference over all pairs of parameters.
import { test } from 'uvu';
import { testFamily } from './families/family';
import { softmax } from './families/softmax';

testFamily(softmax);

test.run();
