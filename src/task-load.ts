// Owns what loads a task's model: the core alone, or the core and the float binary with all that comes with it, which is fetched where it is used.
import { ModelError } from './errors';
import type { FloatLoadOptions } from './float';
import { load } from './index';
import type { Model, ModelSource } from './model';
import { computesFloat } from './tflite/float-operators';

/** Service workers and worklets have no `import()` (HTML, HostLoadImportedModule); bundlers that put all into one file leave none. */
async function importFloat(): Promise<typeof import('./float')> {
  try {
    return await import('./float');
  } catch (cause) {
    const message = 'zeropoint/float, which computes it, could not be imported; load the model by it, and give the task that';
    throw new ModelError('fetch-failed', message, { cause });
  }
}

/**
 * As `load` of `zeropoint/float`, which is imported on demand: bundlers put it, with float kernels, custom and recurrent operators, into a
 * chunk of its own, which apps with 8-bit networks never fetch.
 * @throws ModelError as `load`; `fetch-failed` where `zeropoint/float` cannot be imported
 */
export async function loadByNeed(source: ModelSource, options: FloatLoadOptions): Promise<Model> {
  const { relaxedFloat, ...others } = options;
  if (relaxedFloat === undefined && !computesFloat(source)) return load(source, others);
  return (await importFloat()).load(source, options);
}
