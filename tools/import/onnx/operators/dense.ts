// Owns Gemm and MatMul: with constant weights as FULLY_CONNECTED, whose weights are reordered to the stored order of the input.
import type { Value } from 'zeropoint/graph';
import type { Call, Converter } from '../call';
import { type Atoms, freshAxes, inserted, type Operand, reshaped, sameAtoms, shapeOf, transposed } from '../operand';
import { pair, withNumber } from './elementwise';

/**
 * x [.., k] times weights [k, n], in ONNX's dimensions, plus a bias [n]. Where the input is a flattened image stored as h, w, c, the
 * rows of the weights are reordered, so that the image needs no TRANSPOSE.
 */
function multiply(call: Call, x: Operand, weights: Operand, bias: Float32Array | undefined, scale: number, name: string): Operand {
  const { builder } = call;
  const depth = x.axes.at(-1)!;
  const inner = new Set(depth);
  const stored = x.stored.flat();
  const depthOrder: Atoms = stored.filter((atom) => inner.has(atom));
  const outer: Atoms = stored.filter((atom) => !inner.has(atom));
  const [rows, columns] = shapeOf(weights);
  // The weights' rows, split into the atoms of the input's last axis.
  const cut = reshaped(weights, [...depth.map(({ size }) => size), columns]);
  const fitting = cut ?? reshaped(builder.plain(weights, `${name}/weights`), [...depth.map(({ size }) => size), columns])!;
  const ordered = depthOrder.flatMap((atom) => fitting.axes[depth.indexOf(atom)]);
  const output = fitting.axes.at(-1)!;
  const arranged = call.weights(fitting, [output, ordered], call.inputName(1));
  const filter =
    scale === 1 ? arranged : builder.floats(`${call.inputName(1)}/scaled`, [columns, rows], () => arranged.data.map((w) => w * scale));
  // FULLY_CONNECTED flattens the input itself where the depth is stored last.
  const value =
    x.value && sameAtoms(stored, [...outer, ...depthOrder]) ? x.value : builder.arrange(x, [outer, depthOrder], call.inputName(0));
  const offsets = builder.floats(`${name}/bias`, [columns], (count) => bias ?? new Float32Array(count));
  const product = builder.node('FULLY_CONNECTED', { activation: 'NONE', keepNumDims: false }, [value, filter, offsets], name);
  const [result] = freshAxes([columns]);
  return { axes: [...x.axes.slice(0, -1), result], stored: [outer, result], value: product };
}

/** A factor as BATCH_MATMUL reads it: its last two axes in the order in which they are stored. */
function factorOf(call: Call, operand: Operand, index: number): { value: Value; isSwapped: boolean } {
  const [rows, columns] = operand.axes.slice(-2);
  const stored = operand.stored.flat();
  const isSwapped = rows.length > 0 && columns.length > 0 && stored.indexOf(rows[0]) > stored.indexOf(columns[0]);
  const axes = [...operand.axes.slice(0, -2), ...(isSwapped ? [columns, rows] : [rows, columns])];
  return { value: call.builder.arrange(operand, axes, call.inputName(index)), isSwapped };
}

/** Highest rank of a BATCH_MATMUL. */
const maxFactorAxes = 5;

/** [.., m, k] times [.., k, n] where both may depend on the network's input; leading axes broadcast. */
function batchMultiply(call: Call, a: Operand, b: Operand, name: string): Operand {
  const [shapeA, shapeB] = [shapeOf(a), shapeOf(b)];
  if (shapeA.at(-1) !== shapeB.at(-2)) call.fail('bad-shape', `[${shapeA}] times [${shapeB}]: ${shapeA.at(-1)} is not ${shapeB.at(-2)}`);
  if (Math.max(shapeA.length, shapeB.length) > maxFactorAxes) {
    call.fail('unsupported-feature', `[${shapeA}] times [${shapeB}]: ${maxFactorAxes} dimensions are the most`);
  }
  const [left, right] = [factorOf(call, a, 0), factorOf(call, b, 1)];
  const value = call.builder.node('BATCH_MATMUL', { adjX: left.isSwapped, adjY: right.isSwapped }, [left.value, right.value], name);
  const axes = freshAxes(value.shape);
  return { axes, stored: axes, value };
}

