// Owns the entry `zeropoint`: the API bound to the inlined core.
import { inlineCore } from './core/inline';
import { bindCore } from './model';

export type { WasmModule } from './core/isa';
export { type ErrorCode, ModelError } from './errors';
export type { DType, TensorData } from './graph/graph';
export type { LoadOptions, Model, ModelSource, TracedTensor, TraceVisitor } from './model';
export type { OperatorInfo, OperatorProfile } from './operator-info';
export { dequantize, type Tensor, type TensorInfo } from './tensor';
export type { ModelBytes } from './tflite/bytes';

const loaders = bindCore(inlineCore());

/**
 * Loads a `.tflite` model, or a graph that `readModel` of `zeropoint/tflite` has read. Neither is needed afterwards. Rejects with a
 * ModelError and leaves nothing behind when the model is bad, too large or needs what is not supported, or an option is wrong.
 */
export const load = loaders.load;
/** The same as `load`, synchronously: throws ModelError. */
export const loadSync = loaders.loadSync;
