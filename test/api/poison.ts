// Owns the filling of a model's arena with garbage, which shows what reads memory that nothing wrote in this run.
import type { Model } from '../../src/index';

/** The program lies behind this many unused bytes; weights and arena follow it. */
const programAddress = 64;

/** Overwrites the whole arena, inputs and outputs included: write the inputs afterwards. */
export function poisonArena({ inputs, memory }: Model, pattern = 0xa5): void {
  new Uint8Array(inputs[0].data.buffer, programAddress + memory.program + memory.weights, memory.arena).fill(pattern);
}
