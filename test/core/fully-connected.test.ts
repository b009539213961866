// Tests FULLY_CONNECTED in the core against the reference over all pairs of parameters.
import { test } from 'uvu';
import { testFamily } from './families/family';
import { fullyConnected } from './families/fully-connected';

testFamily(fullyConnected);

test.run();
