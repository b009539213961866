// Owns the names of files that are no .tflite, by their first bytes, and what to do with them.

/** What a file is whose first bytes, as text or in hexadecimal, match, and the way out. */
const formats: readonly (readonly [start: RegExp, what: string])[] = [
  [/^version https:\/\/git-lfs/, 'a Git LFS pointer, which stands for the file: run git lfs pull'],
  [/^\s*</, 'a web page or XML: download the file itself'],
  [/^\s*[{[]/, 'JSON, as model.json of TensorFlow.js: convert it to .tflite'],
  [/^1f8b/, 'compressed by gzip: unpack it first'],
  [/^504b0304/, 'a zip archive (.task, .keras, .pt, .npz): unpack it if it holds a .tflite file, else convert it'],
  [/^080112/, 'a SavedModel of TensorFlow: convert it by tf.lite.TFLiteConverter.from_saved_model'],
  // ir_version, then another field of ModelProto.
  [/^08[01].(12|1a|22|28|3a|42)/, 'ONNX, which @zeropoint/tools reads'],
  [/^89484446/, 'HDF5, as Keras writes it: convert it by tf.lite.TFLiteConverter.from_keras_model'],
  [/^800[2-5]/, 'a pickle, as PyTorch writes it: export it to ONNX'],
  [/^.{8}4f52544d/, 'a model of ONNX Runtime: use the ONNX file'],
];

/** What the file with these bytes is; undefined where its beginning is not known. */
export function otherFormat(bytes: Uint8Array): string | undefined {
  const start = bytes.subarray(0, 64);
  const hexadecimal = Array.from(start, (byte) => byte.toString(16).padStart(2, '0')).join('');
  const text = String.fromCharCode(...start);
  return formats.find(([pattern]) => pattern.test(text) || pattern.test(hexadecimal))?.[1];
}
