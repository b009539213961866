// Owns hostile ONNX files made from a good one: with bytes changed, and whole files that say absurd things.
import { ModelError } from '../../../../src/errors';
import { validate } from '../../../../src/graph/validate';
import { dequantizeWeights } from '../../../../src/passes/dequantize-weights';
import { evaluate } from '../../../../src/reference/run';
import { importOnnx } from '../../../../tools/import/onnx/import';
import type { Random } from '../../../support/random';
import { absurd } from './absurd';
import { ints, random, toFile } from './compare';
import { type FileModel, onnxFile } from './file';

/** Imports and validates; anything but a ModelError is a bug. Returns whether it was accepted. */
export function survives(bytes: Uint8Array, context: string): boolean {
  try {
    const graph = importOnnx(bytes);
    // As zeropoint/float does with hybrid layers.
    dequantizeWeights(graph, { evaluate });
    validate(graph, { evaluate });
    return true;
  } catch (error) {
    if (!(error instanceof ModelError)) throw new Error(`${context}: ${(error as Error).stack}`);
    return false;
  }
}

const branch = { graph: { nodes: [{ type: 'Neg', inputs: ['u5'], outputs: ['inner'] }], outputs: ['inner'] } } as const;

/** Operators of every family of converters. */
export const everything: FileModel = {
  inputs: { x: [1, 4, 9, 9] },
  constants: {
    w: toFile(random([4, 4, 3, 3], 1)),
    t: toFile(random([4, 2, 2, 2], 2)),
    v: toFile(random([4], 3)),
    p: { shape: [4], data: new Float32Array(4).fill(2) },
    pads: ints(0, 0, 1, 1, 0, 0, 1, 1),
    sizes: ints(1, 4, 12, 12),
    g: toFile(random([5, 4], 4)),
    split: ints(1, 3),
    shape: ints(1, 2, 2, -1, 12),
    low: { shape: [], data: Float32Array.of(0) },
    none: { shape: [0], data: new Float32Array(0) },
    from: ints(1),
    to: ints(2 ** 53),
    rows: ints(2),
    flat: ints(0, -1),
    order: ints(0, 2, 1),
    e5: toFile(random([5], 5)),
    ends: { shape: [2], data: Float32Array.of(0, 1) },
    zero: { shape: [], data: [0] },
    one: { shape: [], data: [1] },
    five: { shape: [], data: [5] },
    twice: ints(1, 2),
    wide: ints(2, 3, 5),
    lw: toFile(random([1, 8, 3], 6)),
    lr: toFile(random([1, 8, 2], 7)),
    yes: { shape: [], data: Uint8Array.of(1), type: 9 },
  },
  nodes: [
    { type: 'Conv', inputs: ['x', 'w', 'v'], outputs: ['a'], attributes: { pads: [1, 1, 1, 1] } },
    { type: 'BatchNormalization', inputs: ['a', 'v', 'v', 'v', 'p'], outputs: ['b'], attributes: { epsilon: { float: 1e-3 } } },
    { type: 'MaxPool', inputs: ['b'], outputs: ['c'], attributes: { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] } },
    { type: 'AveragePool', inputs: ['c'], outputs: ['d'], attributes: { kernel_shape: [2, 2], pads: [1, 1, 1, 1], ceil_mode: 1 } },
    { type: 'Pad', inputs: ['d', 'pads'], outputs: ['e'] },
    { type: 'Resize', inputs: ['e', '', '', 'sizes'], outputs: ['f'], attributes: { mode: 'linear' } },
    { type: 'Reshape', inputs: ['f', 'shape'], outputs: ['r'] },
    { type: 'Transpose', inputs: ['r'], outputs: ['s'], attributes: { perm: [0, 2, 1, 3, 4] } },
    { type: 'Reshape', inputs: ['s', 'sizes'], outputs: ['h'] },
    { type: 'ConvTranspose', inputs: ['h', 't'], outputs: ['i'], attributes: { strides: [2, 2], group: 2, pads: [1, 0, 0, 1] } },
    { type: 'Split', inputs: ['i', 'split'], outputs: ['j', 'k'], attributes: { axis: 1 } },
    { type: 'Concat', inputs: ['k', 'j'], outputs: ['l'], attributes: { axis: 1 } },
    { type: 'Slice', inputs: ['l', 'from', 'to', 'rows'], outputs: ['l1'] },
    { type: 'Gather', inputs: ['l1', 'order'], outputs: ['l2'], attributes: { axis: 1 } },
    { type: 'PRelu', inputs: ['l2', 'low'], outputs: ['l3'] },
    { type: 'LeakyRelu', inputs: ['l3'], outputs: ['l4'], attributes: { alpha: { float: 0.1 } } },
    { type: 'Clip', inputs: ['l4', 'low'], outputs: ['l5'] },
    { type: 'HardSigmoid', inputs: ['l5'], outputs: ['l6'] },
    { type: 'Mul', inputs: ['l5', 'l6'], outputs: ['l7'] },
    { type: 'GlobalMaxPool', inputs: ['l7'], outputs: ['l8'] },
    { type: 'Squeeze', inputs: ['l8'], outputs: ['l9'] },
    { type: 'ReduceMean', inputs: ['l'], outputs: ['m'], attributes: { axes: [2, 3], keepdims: 0 } },
    { type: 'Gemm', inputs: ['m', 'g'], outputs: ['n'], attributes: { transB: 1 } },
    { type: 'Softmax', inputs: ['n'], outputs: ['y'] },
    { type: 'Shape', inputs: ['l7'], outputs: ['s1'] },
    { type: 'ConstantOfShape', inputs: ['s1'], outputs: ['s2'] },
    { type: 'Add', inputs: ['l7', 's2'], outputs: ['s3'] },
    { type: 'Reshape', inputs: ['s3', 'flat'], outputs: ['z'] },
    { type: 'DepthToSpace', inputs: ['x'], outputs: ['q1'], attributes: { blocksize: 2, mode: 'CRD' } },
    { type: 'ReduceMax', inputs: ['q1'], outputs: ['q2'], attributes: { axes: [3], keepdims: 1 } },
    { type: 'Greater', inputs: ['q1', 'q2'], outputs: ['q3'] },
    { type: 'Where', inputs: ['q3', 'q1', 'low'], outputs: ['q4'] },
    { type: 'InstanceNormalization', inputs: ['x', 'v', 'v'], outputs: ['q5'] },
    { type: 'GroupNormalization', inputs: ['q5', 'v', 'v'], outputs: ['q6'], attributes: { num_groups: 4 } },
    { type: 'LayerNormalization', inputs: ['y', 'e5'], outputs: ['q7'], attributes: { axis: -1 } },
    { type: 'LpNormalization', inputs: ['q7'], outputs: ['q8'], attributes: { axis: 1 } },
    { type: 'ArgMax', inputs: ['q8'], outputs: ['q9'], attributes: { axis: 1 } },
    { type: 'OneHot', inputs: ['q9', 'five', 'ends'], outputs: ['t1'], attributes: { axis: 1 } },
    { type: 'Tile', inputs: ['q8', 'twice'], outputs: ['t2'] },
    { type: 'Expand', inputs: ['q8', 'wide'], outputs: ['t3'] },
    { type: 'Transpose', inputs: ['t3'], outputs: ['t4'], attributes: { perm: [0, 2, 1] } },
    { type: 'MatMul', inputs: ['t3', 't4'], outputs: ['t5'] },
    { type: 'LRN', inputs: ['x'], outputs: ['t6'], attributes: { size: 3 } },
    { type: 'Range', inputs: ['zero', 'five', 'one'], outputs: ['t7'] },
    { type: 'CumSum', inputs: ['q8', 'one'], outputs: ['t8'] },
    { type: 'TopK', inputs: ['t8', 'rows'], outputs: ['t9', 'u1'] },
    { type: 'LSTM', inputs: ['t5', 'lw', 'lr'], outputs: ['u2', 'u3'], attributes: { hidden_size: 2 } },
    { type: 'Erf', inputs: ['u3'], outputs: ['u4'] },
    { type: 'Selu', inputs: ['u4'], outputs: ['u5'] },
    { type: 'If', inputs: ['yes'], outputs: ['u6'], attributes: { then_branch: branch, else_branch: branch } },
    { type: 'Pow', inputs: ['u6', 'low'], outputs: ['u7'] },
  ],
  outputs: ['y', 'z', 'l9', 'q4', 'q6', 't1', 't2', 't6', 't7', 't9', 'u1', 'u5', 'u7'],
};

/** A file and what was done to it. */
interface Mutation {
  readonly bytes: Uint8Array;
  readonly context: string;
}

/** The whole file says absurd things. */
export function absurdFile(generator: Random, good = everything): Mutation {
  const model = absurd(good, generator);
  return { bytes: onnxFile(model), context: JSON.stringify([model.opset, model.nodes, model.inputs, model.constants]) };
}

/** One to three bytes of `file` are changed. Weights fill most of it: nodes and shapes are at both ends of what is not raw data. */
export function changedFile(file: Uint8Array, generator: Random): Mutation {
  const bytes = file.slice();
  const changes: string[] = [];
  for (let k = generator.integer(1, 3); k > 0; k--) {
    const at = generator.integer(0, generator.integer(0, 3) ? 1100 : bytes.length - 1);
    bytes[at] = generator.pick([0, 1, 0x7f, 0x80, 0xff, generator.integer(0, 255)]);
    changes.push(`${at}: ${bytes[at]}`);
  }
  return { bytes, context: `bytes ${changes}` };
}
