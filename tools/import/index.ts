// Owns reading networks of any supported format, which is recognized by content, not by name.
import { join } from 'node:path';
import { ModelError } from 'zeropoint';
import { type Graph, otherFormat, readModel } from 'zeropoint/tflite';
import { fileExists, filesBeside, isFolder, readBytes } from '../files';
import { readOptions } from '../options';
import { importOnnx } from './onnx/import';
import { type ImportOptions, importOptionNames, requireInputNames, shapesOf } from './options';
import { modelFileName, readShards } from './tfjs/files';
import { importTfjs } from './tfjs/import';
import { isJson } from './tfjs/model';

/** Files by which folders are known that stand for a network of a format that is not read. */
const folderFiles = ['saved_model.pb', 'Manifest.json', 'inference.json'] as const;

/** File identifier of .tflite, at byte 4. */
const tfliteIdentifier = 'TFL3';
/** Tag of the first field of an ONNX file, `ir_version`: number 1, a varint. */
const onnxTag = 0x08;

export function isTflite(bytes: Uint8Array): boolean {
  return String.fromCharCode(...bytes.subarray(4, 8)) === tfliteIdentifier;
}

/** Whether content is taken for an ONNX file. */
export function isOnnx(bytes: Uint8Array): boolean {
  const other = otherFormat(bytes);
  return bytes[0] === onnxTag && !isTflite(bytes) && (other === undefined || other.startsWith('ONNX'));
}

/**
 * The network in `bytes`, a `.tflite` or an ONNX file; `name` is the file's, for messages. Constants may view `bytes`.
 * @throws ModelError, as readModel and importOnnx do; `malformed` for any other content
 */
export function readFloatModel(bytes: Uint8Array, name: string, options: ImportOptions = {}): Graph {
  const own = readOptions<ImportOptions>(options, importOptionNames, 'readFloatModel');
  if (isTflite(bytes)) return withShapes(readModel(bytes), own);
  if (isOnnx(bytes)) return importOnnx(bytes, own);
  if (mayBeTfjs(bytes)) {
    const message = 'this is JSON, as the model.json of TensorFlow.js, whose weights lie in other files: open it by its path';
    throw new ModelError('malformed', message, { where: name });
  }
  const other = otherFormat(bytes);
  const formats = 'a .tflite file, an ONNX file or a TensorFlow.js model';
  const fault = other ? `the file is ${other}` : `this is not ${formats}; is it a download page or another format?`;
  throw new ModelError('malformed', fault, { where: name });
}

/** Whether the bytes are JSON that is not known as a file of another format. */
function mayBeTfjs(bytes: Uint8Array): boolean {
  const other = otherFormat(bytes);
  return !isTflite(bytes) && isJson(bytes) && (other === undefined || other.includes('TensorFlow.js'));
}

/** The files of one model, without external data. */
export interface ModelFiles {
  /** A `.tflite` file, an ONNX file or a model.json; or anything else, which graphOf refuses. */
  readonly main: Uint8Array;
  /** What a model.json names, by the paths as they stand there. */
  readonly shards?: ReadonlyMap<string, Uint8Array>;
}

/** Bytes of every file of a model, the named one first. */
export const contents = ({ main, shards }: ModelFiles): Uint8Array[] => [main, ...(shards?.values() ?? [])];

/** @throws ModelError `malformed` for folders of a format that is not read */
async function refuseOtherFolder(path: string): Promise<void> {
  for (const name of folderFiles) {
    if (!(await fileExists(join(path, name)))) continue;
    const what = otherFormat(await readBytes(join(path, name)));
    if (what) throw new ModelError('malformed', `the folder is ${what}`, { where: path });
  }
}

/**
 * Reads the file at `path`, or the model.json in it where it is a folder, once, so that it may be a pipe; and the shards that a model.json
 * names.
 * @throws ModelError `bad-argument` for files that cannot be read or shards outside the folder, `malformed` for folders of another format
 * and for JSON that is no TensorFlow.js model, `unsupported-feature` for a weights manifest alone
 */
export async function readModelFiles(path: string): Promise<ModelFiles> {
  let file = path;
  if (await isFolder(path)) {
    if (await fileExists(join(path, modelFileName))) file = join(path, modelFileName);
    else await refuseOtherFolder(path);
  }
  const main = await readBytes(file);
  return mayBeTfjs(main) ? { main, shards: await readShards(file, main) } : { main };
}

/** Whether an import makes the graph, because the files are ONNX or TensorFlow.js. */
export function isForeign({ main, shards }: ModelFiles): boolean {
  return shards !== undefined || isOnnx(main);
}

/**
 * The network in the files of the model at `path`; ONNX external data is read from beside it unless `options` say otherwise.
 * @throws ModelError, as readFloatModel and importTfjs do; `bad-argument` for constants of a TensorFlow.js model
 */
export function graphOf({ main, shards }: ModelFiles, path: string, options: ImportOptions = {}): Graph {
  if (!shards) return readFloatModel(main, path, { ...options, external: options.external ?? filesBeside(path) });
  refuseConstants(options, 'a TensorFlow.js model');
  return importTfjs(main, shards, { shapes: options.shapes });
}

/**
 * The network at `path`: a `.tflite` file, an ONNX file, the model.json of a TensorFlow.js model, or the folder of one.
 * @throws ModelError, as readFloatModel and importTfjs do; `bad-argument` for files that cannot be read
 */
export async function readFloatFile(path: string, options: ImportOptions = {}): Promise<Graph> {
  return graphOf(await readModelFiles(path), path, readOptions<ImportOptions>(options, importOptionNames, 'readFloatFile'));
}

/** Inputs of files that are not ONNX are never constant. @throws ModelError `bad-argument` where `options` say so */
function refuseConstants({ constants = {} }: ImportOptions, what: string): void {
  if (Object.keys(constants).length > 0) throw new ModelError('bad-argument', `constants are for ONNX files; this is ${what}`);
}

/** Fixes free dimensions of a .tflite; its constants are inputs of no other kind. @throws ModelError `bad-argument` */
function withShapes(graph: Graph, options: ImportOptions): Graph {
  const shapes = shapesOf(options);
  const names = graph.inputs.map(({ name }) => name);
  requireInputNames(shapes.keys(), names, 'shapes');
  refuseConstants(options, 'a .tflite');
  for (const value of graph.inputs) {
    const asked = shapes.get(value.name);
    const declared = value.shapeSignature ?? value.shape;
    if (!asked) continue;
    if (asked.length !== declared.length || declared.some((size, axis) => size >= 0 && size !== asked[axis])) {
      throw new ModelError('bad-argument', `the shape [${asked}] does not fit [${declared}]; only free dimensions (-1) can be chosen`, {
        where: `input '${value.name}'`,
      });
    }
    value.shape = [...asked];
    // A batch of 1 stays open.
    value.shapeSignature = asked[0] === 1 && declared[0] < 0 ? [-1, ...asked.slice(1)] : undefined;
  }
  return graph;
}
