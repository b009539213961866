// Owns reading networks of any supported format, which is recognized by content, not by name.
import { join } from 'node:path';
import { ModelError } from 'zeropoint';
import { type Graph, otherFormat, readModel } from 'zeropoint/tflite';
import { fileExists, isFolder, readBytes } from '../files';
import { readOptions } from '../options';
import { importOnnx } from './onnx/import';
import { type ImportOptions, importOptionNames, requireInputNames, shapesOf } from './options';
import { modelFileName, readShards } from './tfjs/files';
import { importTfjs } from './tfjs/import';
import { isJson } from './tfjs/model';

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
  const other = otherFormat(bytes);
  const fault = other ? `the file is ${other}` : 'this is neither a .tflite nor an ONNX file; is it a download page or another format?';
  throw new ModelError('malformed', fault, { where: name });
}

/** The model.json at `path`, or in the folder at `path`, and its bytes; undefined where there is none. */
async function findTfjs(path: string): Promise<{ file: string; bytes: Uint8Array } | undefined> {
  const file = (await isFolder(path)) ? join(path, modelFileName) : path;
  if (file !== path && !(await fileExists(file))) return undefined;
  const bytes = await readBytes(file);
  return !isTflite(bytes) && isJson(bytes) ? { file, bytes } : undefined;
}

/** Whether `path` is JSON, as TensorFlow.js models are, or a folder with a model.json. @throws ModelError `bad-argument` */
export async function isTfjs(path: string): Promise<boolean> {
  return (await findTfjs(path)) !== undefined;
}

/**
 * The network of the TensorFlow.js model at `path`, its model.json or the folder of it; undefined where there is no JSON.
 * @throws ModelError `bad-argument` for files that cannot be read or lie outside the folder; as importTfjs
 */
export async function readTfjsFile(path: string, options: Omit<ImportOptions, 'external'> = {}): Promise<Graph | undefined> {
  const found = await findTfjs(path);
  if (!found) return undefined;
  if (options.constants && Object.keys(options.constants).length > 0)
    throw new ModelError('bad-argument', 'constants are for ONNX files; this is a TensorFlow.js model');
  return importTfjs(found.bytes, await readShards(found.file, found.bytes), { shapes: shapesOf(options) });
}

/** Fixes free dimensions of a .tflite; its constants are inputs of no other kind. @throws ModelError `bad-argument` */
function withShapes(graph: Graph, options: ImportOptions): Graph {
  const shapes = shapesOf(options);
  const names = graph.inputs.map(({ name }) => name);
  requireInputNames(shapes.keys(), names, 'shapes');
  if (options.constants && Object.keys(options.constants).length > 0) {
    throw new ModelError('bad-argument', 'constants are for ONNX files; this is a .tflite');
  }
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
