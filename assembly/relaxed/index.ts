// Owns the whole ABI of the relaxed core, which is that of the core: two functions over an imported memory.
import { ABI_VERSION } from './abi';
import { runProgram } from './run';

/** Version of the descriptors; the host refuses a core with another one. */
export function abiVersion(): u32 {
  return ABI_VERSION;
}

/** Tells this core from the one without dot products. */
export function hasDots(): bool {
  return true;
}

/** See runProgram. Everything is passed by address: the core has no state. */
export function run(program: usize, begin: u32, end: u32, thread: u32, threads: u32): void {
  runProgram(program, begin, end, thread, threads);
}
