// Owns fusing a PAD with the convolution that reads it, whose padding is the same zeros without a copy.
import { consumersOf } from '../graph/consumers';
import { removeNodes, replaceInput, setAttributes } from '../graph/edit';
import { describeNode, describeValue, type ExplicitPadding, type Graph, type Node, type Value } from '../graph/graph';
import { sameParams } from '../quant/params';
import { PassLog, type PassRecord } from './pass';

type Convolution = Node<'CONV_2D' | 'DEPTHWISE_CONV_2D'>;

/**
 * PAD -> CONV_2D or DEPTHWISE_CONV_2D with padding VALID becomes one convolution with explicit padding. Exact: PAD fills with the
 * zero point of its output (`tflite/kernels/pad.cc`), and the convolution treats what lies outside its input as real zero.
 */
export function fusePad(graph: Graph): PassRecord[] {
  const log = new PassLog('fuse-pad');
  const consumers = consumersOf(graph);
  const outputs = new Set(graph.outputs);
  const removed = new Set<Node>();
  for (const node of graph.nodes) {
    if (node.type !== 'PAD') continue;
    const padding = imagePadding(node);
    const readers = consumers.get(node.outputs[0]) ?? [];
    const obstacle = typeof padding === 'string' ? padding : obstacleTo(node, readers, outputs);
    if (typeof padding === 'string' || obstacle) {
      log.declined(node, obstacle!);
      continue;
    }
    const convolution = readers[0] as Convolution;
    replaceInput(convolution, 0, node.inputs[0]!);
    setAttributes(convolution, { padding });
    removed.add(node);
    log.changed(node, `became the padding of ${describeNode(convolution)}`);
  }
  removeNodes(graph, removed);
  return log.records;
}

/** The rows and columns that a PAD adds, or why it is not the padding of an image. */
function imagePadding(node: Node<'PAD'>): ExplicitPadding | string {
  const paddings = node.inputs[1]!;
  if (!paddings.data) return `${describeValue(paddings)} is not constant`;
  const amounts = Array.from(paddings.data as ArrayLike<number | bigint>, Number);
  if (amounts.length !== 8) return 'its input must have 4 dimensions';
  const [batchBefore, batchAfter, top, bottom, left, right, channelsBefore, channelsAfter] = amounts;
  if (batchBefore || batchAfter || channelsBefore || channelsAfter) return 'it pads the batch or the channels';
  return { top, bottom, left, right };
}

function obstacleTo(node: Node<'PAD'>, readers: readonly Node[], graphOutputs: ReadonlySet<Value>): string | undefined {
  const [output] = node.outputs;
  if (graphOutputs.has(output)) return `${describeValue(output)} is a graph output`;
  const [reader] = readers;
  if (readers.length !== 1 || (reader.type !== 'CONV_2D' && reader.type !== 'DEPTHWISE_CONV_2D')) {
    return 'its result has other readers than one convolution';
  }
  if (reader.inputs.lastIndexOf(output) !== 0) return `it feeds the weights of ${describeNode(reader)}`;
  if (reader.attributes.padding !== 'VALID') return `${describeNode(reader)} has padding of its own`;
  if (!sameParams(node.inputs[0]!, output)) return 'its input and output are quantized differently';
  return undefined;
}
