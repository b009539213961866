// Owns what loads a task's model: the core alone, or the core and the float binary with all that comes with it, which is fetched where it is used.
import type { FloatLoadOptions } from '../float';
import { load } from '../index';
import type { Model, ModelSource } from '../model';
import { computesFloat } from '../tflite/float-operators';

/**
 * As `load` of `zeropoint/float`, which is imported on demand: bundlers put it, with float kernels, custom and recurrent operators, into a
 * chunk of its own, which apps with 8-bit networks never fetch.
 */
export async function loadByNeed(source: ModelSource, options: FloatLoadOptions): Promise<Model> {
  const { relaxedFloat, ...others } = options;
  if (relaxedFloat === undefined && !computesFloat(source)) return load(source, others);
  const float = await import('../float');
  return float.load(source, options);
}
