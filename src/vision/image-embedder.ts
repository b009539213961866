// Owns the task of embedding pictures: vectors of length 1 whose cosine says how alike two pictures are.

import { ModelError } from '../errors';
import { loadTaskModel, type TaskModelHandle } from '../task-model';
import type { TaskSource } from '../task-source';
import { dequantize } from '../tensor';
import type { Picture } from './picture';
import { type TaskOptions, taskOptionNames, VisionTask } from './task';

/** `vector` / its Euclidean norm, in float32; zeros stay zeros. */
export function normalized(vector: ArrayLike<number>): Float32Array {
  let sum = 0;
  for (let i = 0; i < vector.length; i++) sum += vector[i] * vector[i];
  const norm = Math.sqrt(sum) || 1;
  return Float32Array.from(vector, (element) => element / norm);
}

/**
 * Cosine of the angle between two vectors, in [-1, 1]; 0 where one has no length.
 * @throws ModelError `bad-argument` for vectors of different lengths
 */
export function cosineSimilarity(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new ModelError('bad-argument', `vectors of ${a.length} and ${b.length} elements have no cosine`);
  let [product, squaresA, squaresB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    product += a[i] * b[i];
    squaresA += a[i] * a[i];
    squaresB += b[i] * b[i];
  }
  const norms = Math.sqrt(squaresA * squaresB);
  return norms === 0 ? 0 : Math.min(1, Math.max(-1, product / norms));
}

/** Embeds pictures by the first output of a network: a feature extractor, or any other whose output describes a picture. */
export class ImageEmbedder extends VisionTask {
  /**
   * Loads an embedding network from bytes, an address or a loaded model.
   * @throws ModelError as `load` of `zeropoint/float`; `bad-argument` where nothing says how pictures become its input; `fetch-failed`
   */
  static async load(source: TaskSource, options: TaskOptions = {}): Promise<ImageEmbedder> {
    return new ImageEmbedder(await loadTaskModel(source, options, taskOptionNames, 'ImageEmbedder.load'), options);
  }

  /** Use `load`. */
  private constructor(handle: TaskModelHandle, options: TaskOptions) {
    super(handle, options);
  }

  /** Elements of an embedding. */
  get size(): number {
    return this.model.outputs[0].data.length;
  }

  /** The embedding of a picture, of length 1. @throws ModelError `bad-argument` for what is no picture, `disposed` */
  embed(picture: Picture): Float32Array {
    this.run(picture);
    return normalized(dequantize(this.model.outputs[0]));
  }
}
