// Owns the choice of the binary that this engine can run, and the reasons why it refuses one.
import { ModelError } from '../errors';

/**
 * Which binary executes 8-bit operators: `simd`, the core, everywhere; the relaxed core by what the processor's dot products were proven
 * to be. `relaxed-signed`: exact, of signed bytes (ARM with dot products, AVX-VNNI-INT8); `relaxed-signed-wrapping`: the same, but two
 * products of -128 and -128 wrap (other ARM); `relaxed-unsigned`: exact, with unsigned activations (AVX-VNNI); `relaxed-saturating`: sums
 * of two products saturate at int16, with unsigned activations (other x86).
 */
export type Isa = 'simd' | 'relaxed-signed' | 'relaxed-signed-wrapping' | 'relaxed-unsigned' | 'relaxed-saturating';

/** A module whose only function uses i8x16.popcnt, one of the last instructions of the SIMD proposal. */
// biome-ignore format: one line for the header, one for the sections
const simdProbe = Uint8Array.of(
  0, 97, 115, 109, 1, 0, 0, 0,
  1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
);

/**
 * A `WebAssembly.Module`. Not by that name, which only the DOM and worker libraries of TypeScript declare, and as an interface without
 * members.
 */
export type WasmModule = object;

/** A `WebAssembly.Memory`; see WasmModule. */
export interface WasmMemory {
  readonly buffer: ArrayBufferLike;
}

/** A module whose only function uses i32x4.relaxed_dot_i8x16_i7x16_add_s. */
// biome-ignore format: one line for the header, one for the sections
const relaxedProbe = Uint8Array.of(
  0, 97, 115, 109, 1, 0, 0, 0,
  1, 8, 1, 96, 3, 123, 123, 123, 1, 123, 3, 2, 1, 0, 10, 13, 1, 11, 0, 32, 0, 32, 1, 32, 2, 253, 147, 2, 11,
);

/** Whether this engine accepts relaxed SIMD at all. */
export function acceptsRelaxed(): boolean {
  return WebAssembly.validate(relaxedProbe);
}

/** Throws `simd-required` where WebAssembly has no SIMD or is absent. */
export function checkEngine(): void {
  // Apple's Lockdown Mode, --jitless engines and some embedders have no WebAssembly at all.
  const isPresent = typeof WebAssembly === 'object';
  if (!isPresent || !WebAssembly.validate(simdProbe)) {
    throw new ModelError(
      'simd-required',
      `this engine has no WebAssembly${isPresent ? ' SIMD' : ''}; use Node >= 20, Chrome >= 91, Firefox >= 89 or Safari >= 16.4`,
    );
  }
}

/**
 * Why compiling or instantiating a core failed. The core is valid and SIMD was probed, so a refusal to compile is a policy: a
 * CompileError in Chromium, Firefox and workerd; a CompileError, in older versions an EvalError, of WebKit, which compiles and then
 * refuses the memory or the instance (JavaScriptCore, WebAssemblyModuleRecord.cpp, JSWebAssemblyMemory.cpp).
 */
export function wasmError(cause: unknown): ModelError {
  const { name, message } = cause as Error;
  const isPolicy = name === 'CompileError' || name === 'EvalError';
  return new ModelError(
    isPolicy ? 'wasm-forbidden' : 'wasm-failed',
    isPolicy
      ? `WebAssembly is forbidden here (${message}); allow it by the Content-Security-Policy script-src 'wasm-unsafe-eval', or give the core as the option module`
      : `the engine cannot start the core: ${message}`,
    { cause },
  );
}
