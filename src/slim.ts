// Owns the entry `zeropoint/slim`: the API of `zeropoint` without inlined cores, which are fetched from beside the package.
import { type BinaryResponse, type BinarySource, compileBinary, fetchedBinary } from './core/fetched';
import { bindCore, type LoadOptions, type Model, type ModelSource } from './model';

export type { Isa, WasmModule } from './core/isa';
export { type ErrorCode, ModelError } from './errors';
export type { DType, TensorData } from './graph/graph';
export type { Model, ModelSource, TracedTensor, TraceVisitor } from './model';
export type { OperatorInfo, OperatorProfile } from './operator-info';
export type { Preprocessing } from './pixels/preprocessing';
export type { ModelSignature } from './signature';
export { dequantize, quantize, type Tensor, type TensorInfo } from './tensor';
export type { ModelBytes } from './tflite/read';
export type { BinaryResponse, BinarySource };

/** As LoadOptions, except for `module`. */
export interface SlimLoadOptions extends Omit<LoadOptions, 'module'> {
  /**
   * The core: the address of `core.wasm` or `core-relaxed.wasm`, what `fetch` answers for it, its bytes, or the compiled module; default:
   * the one that this engine runs faster, from `wasm/` in the package, fetched once.
   */
  module?: BinarySource | PromiseLike<BinaryResponse>;
}

// Bundlers find files by this very form of `new URL`.
const simd = /* @__PURE__ */ fetchedBinary(() => new URL('../wasm/core.wasm', import.meta.url));
const relaxed = /* @__PURE__ */ fetchedBinary(() => new URL('../wasm/core-relaxed.wasm', import.meta.url));
const loaders = () => bindCore({ simd, relaxed });

/**
 * As `load` of the entry `zeropoint`; fetches the core, which is compiled while it arrives where the server sends it as application/wasm.
 * @throws ModelError as that, and `fetch-failed`
 */
export async function load(source: ModelSource, options: SlimLoadOptions = {}): Promise<Model> {
  const { module } = options ?? {};
  return loaders().load(source, module === undefined ? (options as LoadOptions) : { ...options, module: await compileBinary(module) });
}

/**
 * As `loadSync` of the entry `zeropoint`, with a core that `load` has fetched before, with a compiled one, or in Node.
 * @throws ModelError as that; `bad-argument` where there is no core yet, `fetch-failed`
 */
export function loadSync(source: ModelSource, options?: LoadOptions): Model {
  return loaders().loadSync(source, options);
}
