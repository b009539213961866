// Owns the choice of the binary that this engine can run, and the reasons why it refuses one.
import { ModelError } from '../errors';

/** Which binary executes 8-bit operators. */
export type Isa = 'simd';

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

/** The fastest core that is exact on this engine. Throws `simd-required` where WebAssembly has no SIMD or is absent. */
export function chooseIsa(): Isa {
  // Apple's Lockdown Mode, --jitless engines and some embedders have no WebAssembly at all.
  const isPresent = typeof WebAssembly === 'object';
  if (!isPresent || !WebAssembly.validate(simdProbe)) {
    throw new ModelError(
      'simd-required',
      `this engine has no WebAssembly${isPresent ? ' SIMD' : ''}; use Node >= 20, Chrome >= 91, Firefox >= 89 or Safari >= 16.4`,
    );
  }
  return 'simd';
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
