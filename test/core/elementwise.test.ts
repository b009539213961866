// Tests ADD, SUB, MUL, MAXIMUM, MINIMUM, PRELU and SQUARED_DIFFERENCE in the core against the reference over all pairs of parameters.
import { test } from 'uvu';
import { elementwise, extrema, steps } from './families/elementwise';
import { testFamily } from './families/family';

testFamily(elementwise);
testFamily(extrema);
testFamily(steps);

test.run();
