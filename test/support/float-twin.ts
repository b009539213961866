// Owns float networks made of 8-bit ones: the same layers with dequantized weights, for comparisons of networks that exist quantized only.
import { elementCount, type Graph, type Node, type Value } from '../../src/graph/graph';
import { readModel, writeModel } from '../../src/tflite';

/** Real numbers of a constant, per channel along its quantized axis. */
function reals({ data, shape, quantization }: Value): Float32Array {
  const { scale, zeroPoint, axis } = quantization!;
  const inner = elementCount(shape.slice(axis + 1));
  return Float32Array.from({ length: data!.length }, (_, i) => {
    const channel = scale.length === 1 ? 0 : Math.floor(i / inner) % scale.length;
    return scale[channel] * (Number(data![i]) - zeroPoint[channel]);
  });
}

/** From codes to codes or numbers and back; on numbers it does nothing. */
const isConversion = ({ type }: Node): boolean => type === 'QUANTIZE' || type === 'DEQUANTIZE';

/** Largest range of uint8 that is still taken as that of ReLU6. */
const maxRelu6 = 6.1;

/** Codes of uint8 from zero point 0 on cannot be negative: their layer's ReLU, or ReLU6, may be there only. */
function withActivation(node: Node): Node {
  const { quantization, dtype } = node.outputs[0];
  const attributes = node.attributes as { activation?: string };
  if (!['CONV_2D', 'DEPTHWISE_CONV_2D', 'ADD'].includes(node.type) || attributes.activation !== 'NONE') return node;
  if (dtype !== 'uint8' || quantization?.zeroPoint[0] !== 0) return node;
  const activation = 255 * quantization.scale[0] <= maxRelu6 ? 'RELU6' : 'RELU';
  return { ...node, attributes: { ...attributes, activation } } as Node;
}

/** The float network of a quantized one, without its QUANTIZE and DEQUANTIZE. */
export function floatTwin(bytes: Uint8Array): Uint8Array {
  const graph: Graph = readModel(bytes);
  graph.nodes = graph.nodes.map(withActivation);
  for (const value of graph.values) {
    if (!value.quantization || !['int8', 'uint8', 'int32'].includes(value.dtype)) continue;
    if (value.data) value.data = reals(value);
    value.dtype = 'float32';
    value.quantization = undefined;
  }
  const sources = new Map<Value, Value>();
  const source = (value: Value): Value => (sources.has(value) ? source(sources.get(value)!) : value);
  for (const node of graph.nodes) if (isConversion(node)) sources.set(node.outputs[0], node.inputs[0]!);
  graph.nodes = graph.nodes.filter((node) => !isConversion(node));
  for (const node of graph.nodes) node.inputs = node.inputs.map((value) => value && source(value));
  graph.outputs = graph.outputs.map(source);
  graph.signatures = [];
  graph.metadata = [];
  return writeModel(graph);
}
