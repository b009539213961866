// Tests kernels of int16 codes in the core against the reference over all pairs of parameters.
import { test } from 'uvu';
import { testFamily } from './families/family';
import { copies, depthwise, elementwise, fullyConnected, functions, layers, transposed } from './families/int16';

testFamily(layers);
testFamily(depthwise);
testFamily(fullyConnected);
testFamily(transposed);
testFamily(elementwise);
testFamily(functions);
testFamily(copies);

test.run();
