// Owns the check that what is given as a file is bytes.
import { ModelError } from '../errors';

/** Contents of a `.tflite` file. */
export type ModelBytes = Uint8Array | ArrayBuffer;

/**
 * The bytes as they are, not copied. Views and buffers of other realms (vm contexts, iframes) are not instances of this realm's
 * classes, so tags are compared. Throws `bad-argument` for what is no bytes, `not-tflite` for none.
 */
export function asBytes(bytes: ModelBytes): Uint8Array {
  const tag = Object.prototype.toString.call(bytes);
  const isBytes = ArrayBuffer.isView(bytes) ? tag === '[object Uint8Array]' : tag === '[object ArrayBuffer]';
  if (!isBytes) throw new ModelError('bad-argument', `a .tflite file is given as Uint8Array or ArrayBuffer, not as ${tag.slice(8, -1)}`);
  if (bytes.byteLength === 0) throw new ModelError('not-tflite', 'the file has no bytes; was its ArrayBuffer transferred?');
  return ArrayBuffer.isView(bytes) ? bytes : new Uint8Array(bytes);
}
