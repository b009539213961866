// Tests table operators, QUANTIZE and DEQUANTIZE in the core against the reference over all pairs of parameters.
import { test } from 'uvu';
import { testFamily } from './families/family';
import { fromFloat, tables, toFloat } from './families/lookup';

testFamily(tables);
testFamily(fromFloat);
testFamily(toFloat);

test.run();
