// Owns what happens to a float graph before it is quantized: constants folded, activations fused, global pools made requantizable.
import { replaceInput } from '../../src/graph/edit';
import { addConstant, replaceNode } from '../../src/graph/edit';
