// Tests ADD, SUB, MUL, MAXIMUM and MINIMUM in the core against the reference over all pairs of parameters.
import { test } from 'uvu';
import { elementwise, extrema } from './families/elementwise';
import { testFamily } from './families/family';

testFamily(elementwise);
testFamily(extrema);

test.run();
