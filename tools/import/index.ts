// Owns reading networks of any supported format, which is recognized by content, not by name.
import { ModelError } from 'zeropoint';
import { type Graph, readModel } from 'zeropoint/tflite';
import { importOnnx } from './onnx/import';

/** File identifier of .tflite, at byte 4. */
const tfliteIdentifier = 'TFL3';
/** Tag of the first field of an ONNX file, `ir_version`: number 1, a varint. */
const onnxTag = 0x08;

function isTflite(bytes: Uint8Array): boolean {
  return String.fromCharCode(...bytes.subarray(4, 8)) === tfliteIdentifier;
}

/** Whether content is taken for an ONNX file. */
export function isOnnx(bytes: Uint8Array): boolean {
  return bytes[0] === onnxTag && !isTflite(bytes);
}

/**
 * The network in `bytes`, a `.tflite` or an ONNX file; `name` is the file's, for messages. Constants may view `bytes`.
 * @throws ModelError, as readModel and importOnnx do; `malformed` for any other content
 */
export function readFloatModel(bytes: Uint8Array, name: string): Graph {
  if (isTflite(bytes)) return readModel(bytes);
  if (isOnnx(bytes)) return importOnnx(bytes);
  throw new ModelError('malformed', 'this is neither a .tflite nor an ONNX file; is it a download page or another format?', {
    where: name,
  });
}
