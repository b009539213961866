// Owns shape inference: the shape of every value from those of the graph's inputs, in execution order.
import { ModelError } from '../errors';
import { describeValue, elementCount, type Graph, type Node, type OperatorType, type Value } from './graph';
import { reject } from './reject';
import { convolutionShapes } from './shape-rules/convolution';
import { elementwiseShapes } from './shape-rules/elementwise';
import { joinSplitShapes } from './shape-rules/join-split';
import { layoutShapes } from './shape-rules/layout';
import { regionShapes } from './shape-rules/region';
import type { Shape, ShapeContext, ShapeRule, ShapeRules } from './shape-rules/rule';
import { type Evaluate, SteeringValues } from './steering';

export type { Evaluate } from './steering';

export interface InferOptions {
  /**
   * Images per run, >= 1: becomes the leading dimension of every graph input that has one. A RESHAPE that asks for a leading 1 and a
   * TRANSPOSE_CONV whose output shape has one follow it. Absent: the file's shapes.
   */
  batch?: number;
  /** The reference kernels, for shapes that the graph computes from constants and known shapes. */
  evaluate: Evaluate;
  /** Called for each node once its shapes are set and before it may be evaluated. */
  check?: (node: Node, context: ShapeContext) => void;
}

const rules: ShapeRules = {
  ...convolutionShapes,
  ...elementwiseShapes,
  ...joinSplitShapes,
  ...layoutShapes,
  ...regionShapes,
};

/** Highest rank that the kernels support. */
const maxRank = 6;
const maxElements = 2 ** 31 - 1;

/**
 * Sets the shape of every graph input and node output; shapes that the file gives to outputs are not authoritative and are replaced.
 * Every result has rank <= 6 and fewer than 2^31 elements.
 * Throws `dynamic-shape` when a shape depends on data or on an open dimension, `bad-shape` and `bad-option` when shapes do not fit
 * together, `too-large` when computing shapes takes unreasonably long. The graph's structure must be sound (see validate).
 */
export function inferShapes(graph: Graph, options: InferOptions): void {
  for (const value of graph.inputs) setInputShape(value, options.batch);
  const steering = new SteeringValues(graph, options.evaluate);
  const batch = options.batch ?? 1;
  for (const node of graph.nodes) {
    const context: ShapeContext = { batch, operand: (index) => steering.operand(node, index) };
    const shapes = (rules[node.type] as ShapeRule<OperatorType>)(node, context);
    node.outputs.forEach((value, i) => {
      const fault = shapeFault(shapes[i]);
      if (fault) reject('bad-shape', node, `its output ${describeValue(value)} would have shape [${shapes[i]}], ${fault}`);
      value.shape = shapes[i];
    });
    options.check?.(node, context);
    steering.learn(node);
  }
}

/** Whether the output has the input's elements in the input's order, under another shape. */
export function isReshape({ type }: Node): boolean {
  return type === 'RESHAPE' || type === 'SQUEEZE' || type === 'EXPAND_DIMS';
}

/** Why no value can have this shape, or undefined. */
export function shapeFault(shape: Shape): string | undefined {
  if (shape.length > maxRank) return `at most ${maxRank} dimensions are supported`;
  if (shape.some((dimension) => !Number.isInteger(dimension) || dimension < 0 || dimension > maxElements)) {
    return 'its dimensions must be in 0..2^31-1';
  }
  // Six factors below 2^31 stay far below the largest double, so the product cannot wrap.
  return elementCount(shape) > maxElements ? 'it has 2^31 elements or more' : undefined;
}

function setInputShape(value: Value, batch: number | undefined): void {
  if (batch !== undefined && value.shape.length > 0) value.shape = [batch, ...value.shape.slice(1)];
  const open = value.shapeSignature?.some((dimension, axis) => dimension < 0 && !(value.shape[axis] > 0));
  if (open) {
    throw new ModelError(
      'dynamic-shape',
      `signature [${value.shapeSignature}] is open where shape [${value.shape}] is 0; pass batch or convert the model again with static shapes`,
      { where: describeValue(value) },
    );
  }
  const fault = shapeFault(value.shape);
  if (fault) throw new ModelError('bad-shape', `it has shape [${value.shape}], ${fault}`, { where: describeValue(value) });
}
