// Owns shape inference: the shape of every value from those of the graph's inputs, in execution order.

import type { Account } from '../account';
import { ModelError } from '../errors';
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
  /**
   * Shapes of graph inputs, by the name of their tensor or in a signature: dimensions that the file leaves open get these sizes, all others
   * must be equal. Open are those of `Value.shapeSignature` that are -1.
   */
  shapes?: Readonly<Record<string, readonly number[]>>;
  /** The reference kernels, for shapes that the graph computes from constants and known shapes. */
  evaluate: Evaluate;
  /** Of the load that this is part of; absent: nothing is charged. */
  account?: Account;
  /** Called for each node once its shapes are set and before it may be evaluated. */
  check?: (node: Node, context: ShapeContext) => void;
}

const rules: ShapeRules = {
  CUSTOM: (node) => node.attributes.operator.shapes(node),
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
 * @throws ModelError `bad-argument` for `shapes` that do not fit the inputs; `dynamic-shape` when a shape depends on a run's data or on a dimension that the file leaves open; `bad-shape` and
 * `bad-option` when shapes do not fit together; `too-large` when evaluating shape operands takes more than 2^22 operations
 */
export function inferShapes(graph: Graph, options: InferOptions): void {
  setInputShapes(graph, options);
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

/** The graph inputs that a name of the option `shapes` means. */
function inputsNamed(graph: Graph, name: string): Value[] {
  const named = graph.signatures.flatMap(({ inputs }) => inputs.filter((entry) => entry.name === name).map(({ value }) => value));
  return graph.inputs.filter((value) => value.name === name || named.includes(value));
}

function setInputShapes(graph: Graph, { batch, shapes = {} }: InferOptions): void {
  const given = new Map<Value, readonly number[]>();
  for (const [name, shape] of Object.entries(shapes)) {
    const values = inputsNamed(graph, name);
    if (values.length === 0) {
      const names = graph.inputs.map((value) => `'${value.name}'`).join(', ');
      throw new ModelError('bad-argument', `shapes: the model has no input '${name}'; it has ${names}`);
    }
    for (const value of values) given.set(value, checkedShape(value, shape));
  }
  for (const value of graph.inputs) setInputShape(value, given.get(value), batch);
}

/** @throws ModelError `bad-argument` where `shape` gives another rank, or another size to a dimension that the file fixes */
function checkedShape(value: Value, shape: readonly number[]): readonly number[] {
  const open = (axis: number) => (value.shapeSignature?.[axis] ?? 0) < 0;
  const fits =
    Array.isArray(shape) &&
    shape.length === value.shape.length &&
    shape.every((dimension, axis) => Number.isInteger(dimension) && dimension > 0 && (open(axis) || dimension === value.shape[axis]));
  if (!fits) rejectValue('bad-argument', value, `shapes gives it [${shape}]; it takes ${openShape(value)}, any number for each ?`);
  return [...shape];
}

/** `[1,?,?,3]`: open dimensions as ?. */
function openShape({ shape, shapeSignature }: Value): string {
  return `[${shape.map((dimension, axis) => ((shapeSignature?.[axis] ?? 0) < 0 ? '?' : dimension))}]`;
}

/**
 * An open dimension has the size that `shapes`, `batch` or else the file gives. Converters write 1 where they have none, which only the
 * leading dimension, the batch, means.
 */
function setInputShape(value: Value, given: readonly number[] | undefined, batch: number | undefined): void {
  const isOpen = value.shapeSignature?.some((dimension, axis) => dimension < 0 && value.shape[axis] <= (axis === 0 ? 0 : 1));
  if (given) setShape(value, given);
  if (batch !== undefined && value.shape.length > 0) setShape(value, [batch, ...value.shape.slice(1)]);
  if (isOpen && !given && !(batch && isFixed(value))) {
    const advice = `give the model a shape by the option shapes: { ${JSON.stringify(value.name)}: ${openShape(value)} } with a number for each ?`;
    rejectValue('dynamic-shape', value, `the file leaves dimensions of ${openShape(value)} open; ${advice}`);
  }
  const fault = shapeFault(value.shape);
  if (fault) rejectValue('bad-shape', value, `it has shape [${value.shape}], ${fault}`);
}

/** Whether the file fixes every dimension but the leading one. */
function isFixed({ shape, shapeSignature }: Value): boolean {
  return !shapeSignature?.some((dimension, axis) => axis > 0 && dimension < 0 && shape[axis] <= 1);
}