/** Whether the elements are known at import. */
function isConstant({ data, value }: Operand): boolean {
  return data !== undefined || value?.data !== undefined;
}

function requireMatrix(call: Call, index: number, operand: Operand): void {
  const rank = operand.axes.length;
  if (rank !== 2) call.fail('unsupported-feature', `input ${index} has shape [${shapeOf(operand)}]; a matrix of 2 dimensions is needed`);
}

function requireDepth(call: Call, x: Operand, weights: Operand): void {
  const [depth, rows] = [shapeOf(x).at(-1), shapeOf(weights)[0]];
  if (shapeOf(weights).includes(0)) call.fail('bad-shape', `its weights [${shapeOf(weights)}] have no elements`);
  if (depth !== rows) call.fail('bad-shape', `[${shapeOf(x)}] times [${shapeOf(weights)}]: ${depth} is not ${rows}`);
}

/** alpha A B + beta C, A and B transposed by transA and transB. */
export const gemm: Converter = (call) => {
  const [a, b] = (
    [
      ['transA', 0],
      ['transB', 1],
    ] as const
  ).map(([flag, index]) => {
    const operand = call.operand(index);
    requireMatrix(call, index, operand);
    return call.int(flag, 0) === 0 ? operand : transposed(operand, [1, 0]);
  });
  requireDepth(call, a, b);
  const c = call.optional(2);
  const columns = shapeOf(b)[1];
  const alpha = call.float('alpha', 1);
  const beta = call.float('beta', 1);
  if (!isConstant(b)) {
    const plain = alpha === 1 && !c;
    const product = batchMultiply(call, a, b, plain ? call.output : `${call.output}/product`);
    const scaled = alpha === 1 ? product : withNumber(call, 'MUL', product, alpha, c ? `${call.output}/alpha` : call.output);
    return c ? withBias(call, scaled, c, beta) : scaled;
  }
  if (!c) return multiply(call, a, b, undefined, alpha, call.output);
  const shape = shapeOf(c);
  const data = c.data instanceof Float32Array ? c.data : undefined;
  const perColumn = data && (data.length === 1 || (data.length === columns && shape.at(-1) === columns));
  if (perColumn) {
    call.charge(columns);
    // The file's elements themselves where they need no change, so that codes they were dequantized from are found.
    const isBias = beta === 1 && data.length === columns;
    const bias = isBias ? data : Float32Array.from({ length: columns }, (_, o) => beta * data[data.length === 1 ? 0 : o]);
    return multiply(call, a, b, bias, alpha, call.output);
  }
  return withBias(call, multiply(call, a, b, undefined, alpha, `${call.output}/product`), c, beta);
};

/** `product` plus beta C. */
function withBias(call: Call, product: Operand, c: Operand, beta: number): Operand {
  const added = beta === 1 ? c : withNumber(call, 'MUL', c, beta, `${call.output}/scaled`);
  return pair(call, 'ADD', { activation: 'NONE' }, [product, added], [call.output, call.inputName(2)]);
}

/** A vector is a row as the first factor and a column as the second, without that dimension in the result. */
export const matMul: Converter = (call) => {
  const [first, second] = [call.operand(0), call.operand(1)];
  const [rankA, rankB] = [first.axes.length, second.axes.length];
  if (rankA === 0 || rankB === 0) call.fail('bad-shape', `[${shapeOf(first)}] times [${shapeOf(second)}]: a factor has no dimensions`);
  const x = rankA === 1 ? inserted(first, 0) : first;
  const weights = rankB === 1 ? inserted(second, 1) : second;
  const isDense = weights.axes.length === 2 && isConstant(weights);
  if (isDense) requireDepth(call, x, weights);
  const product = isDense ? multiply(call, x, weights, undefined, 1, call.output) : batchMultiply(call, x, weights, call.output);
  const axes = [...product.axes];
  if (rankB === 1) axes.splice(-1, 1);
  if (rankA === 1) axes.splice(rankB === 1 ? -1 : -2, 1);
  return { ...product, axes };
};
