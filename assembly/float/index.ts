// Owns the whole ABI of the float core: two functions over an imported memory.
import { ABI_VERSION } from './abi';
import { runProgram } from './run';

/** Version of the descriptors; the host refuses a core with another one. */
export function abiVersion(): u32 {
  return ABI_VERSION;
}

/** See runProgram. Everything is passed by address: the core has no state. */
export function run(program: usize, begin: u32, end: u32): void {
  runProgram(program, begin, end);
}
