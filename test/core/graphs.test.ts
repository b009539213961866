// Tests that kernels hand values to each other rightly: borders, aliases, conversions, values with several readers, outputs in between.
import { test } from 'uvu';
import { testFamily } from './families/family';
import { graphs } from './families/graphs';

testFamily(graphs);

test.run();
