// Owns the decoding of UTF-8 by the language alone: AudioWorklets have no TextDecoder.

/** Bytes that become arguments of one call. */
const blockBytes = 4096;

/**
 * The text of well-formed UTF-8; a byte order mark stays. `escape` writes bytes as %XX, which decodeURIComponent decodes (ECMA-262,
 * Decode).
 * @throws URIError for bytes that are not UTF-8
 */
export function decodeUtf8(bytes: Uint8Array): string {
  let latin1 = '';
  for (let i = 0; i < bytes.length; i += blockBytes) latin1 += String.fromCharCode(...bytes.subarray(i, i + blockBytes));
  return decodeURIComponent(escape(latin1));
}
