// Owns fusing a standalone RELU, RELU6 or RELU_N1_TO_1 with the operator that computes its input.
import { consumersOf } from '../graph/consumers';
import { removeNodes, replaceOutput, setAttributes } from '../graph/edit';
import { describeNode, describeValue, type Graph, type Node, type OperatorType, type Value } from '../graph/graph';
import { sameParams } from '../quant/params';
import { PassLog, type PassRecord } from './pass';

const fusable = [
  'CONV_2D',
  'DEPTHWISE_CONV_2D',
  'TRANSPOSE_CONV',
  'FULLY_CONNECTED',
  'ADD',
  'SUB',
  'MUL',
  'DIV',
  'AVERAGE_POOL_2D',
  'MAX_POOL_2D',
] as const satisfies readonly OperatorType[];

type Fusable = Node<(typeof fusable)[number]>;
type Relu = Node<'RELU' | 'RELU6' | 'RELU_N1_TO_1'>;

/**
 * An operator without activation -> RELU* becomes one operator with that activation. Exact: with equal scales the RELU's multiplier
 * is 1, which rounds nothing, and it clamps to the same codes as the fused activation (QuantizeReluX in
 * `tflite/kernels/activations.cc` against CalculateActivationRangeQuantized in kernel_util.cc).
 */
export function fuseActivation(graph: Graph): PassRecord[] {
  const log = new PassLog('fuse-activation');
  const consumers = consumersOf(graph);
  const outputs = new Set(graph.outputs);
  const producers = new Map<Value, Node>();
  const removed = new Set<Node>();
  for (const node of graph.nodes) {
    for (const output of node.outputs) producers.set(output, node);
    if (node.type !== 'RELU' && node.type !== 'RELU6' && node.type !== 'RELU_N1_TO_1') continue;
    const producer = producers.get(node.inputs[0]!);
    const obstacle = obstacleTo(node, producer, consumers, outputs);
    if (obstacle) {
      log.declined(node, obstacle);
      continue;
    }
    const target = producer as Fusable;
    setAttributes(target, { activation: node.type });
    replaceOutput(target, 0, node.outputs[0]);
    producers.set(node.outputs[0], target);
    removed.add(node);
    log.changed(node, `became the activation of ${describeNode(target)}`);
  }
  removeNodes(graph, removed);
  return log.records;
}

function obstacleTo(
  node: Relu,
  producer: Node | undefined,
  consumers: ReadonlyMap<Value, readonly Node[]>,
  graphOutputs: ReadonlySet<Value>,
): string | undefined {
  const input = node.inputs[0]!;
  const [output] = node.outputs;
  if (!producer || !(fusable as readonly OperatorType[]).includes(producer.type)) return 'what computes its input takes no activation';
  if ((producer as Fusable).attributes.activation !== 'NONE') return `${describeNode(producer)} has an activation already`;
  if (graphOutputs.has(input)) return `${describeValue(input)} is a graph output`;
  if (consumers.get(input)?.length !== 1) return `${describeValue(input)} has other readers`;
  if (!sameParams(input, output)) return 'its input and output are quantized differently';
  return undefined;
}
