// Owns the output shapes of operators that join tensors or take one apart.
import type { Node } from '../graph';
import { reject } from '../reject';
import { inputShape, replaceAxis, resolveAxis, type Shape, type ShapeContext, type ShapeRules, scalarOperand } from './rule';

/** The shape of all inputs; their dimensions along `axis`, if one is given, may differ, and that of input 0 is returned. */
function commonShape(node: Node, axis?: number): Shape {
  const first = inputShape(node, 0);
  for (const [i, value] of node.inputs.entries()) {
    const { shape } = value!;
    if (shape.length !== first.length || shape.some((dimension, k) => k !== axis && dimension !== first[k])) {
      const along = axis === undefined ? '' : ` along axis ${axis}`;
      reject('bad-shape', node, `input ${i} of shape [${shape}] does not fit [${first}]${along}`);
    }
  }
  return first;
}

/** `tflite/kernels/concatenation.cc`: equal shapes but for the axis, whose dimensions add up. */
function concatenation(node: Node<'CONCATENATION'>): Shape[] {
  const axis = resolveAxis(node, node.attributes.axis, inputShape(node, 0).length);
  const sum = node.inputs.reduce((total, value) => total + value!.shape[axis], 0);
  return [replaceAxis(commonShape(node, axis), axis, sum)];
}

function expectOutputs(node: Node, option: string, count: number): void {
  if (node.outputs.length !== count) {
    reject('bad-option', node, `${option} is ${count}, it has ${node.outputs.length} outputs`);
  }
}

/** `tflite/kernels/split.cc`: inputs are the axis and the data. */
function split(node: Node<'SPLIT'>, context: ShapeContext): Shape[] {
  const shape = inputShape(node, 1);
  const axis = resolveAxis(node, scalarOperand(node, context, 0), shape.length);
  const { numSplits } = node.attributes;
  expectOutputs(node, 'num_splits', numSplits);
  if (shape[axis] % numSplits !== 0) {
    reject('bad-shape', node, `axis ${axis} of [${shape}] does not split into ${numSplits}`);
  }
  const part = replaceAxis(shape, axis, shape[axis] / numSplits);
  return node.outputs.map(() => part);
}

/** `tflite/kernels/split_v.cc`: inputs are data, sizes and axis; one size may be -1 and takes what is left. */
function splitV(node: Node<'SPLIT_V'>, context: ShapeContext): Shape[] {
  const shape = inputShape(node, 0);
  const axis = resolveAxis(node, scalarOperand(node, context, 2), shape.length);
  const sizes = [...context.operand(1)];
  expectOutputs(node, 'num_splits', node.attributes.numSplits);
  if (sizes.length !== node.outputs.length) reject('bad-shape', node, `${sizes.length} sizes, it has ${node.outputs.length} outputs`);
  const open = sizes.indexOf(-1);
  if (open >= 0) sizes[open] = shape[axis] - sizes.reduce((sum, size) => sum + size, 1);
  if (sizes.some((size) => size < 0) || sizes.reduce((sum, size) => sum + size, 0) !== shape[axis]) {
    reject('bad-shape', node, `sizes [${context.operand(1)}] do not fit axis ${axis} of [${shape}]`);
  }
  return sizes.map((size) => replaceAxis(shape, axis, size));
}

function pack(node: Node<'PACK'>): Shape[] {
  const { axis, valuesCount } = node.attributes;
  if (valuesCount !== node.inputs.length) {
    reject('bad-option', node, `values_count is ${valuesCount}, it has ${node.inputs.length} inputs`);
  }
  const shape = commonShape(node);
  const position = resolveAxis(node, axis, shape.length + 1);
  return [[...shape.slice(0, position), valuesCount, ...shape.slice(position)]];
}

function unpack(node: Node<'UNPACK'>): Shape[] {
  const shape = inputShape(node, 0);
  const axis = resolveAxis(node, node.attributes.axis, shape.length);
  const { num } = node.attributes;
  expectOutputs(node, 'num', num);
  if (shape[axis] !== num) reject('bad-shape', node, `axis ${axis} of [${shape}] does not split into ${num}`);
  const part = replaceAxis(shape, axis);
  return node.outputs.map(() => part);
}

export const joinSplitShapes: ShapeRules = {
  CONCATENATION: concatenation,
  SPLIT: split,
  SPLIT_V: splitV,
  PACK: pack,
  UNPACK: unpack,
};
