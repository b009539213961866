// Owns the float twin of a quantized network: the same topology and real weights, in float32.
import { allocate, elementCount, type Graph, type Node, type Value } from '../src/graph/graph';
import { type MobilenetV1Options, mobilenetV1 } from '../src/mobilenet';
import { evaluate } from '../src/reference/run';
import { readModel } from '../src/tflite/read';

/** A built MobileNetV1 with every 8-bit value, weight and bias turned into the real numbers that it stands for. */
export function floatMobilenetV1(options: MobilenetV1Options): Graph {
  const graph = readModel(mobilenetV1({ ...options, dtype: 'int8' }));
  graph.values.forEach((value) => {
    if (value.quantization) makeFloat(value);
  });
  return graph;
}

function makeFloat(value: Value): void {
  if (value.data) value.data = realsOf(value);
  value.dtype = 'float32';
  delete value.quantization;
}

function realsOf(value: Value): Float32Array {
  const { scale } = value.quantization!;
  // DEQUANTIZE knows no int32: biases have one scale per channel and zero point 0.
  if (value.dtype === 'int32') return Float32Array.from(value.data as Int32Array, (code, i) => code * scale[scale.length > 1 ? i : 0]);
  const reals = allocate('float32', elementCount(value.shape)) as Float32Array;
  const output: Value = { id: -1, name: value.name, dtype: 'float32', shape: value.shape };
  const node: Node = { type: 'DEQUANTIZE', id: -1, attributes: {}, inputs: [value], outputs: [output], version: 1 };
  evaluate(node, [value.data], [reals]);
  return reals;
}
