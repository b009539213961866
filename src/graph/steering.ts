// Owns the values that steer shapes: which inputs do, and computing those that follow from constants and known shapes.
import { ModelError } from '../errors';
import {
  allocate,
  describeNode,
  describeValue,
  elementCount,
  type Graph,
  type Node,
  type OperatorType,
  type TensorData,
  type Value,
} from './graph';
import { reject } from './reject';
import { workOf } from './work';

/** Computes one validated node: `outputs[i]` is allocated for the shape of `node.outputs[i]` and is written completely. */
export type Evaluate = (node: Node, inputs: readonly (TensorData | undefined)[], outputs: readonly TensorData[]) => void;

/** Per operator the inputs whose elements decide the output's shape or which elements go where. */
const steeringInputs: Readonly<Partial<Record<OperatorType, readonly number[]>>> = {
  RESHAPE: [1],
  EXPAND_DIMS: [1],
  TRANSPOSE: [1],
  TRANSPOSE_CONV: [0],
  PAD: [1],
  PADV2: [1],
  MIRROR_PAD: [1],
  RESIZE_BILINEAR: [1],
  RESIZE_NEAREST_NEIGHBOR: [1],
  MEAN: [1],
  SUM: [1],
  ARG_MAX: [1],
  ARG_MIN: [1],
  SPLIT: [0],
  SPLIT_V: [1, 2],
  SLICE: [1, 2],
  STRIDED_SLICE: [1, 2, 3],
  TILE: [1],
};

/** Whether input `index` of `node` steers: such an input must be known before the model runs. */
export function steers(node: Node, index: number): boolean {
  return steeringInputs[node.type]?.includes(index) ?? false;
}

/** Shape arithmetic concerns a few numbers; longer tensors are data. */
const maxElements = 4096;
/** Total work spent on steering values per graph, so that a hostile file cannot make loading slow. */
const maxWork = 2 ** 22;

/** Knows the elements of steering values. Nodes must be learnt in execution order, each after its shapes are set. */
export class SteeringValues {
  private readonly known = new Map<Value, TensorData>();
  private readonly wanted: ReadonlySet<Node>;
  private work = 0;

  constructor(
    graph: Graph,
    private readonly evaluate: Evaluate,
  ) {
    this.wanted = steeringProducers(graph);
  }

  /** Elements of input `index` as numbers. Throws `dynamic-shape` when they are known only at run time. */
  operand(node: Node, index: number): number[] {
    const value = node.inputs[index] as Value;
    const data = this.elements(value);
    if (!data) {
      throw new ModelError(
        'dynamic-shape',
        `${describeValue(value)} decides a shape but depends on the model's input; convert the model again with static shapes`,
        { where: describeNode(node) },
      );
    }
    return Array.from(data as ArrayLike<number | bigint>, Number);
  }

  /** Computes the outputs of `node` when a shape depends on them and all its inputs are known. */
  learn(node: Node): void {
    if (!this.wanted.has(node)) return;
    // SHAPE reads no elements, only the shape of its input.
    const inputs = node.inputs.map((value) => (value && node.type !== 'SHAPE' ? this.elements(value) : undefined));
    const known = node.type === 'SHAPE' || node.inputs.every((value, i) => !value || inputs[i]);
    if (!known || node.outputs.some(({ shape }) => elementCount(shape) > maxElements)) return;
    this.work += workOf(node);
    if (this.work > maxWork)
      reject('too-large', node, `computing shapes takes more than ${maxWork} operations; convert the model again with static shapes`);
    const outputs = node.outputs.map(({ dtype, shape }) => allocate(dtype, elementCount(shape)));
    this.evaluate(node, inputs, outputs);
    for (let i = 0; i < outputs.length; i++) this.known.set(node.outputs[i], outputs[i]);
  }

  private elements(value: Value): TensorData | undefined {
    const data = value.data ?? this.known.get(value);
    return data && data.length <= maxElements ? data : undefined;
  }
}

/** The nodes that some steering input depends on. */
function steeringProducers(graph: Graph): Set<Node> {
  const producers = new Map<Value, Node>();
  for (const node of graph.nodes) for (const output of node.outputs) producers.set(output, node);
  const wanted = new Set<Node>();
  const pending: Node[] = [];
  const want = (values: readonly (Value | undefined)[]) => {
    for (const value of values) {
      const producer = value && producers.get(value);
      if (!producer || wanted.has(producer)) continue;
      wanted.add(producer);
      pending.push(producer);
    }
  };
  for (const node of graph.nodes) want(node.inputs.filter((_, i) => steers(node, i)));
  for (let node = pending.pop(); node; node = pending.pop()) {
    if (node.type !== 'SHAPE') want(node.inputs);
  }
  return wanted;
}
