// Owns folding a product or sum per channel, such as a batch normalization in front of a convolution, into the layer that reads it.
import { consumersOf } from '../graph/consumers';
import { addConstant, removeNodes, replaceInput } from '../graph/edit';
import { describeNode, describeValue, elementCount, type Graph, type Node, type Value } from '../graph/graph';
import { type WeightedNode, weightedInputs, weightedValues } from '../graph/weighted';
import { windowSpan } from '../graph/window';
import { type Affine, affineOf, atChannel, changesWeights, type Scaling, WeightCopies, weightsObstacle } from './affine';
import { PassLog, type PassRecord } from './pass';

/**
 * MUL, DIV, ADD or SUB without activation and with a constant per channel (or one for all) -> CONV_2D, DEPTHWISE_CONV_2D, TRANSPOSE_CONV or
 * FULLY_CONNECTED becomes one layer with other weights and bias. ADD and SUB only where the layer has no padding, which is 0 and not the
 * offset.
 * Floats only; for float networks before they are quantized: results are equal up to rounding, not to the bit.
 */
export function foldInputScale(graph: Graph): PassRecord[] {
  const log = new PassLog('fold-input-scale');
  const consumers = consumersOf(graph);
  const outputs = new Set(graph.outputs);
  const removed = new Set<Node>();
  const copies = new WeightCopies(consumers);
  // From the last node to the first: of a product and a sum in a row, the one next to the layer is folded first.
  for (const node of [...graph.nodes].reverse()) {
    const affine = affineOf(node);
    if (!affine) continue;
    const { data, scaling } = affine;
    const [output] = node.outputs;
    const readers = consumers.get(output) ?? [];
    const layer = readers[0] as WeightedNode;
    const obstacle = outputs.has(output)
      ? `${describeValue(output)} is a graph output`
      : (obstacleTo(scaling, data, readers) ?? copies.obstacle(scaling, layer));
    if (obstacle) {
      log.declined(node, obstacle);
      continue;
    }
    fold(graph, layer, scaling, affine, data);
    const dataReaders = consumers.get(data)!.map((reader) => (reader === node ? layer : reader));
    consumers.set(data, dataReaders);
    removed.add(node);
    log.changed(node, `became part of ${describeNode(layer)}`);
  }
  removeNodes(graph, removed);
  return log.records;
}

function obstacleTo(node: Scaling, data: Value, readers: readonly Node[]): string | undefined {
  const [output] = node.outputs;
  if (node.attributes.activation !== 'NONE') return 'it has an activation';
  if (data.shape.join() !== output.shape.join()) return 'its constant has more dimensions than its input';
  if (readers.length !== 1 || !weightedInputs(readers[0].type)) return 'its result has other readers than one layer with weights';
  const layer = readers[0] as WeightedNode;
  const { input, weights, bias } = weightedValues(layer);
  if (input !== output || weights === output || bias === output) return `it is not the data of ${describeNode(layer)}`;
  const obstacle = weightsObstacle(layer);
  if (obstacle) return obstacle;
  if (layer.type === 'FULLY_CONNECTED' && weights.shape[1] % data.shape[data.shape.length - 1] !== 0) {
    return `rows of ${describeNode(layer)} begin inside its channels`;
  }
  if (!changesWeights(node) && padsWithZeros(layer, weights)) return `${describeNode(layer)} adds zeros around the sum`;
  return undefined;
}

/** Whether an output element may take fewer input elements than there are weights. */
function padsWithZeros(layer: WeightedNode, weights: Value): boolean {
  if (layer.type === 'FULLY_CONNECTED') return false;
  if (layer.type === 'TRANSPOSE_CONV') return true;
  const { padding, dilationH, dilationW } = (layer as Node<'CONV_2D' | 'DEPTHWISE_CONV_2D'>).attributes;
  if (padding === 'VALID') return false;
  const [, height, width] = weights.shape;
  return padding !== 'SAME' || windowSpan(height, dilationH) > 1 || windowSpan(width, dilationW) > 1;
}

/** The input channel that entry `index` of the weights multiplies. */
function inputChannel(layer: WeightedNode, weights: readonly number[], channels: number, index: number): number {
  const last = weights[weights.length - 1];
  if (layer.type === 'DEPTHWISE_CONV_2D') return Math.floor(((index % last) * channels) / last);
  if (layer.type !== 'CONV_2D') return (index % last) % channels;
  // A group of outputs reads its own `last` channels.
  const output = Math.floor(index / (weights[1] * weights[2] * last));
  const groups = channels / last;
  return Math.floor((output * groups) / weights[0]) * last + (index % last);
}

function fold(graph: Graph, layer: WeightedNode, node: Scaling, { factor, offset }: Affine, data: Value): void {
  const inputs = weightedInputs(layer.type)!;
  const { weights, bias } = weightedValues(layer);
  const old = weights.data as Float32Array;
  const name = layer.outputs[0].name;
  const channels = data.shape[data.shape.length - 1];
  const constant = (role: string, shape: readonly number[], values: Float32Array) =>
    addConstant(graph, { name: `${name}/${role}-of-${node.outputs[0].name}`, dtype: 'float32', shape, data: values });
  const channelOf = (index: number) => inputChannel(layer, weights.shape, channels, index);
  if (changesWeights(node)) {
    const scaled = old.map((weight, i) => weight * atChannel(factor, channelOf(i)));
    replaceInput(layer, inputs.weights, constant('weights', weights.shape, scaled));
  } else {
    const count = weights.shape[inputs.channelAxis];
    const stride = elementCount(weights.shape.slice(inputs.channelAxis + 1));
    const sums = Float64Array.from({ length: count }, (_, o) => (bias?.data as Float32Array | undefined)?.[o] ?? 0);
    for (const [i, weight] of old.entries()) sums[Math.floor(i / stride) % count] += weight * atChannel(offset, channelOf(i));
    replaceInput(layer, inputs.bias, constant('bias', [count], Float32Array.from(sums)));
  }
  replaceInput(layer, inputs.input, data);
}
