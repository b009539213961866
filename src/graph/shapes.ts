// Owns shape inference: the shape of every value from those of the graph's inputs, in execution order.

import type { Account } from '../account';
import { setShape } from './edit';
import { describeValue, elementCount, type Graph, type Node, type OperatorType, type Value } from './graph';
import { reject, rejectValue } from './reject';
import { type Evaluate, ShapeOperands } from './shape-operands';
import { convolutionShapes } from './shape-rules/convolution';
import { elementwiseShapes } from './shape-rules/elementwise';
import { generateShapes } from './shape-rules/generate';
import { joinSplitShapes } from './shape-rules/join-split';
import { layoutShapes } from './shape-rules/layout';
import { regionShapes } from './shape-rules/region';
import type { Shape, ShapeContext, ShapeRule, ShapeRules } from './shape-rules/rule';

export interface InferOptions {
  /**
   * Images per run, >= 1: replaces the leading dimension of every graph input of rank >= 1, and the leading 1 in the shape operand of a
   * RESHAPE or TRANSPOSE_CONV. Absent: the file's shapes.
   */
  batch?: number;
  /** The reference kernels, for shapes that the graph computes from constants and known shapes. */
  evaluate: Evaluate;
  /** Of the load that this is part of; absent: nothing is charged. */
  account?: Account;
  /** Called for each node once its shapes are set and before it may be evaluated. */
  check?: (node: Node, context: ShapeContext) => void;
}

const rules: ShapeRules = {
  ...convolutionShapes,
  ...elementwiseShapes,
  ...generateShapes,
  ...joinSplitShapes,
  ...layoutShapes,
  ...regionShapes,
};

/** Of the kernels (`tflite/kernels/internal/runtime_shape.h`, kMaxSmallSize). */
const maxRank = 6;
/** Of one tensor: TensorFlow Lite counts elements in int32. */
const maxElements = 2 ** 31 - 1;

/**
 * Sets the shape of every graph input and node output; the shapes that a file gives to node outputs are replaced.
 * Every result has rank <= 6 and fewer than 2^31 elements.
 * The graph's structure must be sound (see validate).
 * @throws ModelError `dynamic-shape` when a shape depends on a run's data or on a dimension that the file leaves open; `bad-shape` and
 * `bad-option` when shapes do not fit together; `too-large` when evaluating shape operands takes more than 2^22 operations
 */
export function inferShapes(graph: Graph, options: InferOptions): void {
  for (const value of graph.inputs) setInputShape(value, options.batch);
  const operands = new ShapeOperands(graph, options.evaluate, options.account);
  const batch = options.batch ?? 1;
  for (const node of graph.nodes) {
    const context: ShapeContext = { batch, operand: (index) => operands.operand(node, index) };
    const shapes = (rules[node.type] as ShapeRule<OperatorType>)(node, context);
    node.outputs.forEach((value, i) => {
      const fault = shapeFault(shapes[i]);
      if (fault) reject('bad-shape', node, `its output ${describeValue(value)} would have shape [${shapes[i]}], ${fault}`);
      setShape(value, shapes[i]);
    });
    options.check?.(node, context);
    operands.evaluateNode(node);
  }
}

/** Whether the output has the input's elements in the input's order, under another shape. */
export function isReshape({ type }: Node): boolean {
  return type === 'RESHAPE' || type === 'SQUEEZE' || type === 'EXPAND_DIMS';
}

/** Why no value can have this shape: a rank above 6, a bad dimension, 2^31 elements or more. Undefined for a good shape. */
export function shapeFault(shape: Shape): string | undefined {
  if (shape.length > maxRank) return `at most ${maxRank} dimensions are supported`;
  if (shape.some((dimension) => !Number.isInteger(dimension) || dimension < 0 || dimension > maxElements)) {
    return 'its dimensions must be in 0..2^31-1';
  }
  // Six factors below 2^31 stay far below the largest double, so the product cannot wrap.
  return elementCount(shape) > maxElements ? 'it has 2^31 elements or more' : undefined;
}

function setInputShape(value: Value, batch: number | undefined): void {
  if (batch !== undefined && value.shape.length > 0) setShape(value, [batch, ...value.shape.slice(1)]);
  if (value.shapeSignature?.some((dimension, axis) => dimension < 0 && !(value.shape[axis] > 0))) {
    const fault = `signature [${value.shapeSignature}] is open where shape [${value.shape}] is 0`;
    rejectValue('dynamic-shape', value, `${fault}; pass batch or convert the model again with static shapes`);
  }
  const fault = shapeFault(value.shape);
  if (fault) rejectValue('bad-shape', value, `it has shape [${value.shape}], ${fault}`);
}
