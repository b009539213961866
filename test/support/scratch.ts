// Owns the core that plans of tests compute by.
import { inlineCores } from '../../src/core/inline';
import { Scratch } from '../../src/core/scratch';

export const scratch = new Scratch(inlineCores().simd.sync());
