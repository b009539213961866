// Tests the operators that move elements, in the core against the reference.
import { test } from 'uvu';
import { testFamily } from './families/family';
import { movement } from './families/movement';

testFamily(movement);

test.run();
