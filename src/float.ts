// Owns the entry `zeropoint/float`: `load` and `loadSync` of the entry `zeropoint` for networks that are float32 in part or as a whole.
import { cores } from './core/binaries';
import { floatBinary } from './core/float-binary';
import { customOperators } from './custom';
import { bindCore, type LoadOptions, type Model, type ModelSource } from './model';
import { dequantizeWeights } from './passes/dequantize-weights';
import { floatBackend } from './plan/lower-float';
import { evaluate } from './reference/run';

// Bound by every call, so that bundlers may leave out what is not called.
const loaders = () =>
  bindCore(cores, {
    backend: floatBackend,
    source: floatBinary,
    customOperators,
    rewrite: (graph) => dequantizeWeights(graph, { evaluate }),
  });

/**
 * As `load` of the entry `zeropoint`, but float32 operators run on a SIMD binary of their own, layers with float32 activations and 8-bit
 * weights (hybrid ones, which `zeropoint` refuses) become float32 layers, and custom operators of MediaPipe and Coral and recurrent layers are
 * known.
 */
export function load(source: ModelSource, options?: LoadOptions): Promise<Model> {
  return loaders().load(source, options);
}
/** The same as `load`, synchronously: throws ModelError. */
export function loadSync(source: ModelSource, options?: LoadOptions): Model {
  return loaders().loadSync(source, options);
}
