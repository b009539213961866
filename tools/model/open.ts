// Owns opening models by their paths, as every command does first.
import type { Model } from 'zeropoint';
import { load } from 'zeropoint/float';
import { type Graph, writeModel } from 'zeropoint/tflite';
import { readBytes } from '../files';
import { sha256 } from '../hash';
import { isOnnx, readFloatModel } from '../import/index';
import { importOnnx } from '../import/onnx/import';
import { type FloatModel, loadFloat, requireFloat } from './float-model';

/**
 * The model of a .tflite or ONNX file, ready to run, and the file's bytes.
 * @throws ModelError where the file cannot be read or is not a model that runs
 */
export async function openModel(path: string): Promise<{ model: Model; bytes: Uint8Array }> {
  const bytes = await readBytes(path);
  return { model: await loadFile(bytes), bytes };
}

/** Loads the bytes of a .tflite or ONNX file. @throws ModelError */
export function loadFile(bytes: Uint8Array): Promise<Model> {
  return load(isOnnx(bytes) ? importOnnx(bytes) : bytes);
}

/** The bytes of a .tflite file; those that an ONNX file becomes. @throws ModelError */
export async function readTflite(path: string): Promise<Uint8Array> {
  const bytes = await readBytes(path);
  return isOnnx(bytes) ? writeModel(importOnnx(bytes)) : bytes;
}

interface OpenedFloatModel {
  readonly model: FloatModel;
  /** SHA-256 of the file. */
  readonly hash: string;
  readonly metadata: Graph['metadata'];
}

/** The network of a .tflite or ONNX file, ready to run on single samples. @throws ModelError */
export async function openFloatModel(path: string): Promise<OpenedFloatModel> {
  const bytes = await readBytes(path);
  const graph = readFloatModel(bytes, path);
  requireFloat(graph, path);
  const { metadata } = graph;
  return { model: loadFloat(graph, { batch: 1 }), hash: sha256(bytes), metadata };
}
