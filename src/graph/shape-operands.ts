// Owns shape operands, the inputs whose elements an operator's output shape depends on: which they are, and their constant evaluation.

import type { Account } from '../account';
import { allocate, describeValue, elementCount, type Graph, type Node, type OperatorType, type TensorData, type Value } from './graph';
import { reject } from './reject';
import { workOf } from './work';

/** Computes one validated node: `outputs[i]` is allocated for the shape of `node.outputs[i]` and is written completely. */
export type Evaluate = (node: Node, inputs: readonly (TensorData | undefined)[], outputs: readonly TensorData[]) => void;

/** Per operator the indices of inputs whose elements determine the output's shape or which elements are copied where. */
const shapeOperands: Readonly<Partial<Record<OperatorType, readonly number[]>>> = {
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
  REDUCE_MAX: [1],
  REDUCE_MIN: [1],
  REDUCE_PROD: [1],
  REDUCE_ANY: [1],
  REDUCE_ALL: [1],
  ARG_MAX: [1],
  ARG_MIN: [1],
  SPLIT: [0],
  SPLIT_V: [1, 2],
  SLICE: [1, 2],
  STRIDED_SLICE: [1, 2, 3],
  TILE: [1],
  BROADCAST_TO: [1],
  REVERSE_V2: [1],
  SPACE_TO_BATCH_ND: [1, 2],
  BATCH_TO_SPACE_ND: [1, 2],
  WHERE: [0],
  FILL: [0],
  RANGE: [0, 1, 2],
  ONE_HOT: [1],
  TOPK_V2: [1],
  CUMSUM: [1],
};

/** Whether input `index` of `node` is a shape operand, which must be known before the model runs. */
export function isShapeOperand(node: Node, index: number): boolean {
  return shapeOperands[node.type]?.includes(index) ?? false;
}

/** Elements of a shape operand, and of a value that one is computed from; shape arithmetic handles a few numbers. */
const maxElements = 4096;
/** Total work of evaluating shape operands per graph (see workOf), so that a hostile file cannot make loading slow. */
const maxWork = 2 ** 22;

/** Elements of shape operands. `evaluateNode` is called for all nodes in execution order, each after its output shapes are set. */
export class ShapeOperands {
  private readonly computed = new Map<Value, TensorData>();
  /** Elements as numbers, by the data that operands share. */
  private readonly numbers = new Map<TensorData, readonly number[]>();
  private readonly producers: ReadonlySet<Node>;
  private work = 0;

  constructor(
    graph: Graph,
    private readonly evaluate: Evaluate,
    private readonly account?: Account,
  ) {
    this.producers = shapeOperandProducers(graph);
  }

  /** Elements of input `index` as numbers. Throws `dynamic-shape` when they are known only at run time. */
  operand(node: Node, index: number): readonly number[] {
    const value = node.inputs[index] as Value;
    const data = this.elements(value);
    if (!data) {
      const fault = `${describeValue(value)} decides a shape but depends on the model's input`;
      reject('dynamic-shape', node, `${fault}; convert the model again with static shapes`);
    }
    this.account?.charge('number', data.length);
    const known = this.numbers.get(data) ?? Array.from(data as ArrayLike<number | bigint>, Number);
    this.numbers.set(data, known);
    return known;
  }

  /** Computes the outputs of `node` when a shape operand depends on them and all its inputs are known. */
  evaluateNode(node: Node): void {
    if (!this.producers.has(node)) return;
    // SHAPE reads no elements, only the shape of its input.
    const inputs = node.inputs.map((value) => (value && node.type !== 'SHAPE' ? this.elements(value) : undefined));
    const isKnown = node.type === 'SHAPE' || node.inputs.every((value, i) => !value || inputs[i]);
    if (!isKnown || node.outputs.some(({ shape }) => elementCount(shape) > maxElements)) return;
    this.work += workOf(node);
    if (this.work > maxWork)
      reject('too-large', node, `computing shapes takes more than ${maxWork} operations; convert the model again with static shapes`);
    const outputs = node.outputs.map(({ dtype, shape }) => allocate(dtype, elementCount(shape)));
    this.evaluate(node, inputs, outputs);
    for (let i = 0; i < outputs.length; i++) this.computed.set(node.outputs[i], outputs[i]);
  }

  private elements(value: Value): TensorData | undefined {
    const data = value.data ?? this.computed.get(value);
    return data && data.length <= maxElements ? data : undefined;
  }
}

/** The nodes that some shape operand depends on. */
function shapeOperandProducers(graph: Graph): Set<Node> {
  const producers = new Map<Value, Node>();
  for (const node of graph.nodes) for (const output of node.outputs) producers.set(output, node);
  const found = new Set<Node>();
  const pending: Node[] = [];
  const add = (values: readonly (Value | undefined)[]) => {
    for (const value of values) {
      const producer = value && producers.get(value);
      if (!producer || found.has(producer)) continue;
      found.add(producer);
      pending.push(producer);
    }
  };
  for (const node of graph.nodes) add(node.inputs.filter((_, i) => isShapeOperand(node, i)));
  for (let node = pending.pop(); node; node = pending.pop()) {
    if (node.type !== 'SHAPE') add(node.inputs);
  }
  return found;
}
