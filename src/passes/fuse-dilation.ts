// Owns fusing a convolution between SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND, which is a dilated convolution without the two copies.
import { consumersOf } from '../graph/consumers';
import { removeNodes, replaceInput, replaceOutput, setAttributes } from '../graph/edit';
import { describeNode, type Graph, type Node, type Value } from '../graph/graph';
import { PassLog, type PassRecord } from './pass';

type Convolution = Node<'CONV_2D' | 'DEPTHWISE_CONV_2D'>;
type BatchToSpace = Node<'BATCH_TO_SPACE_ND'>;

/**
 * SPACE_TO_BATCH_ND -> CONV_2D or DEPTHWISE_CONV_2D -> BATCH_TO_SPACE_ND of the same block b becomes one convolution whose dilation is b times
 * as large. Exact where the convolution is VALID with stride 1 and every crop is at most the padding before or after the same axis: row i of
 * block row r is row i b + r - padding of the image, so that output row y reads, for tap t of dilation d, block row (y + crop) mod b at
 * floor((y + crop) / b) + t d, which is image row y + crop - padding + t d b. Paddings are codes of real zero, as is what lies outside the image
 * of a convolution; what is left of them after the crops is the padding of the dilated one.
 */
export function fuseDilation(graph: Graph): PassRecord[] {
  const log = new PassLog('fuse-dilation');
  const consumers = consumersOf(graph);
  const outputs = new Set(graph.outputs);
  const onlyReader = ([value]: readonly Value[]) =>
    outputs.has(value) || consumers.get(value)?.length !== 1 ? undefined : consumers.get(value)![0];
  const removed = new Set<Node>();
  for (const node of graph.nodes) {
    if (node.type !== 'SPACE_TO_BATCH_ND') continue;
    const convolution = onlyReader(node.outputs);
    const end = convolution && onlyReader(convolution.outputs);
    const obstacle = obstacleTo(node, convolution, end) ?? dilate(node, convolution as Convolution, end as BatchToSpace);
    if (obstacle) {
      log.declined(node, obstacle);
      continue;
    }
    removed.add(node).add(end!);
    log.changed(node, `became the dilation of ${describeNode(convolution!)}`);
  }
  removeNodes(graph, removed);
  return log.records;
}

function obstacleTo(start: Node, convolution: Node | undefined, end: Node | undefined): string | undefined {
  if (convolution?.type !== 'CONV_2D' && convolution?.type !== 'DEPTHWISE_CONV_2D')
    return 'its result has other readers than one convolution';
  if (convolution.inputs.lastIndexOf(start.outputs[0]) !== 0) return `it feeds the weights of ${describeNode(convolution)}`;
  if (end?.type !== 'BATCH_TO_SPACE_ND') return `${describeNode(convolution)} is not followed by BATCH_TO_SPACE_ND alone`;
  const { padding, strideH, strideW } = convolution.attributes;
  if (padding !== 'VALID' || strideH !== 1 || strideW !== 1) return `${describeNode(convolution)} has padding or strides`;
  if (![start, end].every(({ inputs }) => inputs[1]!.data && inputs[2]!.data)) return 'its block shape, paddings or crops are not constant';
  return undefined;
}

const integers = ({ inputs }: Node, index: number): number[] => Array.from(inputs[index]!.data as Int32Array);

/** Makes the convolution dilated; or says why it cannot be. */
function dilate(start: Node<'SPACE_TO_BATCH_ND'>, convolution: Convolution, end: BatchToSpace): string | undefined {
  const block = integers(start, 1);
  if (`${block}` !== `${integers(end, 1)}`) return `the blocks of ${describeNode(end)} are others`;
  const crops = integers(end, 2);
  const [top, bottom, left, right] = integers(start, 2).map((padding, i) => padding - crops[i]);
  if (Math.min(top, bottom, left, right) < 0) return `${describeNode(end)} crops more than was padded`;
  const { dilationH, dilationW } = convolution.attributes;
  replaceInput(convolution, 0, start.inputs[0]!);
  replaceOutput(convolution, 0, end.outputs[0]);
  // fuse-pad takes a convolution without padding.
  const padding = top + bottom + left + right > 0 ? { top, bottom, left, right } : 'VALID';
  setAttributes(convolution, { padding, dilationH: dilationH * block[0], dilationW: dilationW * block[1] });
  return undefined;
}
