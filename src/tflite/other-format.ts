// Owns the names of files that are no .tflite, by their first bytes, and what to do with them.

/** Hexadecimal digits of a varint, as the length of a field of a protocol buffer; and of printable characters. */
const length = '(?:[89a-f].){0,4}[0-7].';
const printable = '(?:[2-7].)+';

const hex = (pattern: string) => new RegExp(`^${pattern}`);
/** A zip archive whose first entry has this name. */
const zip = (name: string) => new RegExp(`^PK\x03\x04[^]{26}${name}`);

/** What a file is whose first bytes, as text or in hexadecimal, match, and the way out. */
const formats: readonly (readonly [start: RegExp, what: string])[] = [
  [/^version https:\/\/git-lfs/, 'a Git LFS pointer, which stands for the file: run git lfs pull'],
  [/^\s*(<\?xml[^>]*>\s*)?<net\s/, 'OpenVINO IR: use the ONNX file or the network that it was made of'],
  [/^\s*</, 'a web page or XML: download the file itself'],
  [/^\s*\{\s*"(fileFormatVersion|itemInfoEntries)"/, 'a Core ML package: export the network that it was made of to ONNX'],
  [/^\s*\{\s*"base_code"/, 'a PaddlePaddle program: convert it by paddle2onnx'],
  [/^\s*[{[]/, 'JSON, as model.json of TensorFlow.js: convert it to .tflite'],
  [/^(7767517\s|dd857600)/, 'an ncnn network: use the ONNX file that it was made of'],
  [/^\s*(#[^\n]*\n\s*)*((name|input)\s*:\s*"|(layers?|input_param)\s*\{)/, 'a Caffe network: convert it by caffe2onnx'],
  [/^1f8b/, 'compressed by gzip: unpack it first'],
  [zip('[^/]*/data\\.pkl'), 'a PyTorch file, or TorchScript: load it there and call torch.onnx.export'],
  [zip('(metadata|config)\\.json'), 'a Keras network: convert it by tf.lite.TFLiteConverter.from_keras_model'],
  [/^504b0304/, 'a zip archive (.task, .keras, .pt, .npz): unpack it if it holds a .tflite file, else convert it'],
  // Specification version, then a description whose first feature begins with its name.
  [hex(`080.12${length}0a${length}0a`), 'a Core ML network: export the network that it was made of to ONNX'],
  [/^080112/, 'a SavedModel of TensorFlow: convert it by tf.lite.TFLiteConverter.from_saved_model'],
  // ir_version, then another field of ModelProto.
  [/^08[01].(12|1a|22|28|3a|42)/, 'ONNX, which @zeropoint/tools reads'],
  // NetParameter: its name, then layers (field 100, in old files 2). GraphDef: nodes with name and operator. ProgramDesc: blocks 0 of parent -1.
  [hex(`0a${length}${printable}(a206|12${length}(0a|12|1a|22))`), 'Caffe weights: convert them with their .prototxt by caffe2onnx'],
  [hex(`0a${length}0a${length}${printable}12`), 'a frozen graph of TensorFlow: convert it by tf2onnx'],
  [hex(`0a${length}080010ffffffff`), 'a PaddlePaddle program: convert it by paddle2onnx'],
  [/^89484446/, 'HDF5, as Keras writes it: convert it by tf.lite.TFLiteConverter.from_keras_model'],
  [/^.{10}0{6}7b22/, 'safetensors, weights alone: export the network to ONNX'],
  [/^800[2-5]/, 'a pickle, as PyTorch writes it: load it there and call torch.onnx.export'],
  [/^.{8}4f52544d/, 'a model of ONNX Runtime: use the ONNX file'],
];

/** What the file with these bytes is; undefined where its beginning is not known. */
export function otherFormat(bytes: Uint8Array): string | undefined {
  const start = bytes.subarray(0, 128);
  const hexadecimal = Array.from(start, (byte) => byte.toString(16).padStart(2, '0')).join('');
  const text = String.fromCharCode(...start);
  return formats.find(([pattern]) => pattern.test(text) || pattern.test(hexadecimal))?.[1];
}
