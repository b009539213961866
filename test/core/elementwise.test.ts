// Tests ADD, SUB and MUL in the core against the reference over all pairs of parameters.
import { test } from 'uvu';
import { elementwise } from './families/elementwise';
import { testFamily } from './families/family';

testFamily(elementwise);

test.run();
