// Tests reductions over any axes in the core against the reference over all pairs of parameters.
import { test } from 'uvu';
import { testFamily } from './families/family';
import { anyAxes, positions } from './families/reduce';

testFamily(anyAxes);
testFamily(positions);

test.run();
