// Owns the entry `zeropoint`: the API bound to the core.
import { cores } from './core/binaries';
import { bindCore, type LoadOptions, type Model, type ModelSource } from './model';

export type { Isa, WasmModule } from './core/isa';
export { type ErrorCode, ModelError } from './errors';
export type { DType, TensorData } from './graph/graph';
export type { TracedTensor, TraceVisitor } from './model';
export type { OperatorInfo, OperatorProfile } from './operator-info';
export type { Preprocessing } from './pixels/preprocessing';
export type { ModelSignature } from './signature';
export { dequantize, quantize, type Tensor, type TensorInfo } from './tensor';
export type { ModelBytes } from './tflite/read';
export type { LoadOptions, Model, ModelSource };

/**
 * Loads a `.tflite` model, or a graph, and returns it ready to run; the core is compiled asynchronously. The bytes, or the graph, may be
 * changed afterwards.
 * @throws ModelError with any code but `disposed`: for a model that is bad, too large or not supported, for bad options, and for engines
 * that cannot run the core. Nothing stays allocated then.
 */
export function load(source: ModelSource, options?: LoadOptions): Promise<Model> {
  return bindCore(cores).load(source, options);
}
/** The same as `load`, synchronously. */
export function loadSync(source: ModelSource, options?: LoadOptions): Model {
  return bindCore(cores).loadSync(source, options);
}
