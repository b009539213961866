// Owns the decoding of names and labels, which may be damaged.
import { decodeUtf8 } from '../tflite/utf8';

/** UTF-8 with U+FFFD for bytes that are none; AudioWorklets, which have no TextDecoder, throw URIError for these. */
export function decodeText(bytes: Uint8Array): string {
  return typeof TextDecoder === 'function' ? new TextDecoder().decode(bytes) : decodeUtf8(bytes);
}
