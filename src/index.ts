// Owns the entry `zeropoint`: the API bound to the inlined core.
import { inlineCore } from './core/inline';
import { bindCore } from './model';

export type { WasmModule } from './core/isa';
export { type ErrorCode, ModelError } from './errors';
export type { DType, TensorData } from './graph/graph';
export type { LoadOptions, Model, ModelSource, TracedTensor, TraceVisitor } from './model';
export type { OperatorInfo, OperatorProfile } from './operator-info';
export { dequantize, quantize, type Tensor, type TensorInfo } from './tensor';
export type { ModelBytes } from './tflite/read';

export const { load, loadSync } = bindCore(inlineCore());
