// Owns folding a product or sum per channel, to which a batch normalization reduces, into the layer that computes its input.
import { consumersOf } from '../graph/consumers';
import { addConstant, removeNodes, replaceInput, replaceOutput, setAttributes } from '../graph/edit';
import { describeNode, describeValue, elementCount, type Graph, type Node, type Value } from '../graph/graph';
import { type WeightedNode, weightedInputs, weightedValues } from '../graph/weighted';
import { type Affine, affineOf, atChannel, changesWeights, type Scaling, WeightCopies, weightsObstacle } from './affine';
import { PassLog, type PassRecord } from './pass';

/**
 * CONV_2D, DEPTHWISE_CONV_2D, TRANSPOSE_CONV or FULLY_CONNECTED without activation -> MUL, DIV, ADD or SUB with a constant per
 * channel (or one for all) becomes one layer with other weights and bias, and takes over the activation. Floats only; for float
 * networks before they are quantized: results are equal up to rounding, not to the bit.
 */
export function foldBatchNorm(graph: Graph): PassRecord[] {
  const log = new PassLog('fold-batch-norm');
  const consumers = consumersOf(graph);
  const outputs = new Set(graph.outputs);
  const producers = new Map<Value, Node>();
  const removed = new Set<Node>();
  const copies = new WeightCopies(consumers);
  for (const node of graph.nodes) {
    for (const output of node.outputs) producers.set(output, node);
    const affine = affineOf(node);
    if (!affine) continue;
    const { data, scaling } = affine;
    const layer = producers.get(data);
    const target = layer as WeightedNode;
    const obstacle = obstacleTo(scaling, data, layer, consumers, outputs) ?? copies.obstacle(scaling, target);
    if (obstacle) {
      log.declined(node, obstacle);
      continue;
    }
    fold(graph, target, scaling, affine);
    producers.set(node.outputs[0], target);
    removed.add(node);
    log.changed(node, `became part of ${describeNode(target)}`);
  }
  removeNodes(graph, removed);
  return log.records;
}

function obstacleTo(
  node: Scaling,
  data: Value,
  layer: Node | undefined,
  consumers: ReadonlyMap<Value, readonly Node[]>,
  graphOutputs: ReadonlySet<Value>,
): string | undefined {
  if (!layer || !weightedInputs(layer.type)) return 'no layer with weights computes its input';
  const target = layer as WeightedNode;
  if (target.attributes.activation !== 'NONE') return `${describeNode(layer)} has an activation`;
  if (graphOutputs.has(data)) return `${describeValue(data)} is a graph output`;
  if (consumers.get(data)?.length !== 1) return `${describeValue(data)} has other readers`;
  const obstacle = weightsObstacle(target);
  if (obstacle) return obstacle;
  if (data.shape.join() !== node.outputs[0].shape.join()) return 'its constant has more dimensions than the result of the layer';
  return undefined;
}

function fold(graph: Graph, layer: WeightedNode, node: Scaling, { factor, offset }: Affine): void {
  const inputs = weightedInputs(layer.type)!;
  const { weights, bias } = weightedValues(layer);
  const [output] = node.outputs;
  const channels = weights.shape[inputs.channelAxis];
  const old = bias?.data as Float32Array | undefined;
  const sums = Float32Array.from({ length: channels }, (_, c) => (old?.[c] ?? 0) * atChannel(factor, c) + atChannel(offset, c));
  const constant = (role: string, shape: readonly number[], data: Float32Array) =>
    addConstant(graph, { name: `${output.name}/${role}`, dtype: 'float32', shape, data });
  if (changesWeights(node)) {
    const stride = elementCount(weights.shape.slice(inputs.channelAxis + 1));
    const scaled = (weights.data as Float32Array).map((weight, i) => weight * atChannel(factor, Math.floor(i / stride) % channels));
    replaceInput(layer, inputs.weights, constant('weights', weights.shape, scaled));
  }
  replaceInput(layer, inputs.bias, constant(changesWeights(node) ? 'scaled-bias' : 'bias', [channels], sums));
  setAttributes(layer, { activation: node.attributes.activation });
  replaceOutput(layer, 0, output);
}
