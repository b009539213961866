// Owns the entry `zeropoint/float`: `load` and `loadSync` of the entry `zeropoint` for networks that are float32 in part or as a whole.
import { cores } from './core/binaries';
import { chooseFloat } from './core/choose-float';
import { floatBinaries } from './core/float-binary';
import { readExtensions } from './custom';
import { bindCore, type LoadOptions, type Model, type ModelSource, optionNames } from './model';
import { own } from './options';
import { dequantizeWeights } from './passes/dequantize-weights';
import { floatBackend, relaxedFloatBackend } from './plan/lower-float';
import { evaluate } from './reference/run';

/** Options of `load` and `loadSync` of this entry. */
export interface FloatLoadOptions extends LoadOptions {
  /**
   * `true`: float32 convolutions, matrix products, PRELU, LEAKY_RELU and bilinear resizes add products by relaxed multiply-adds, where the
   * engine has relaxed SIMD; elsewhere, in workerd and in Vercel's edge runtime, the option has no effect. That takes fewer instructions on
   * ARM and on x86 with FMA, and results differ in their last bits between engines and processors. The kernels of `operators` are then
   * `float-relaxed` instead of `float`. Default `false`: every product is rounded before it is added, with the same bits everywhere.
   * Independent of `isa`, which is of 8-bit operators.
   */
  relaxedFloat?: boolean;
}

// Bound by every call, so that bundlers may leave out what is not called.
const loaders = () =>
  bindCore<FloatLoadOptions>(cores, { ...optionNames, relaxedFloat: 1 }, (options) => {
    const { relaxedFloat = false } = own(options);
    const { source, isRelaxed } = chooseFloat(floatBinaries, relaxedFloat);
    return {
      backend: isRelaxed ? relaxedFloatBackend : floatBackend,
      source,
      readExtensions,
      rewrite: (graph) => dequantizeWeights(graph, { evaluate }),
    };
  });

/**
 * As `load` of the entry `zeropoint`, but float32 operators run on a SIMD binary of their own, layers with float32 activations and 8-bit
 * weights (hybrid ones, which `zeropoint` refuses) become float32 layers, and custom operators of MediaPipe and Coral and recurrent layers
 * are known.
 */
export function load(source: ModelSource, options?: FloatLoadOptions): Promise<Model> {
  return loaders().load(source, options);
}
/** The same as `load`, synchronously: throws ModelError. */
export function loadSync(source: ModelSource, options?: FloatLoadOptions): Model {
  return loaders().loadSync(source, options);
}
