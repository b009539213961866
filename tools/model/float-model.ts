// Owns opening a float model by its path, for the commands that work with one.
import { type FloatModel, loadFloat } from 'zeropoint/float';
import type { Graph } from 'zeropoint/tflite';
import { readBytes } from '../files';
import { sha256 } from '../hash';
import { readFloatModel } from '../import/index';

export interface OpenedFloatModel {
  readonly model: FloatModel;
  /** SHA-256 of the file. */
  readonly hash: string;
  readonly metadata: Graph['metadata'];
}

/** The network of a .tflite or ONNX file, ready to run on single samples. @throws ModelError */
export async function openFloatModel(path: string): Promise<OpenedFloatModel> {
  const bytes = await readBytes(path);
  const graph = readFloatModel(bytes, path);
  const { metadata } = graph;
  return { model: loadFloat(graph, { batch: 1 }), hash: sha256(bytes), metadata };
}
