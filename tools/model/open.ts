// Owns opening models by their paths, as every command does first.
import type { Model } from 'zeropoint';
import { load } from 'zeropoint/float';
import { copyGraph } from 'zeropoint/graph';
import { type Graph, writeModel } from 'zeropoint/tflite';
import { sha256 } from '../hash';
import { contents, graphOf, isTflite, type ModelFiles, readModelFiles } from '../import/index';
import type { ImportOptions } from '../import/options';
import { type FloatModel, loadFloat, maxBytes, requireFloat, sampleBatch } from './float-model';

/** What a command's flags say about a file; external data is found beside it. */
export type OpenOptions = Omit<ImportOptions, 'external'>;

/** Bytes of all files of a model but external data. */
export const fileBytesOf = (files: ModelFiles): number => contents(files).reduce((sum, { length }) => sum + length, 0);

/** Whether the main file is a .tflite of which no option changes a shape. */
const isPlain = ({ main }: ModelFiles, { shapes, constants }: OpenOptions): boolean => isTflite(main) && !shapes && !constants;

/** The model in the files at `path`, ready to run. @throws ModelError where it is not a model that runs */
export async function loadModel(files: ModelFiles, path: string, options: OpenOptions = {}): Promise<Model> {
  return isPlain(files, options) ? load(files.main) : load(graphOf(files, path, options), { maxBytes });
}

interface OpenedModel {
  readonly model: Model;
  readonly fileBytes: number;
}

/**
 * The model at `path`: a `.tflite` or ONNX file, or a TensorFlow.js model, and the bytes of its files.
 * @throws ModelError where a file cannot be read or is not a model that runs
 */
export async function openModel(path: string, options: OpenOptions = {}): Promise<OpenedModel> {
  const files = await readModelFiles(path);
  return { model: await loadModel(files, path, options), fileBytes: fileBytesOf(files) };
}

/** The bytes of a .tflite file; those that any other model, or one whose shapes are fixed, becomes. @throws ModelError */
export function tfliteOf(files: ModelFiles, path: string, options: OpenOptions = {}): Uint8Array {
  return isPlain(files, options) ? files.main : writeModel(graphOf(files, path, options));
}

export interface OpenedFloatModel {
  readonly model: FloatModel;
  /** The network as it was read. */
  readonly graph: Graph;
  /** SHA-256 of the model's files but external data, one after the other. */
  readonly hash: string;
  readonly fileBytes: number;
}

/** The float network at `path`, ready to run on single samples. @throws ModelError */
export async function openFloatModel(path: string, options: OpenOptions = {}): Promise<OpenedFloatModel> {
  const files = await readModelFiles(path);
  const graph = graphOf(files, path, options);
  requireFloat(graph, path);
  const model = loadFloat(copyGraph(graph), { batch: sampleBatch(graph) });
  return { model, graph, hash: sha256(...contents(files)), fileBytes: fileBytesOf(files) };
}
