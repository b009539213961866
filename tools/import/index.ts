// Owns reading networks of any supported format, which is recognized by content, not by name.
import { ModelError } from 'zeropoint';
import { type Graph, otherFormat, readModel } from 'zeropoint/tflite';
import { readOptions } from '../options';
import { importOnnx } from './onnx/import';
import { type ImportOptions, importOptionNames, requireInputNames, shapesOf } from './options';

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
