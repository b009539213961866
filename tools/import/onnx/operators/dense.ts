// Owns Gemm and MatMul with constant weights as FULLY_CONNECTED; the weights are reordered to the stored order of the input.
import type { Call, Converter } from '../call';
import { type Atoms, freshAxes, type Operand, reshaped, sameAtoms, shapeOf, transposed } from '../operand';
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
  const product = multiply(call, a, b, undefined, alpha, `${call.output}/product`);
  const added = beta === 1 ? c : withNumber(call, 'MUL', c, beta, `${call.output}/scaled`);
  return pair(call, 'ADD', { activation: 'NONE' }, [product, added], [call.output, call.inputName(2)]);
};

export const matMul: Converter = (call) => {
  const x = call.operand(0);
  const weights = call.operand(1);
  requireMatrix(call, 1, weights);
  if (x.axes.length < 2) call.fail('unsupported-feature', `input 0 has shape [${shapeOf(x)}]; at least 2 dimensions are needed`);
  requireDepth(call, x, weights);
  return multiply(call, x, weights, undefined, 1, call.output);
};
