// Owns opening models by their paths, as every command does first.
import { join } from 'node:path';
import { type Model, ModelError } from 'zeropoint';
import { load } from 'zeropoint/float';
import { type Graph, otherFormat, writeModel } from 'zeropoint/tflite';
import { fileExists, filesBeside, isFolder, readBytes } from '../files';
import { sha256 } from '../hash';
import { isOnnx, isTflite, readFloatModel, readTfjsFile } from '../import/index';
import type { ImportOptions } from '../import/options';
import { type FloatModel, loadFloat, maxBytes, requireFloat, sampleBatch } from './float-model';

/** Files by which folders are known that stand for a network. */
const folderFiles = ['saved_model.pb', 'Manifest.json', 'inference.json'] as const;

/** What a command's flags say about a file; external data is found beside it. */
export type OpenOptions = Omit<ImportOptions, 'external'>;

/**
 * The whole file. A TensorFlow.js model, model.json or its folder, is read with its shards and becomes the bytes of a `.tflite`.
 * @throws ModelError `bad-argument` where it cannot be read, `malformed` for folders of another format; as importTfjs
 */
export async function readModelFile(path: string, options: OpenOptions = {}): Promise<Uint8Array> {
  const tfjs = await readTfjsFile(path, options);
  if (tfjs) return writeModel(tfjs);
  if (await isFolder(path)) {
    for (const name of folderFiles) {
      if (!(await fileExists(join(path, name)))) continue;
      const what = otherFormat(await readBytes(join(path, name)));
      if (what) throw new ModelError('malformed', `the folder is ${what}`, { where: path });
    }
  }
  return readBytes(path);
}

/** The network in the bytes of the .tflite or ONNX file at `path`. @throws ModelError */
export function graphOf(path: string, bytes: Uint8Array, options: OpenOptions): Graph {
  return readFloatModel(bytes, path, { ...options, external: filesBeside(path) });
}

/** The bytes and the network of a .tflite or ONNX file. @throws ModelError */
export async function openGraph(path: string, options: OpenOptions = {}): Promise<{ graph: Graph; bytes: Uint8Array }> {
  const bytes = await readModelFile(path, options);
  return { graph: graphOf(path, bytes, options), bytes };
}

/** The model in the bytes of the file at `path`, ready to run. @throws ModelError where it is not a model that runs */
export async function loadModel(path: string, bytes: Uint8Array, options: OpenOptions = {}): Promise<Model> {
  const isPlain = !options.shapes && !options.constants;
  if (isTflite(bytes) && isPlain) return load(bytes);
  return load(graphOf(path, bytes, options), { maxBytes });
}

/** The same, and the file's bytes. @throws ModelError where the file cannot be read or is not a model that runs */
export async function openModel(path: string, options: OpenOptions = {}): Promise<{ model: Model; bytes: Uint8Array }> {
  const bytes = await readModelFile(path, options);
  return { model: await loadModel(path, bytes, options), bytes };
}

/** The bytes of a .tflite file; those that an ONNX file becomes. @throws ModelError */
export async function readTflite(path: string, options: OpenOptions = {}): Promise<Uint8Array> {
  const bytes = await readModelFile(path, options);
  return isOnnx(bytes) ? writeModel(graphOf(path, bytes, options)) : bytes;
}

interface OpenedFloatModel {
  readonly model: FloatModel;
  /** SHA-256 of the file. */
  readonly hash: string;
  readonly metadata: Graph['metadata'];
  /** Of the file; of what a TensorFlow.js model becomes. */
  readonly fileBytes: number;
}

/** The network of a .tflite or ONNX file, ready to run on single samples. @throws ModelError */
export async function openFloatModel(path: string, options: OpenOptions = {}): Promise<OpenedFloatModel> {
  const { graph, bytes } = await openGraph(path, options);
  requireFloat(graph, path);
  return { model: loadFloat(graph, { batch: sampleBatch(graph) }), hash: sha256(bytes), metadata: graph.metadata, fileBytes: bytes.length };
}
