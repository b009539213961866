// Owns the tests of BATCH_MATMUL and of FULLY_CONNECTED with computed weights: index formulas, both swaps, broadcasting, codes, whole models.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { loadSync as loadWithFloat } from '../../src/float';
import type { OperatorAttributes } from '../../src/graph/graph';
import { elementCount } from '../../src/graph/graph';
import { loadSync } from '../../src/index';
import { batchMatMulKernels } from '../../src/reference/batch-matmul';
import { writeModel } from '../../src/tflite/write';
import { GraphBuilder, quantized } from '../support/build';
import { flatIndex, indicesOf, runKernel } from '../support/kernel';
import { Random } from '../support/random';

/** Leading axes of both inputs and of the output. */
const batches: [a: number[], b: number[], output: number[]][] = [
  [[], [], []],
  [[2], [2], [2]],
  [[2, 1], [3], [2, 3]],
  [[1], [2, 2, 1], [2, 2, 1]],
];
const [rows, depth, columns] = [3, 4, 2];

/** Index of an input of leading axes `of` for an index of the output. */
const aligned = (of: number[], index: number[]) => of.map((size, k) => (size === 1 ? 0 : index[index.length - of.length + k]));

for (const [leadA, leadB, lead] of batches) {
  for (const [adjX, adjY] of [
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ]) {
    const attributes: OperatorAttributes['BATCH_MATMUL'] = { adjX, adjY };
    const shapeA = [...leadA, ...(adjX ? [depth, rows] : [rows, depth])];
    const shapeB = [...leadB, ...(adjY ? [columns, depth] : [depth, columns])];
    const shape = [...lead, rows, columns];
    const random = new Random(9);
    const [a, b] = [shapeA, shapeB].map((of) => Array.from({ length: elementCount(of) }, () => random.integer(-120, 120)));
    const product = (index: number[], zeroA: number, zeroB: number) => {
      const [row, column] = index.slice(-2);
      let sum = 0;
      for (let k = 0; k < depth; k++) {
        const atA = [...aligned(leadA, index.slice(0, -2)), ...(adjX ? [k, row] : [row, k])];
        const atB = [...aligned(leadB, index.slice(0, -2)), ...(adjY ? [column, k] : [k, column])];
        sum += (a[flatIndex(shapeA, atA)] - zeroA) * (b[flatIndex(shapeB, atB)] - zeroB);
      }
      return sum;
    };
    const title = `[${shapeA}]${adjX ? ' swapped' : ''} times [${shapeB}]${adjY ? ' swapped' : ''}`;

    test(`BATCH_MATMUL float32 ${title}`, () => {
      const [output] = runKernel(
        batchMatMulKernels,
        'BATCH_MATMUL',
        attributes,
        [
          ['float32', shapeA, a],
          ['float32', shapeB, b],
        ],
        ['float32', shape],
      );
      for (const index of indicesOf(shape)) assert.is(output[flatIndex(shape, index)], product(index, 0, 0), `[${index}]`);
    });

    test(`BATCH_MATMUL int8 ${title}`, () => {
      const inputs = [['int8', shapeA, a, quantized(0.5, 3)] as const, ['int8', shapeB, b, quantized(0.25, -7)] as const];
      const [output] = runKernel(
        batchMatMulKernels,
        'BATCH_MATMUL',
        attributes,
        inputs.map((input) => [...input]),
        ['int8', shape, quantized(64, 5)],
      );
      for (const index of indicesOf(shape)) {
        const real = Math.min(Math.max((product(index, 3, -7) * 0.125) / 64 + 5, -128), 127);
        assert.ok(
          Math.abs(Number(output[flatIndex(shape, index)]) - real) <= 0.503,
          `[${index}] is ${output[flatIndex(shape, index)]}, expected ${real}`,
        );
      }
    });
  }
}

for (const load of [loadSync, loadWithFloat]) {
  for (const dtype of ['float32', 'int8', 'uint8'] as const) {
    test(`FULLY_CONNECTED ${dtype} with weights and bias that are inputs equals the one with constants, which runs in a binary`, () => {
      const of = (scale: number, zeroPoint = 0) =>
        dtype === 'float32' ? undefined : quantized(scale, zeroPoint + (dtype === 'uint8' ? 128 : 0));
      const biasType = dtype === 'float32' ? dtype : 'int32';
      const biasScale = dtype === 'float32' ? undefined : quantized(Math.fround(Math.fround(0.05) * Math.fround(0.02)));
      const random = new Random(4);
      const elements = (count: number) =>
        Array.from({ length: count }, () => (dtype === 'float32' ? random.normal() : random.integer(0, 255)));
      const [x, w, bias] = [elements(12), elements(20), [100, -50, 30, 7, 0]];
      const make = (isConstant: boolean) => {
        const b = new GraphBuilder();
        const operand = (...[type, shape, data, quantization]: Parameters<GraphBuilder['constant']>) =>
          isConstant ? b.constant(type, shape, data, quantization) : b.input(type, shape, quantization);
        const input = b.input(dtype, [3, 4], of(0.05, 3));
        const weights = operand(dtype, [5, 4], w, of(0.02, dtype === 'uint8' ? 9 : 0));
        const inputs = [input, weights, operand(biasType, [5], bias, biasScale)];
        const attributes = { activation: 'RELU', keepNumDims: false } as const;
        return load(writeModel(b.outputs(...b.node('FULLY_CONNECTED', attributes, inputs, { dtype, quantization: of(0.1, 1) }))));
      };
      const [computed, constant] = [make(false), make(true)];
      // A bias that a run computes is left to the host, but by the float binary.
      if (dtype !== 'float32') assert.is(computed.operators[0].kernel, 'host');
      for (const model of [computed, constant]) (model.inputs[0].data as Int8Array).set(x);
      (computed.inputs[1].data as Int8Array).set(w);
      (computed.inputs[2].data as Int32Array).set(bias);
      computed.run();
      constant.run();
      assert.equal([...computed.outputs[0].data], [...constant.outputs[0].data]);
    });
  }
}

test('int8 weights that the model computes run; a convolution still refuses them', () => {
  const make = (type: 'FULLY_CONNECTED' | 'CONV_2D') => {
    const b = new GraphBuilder();
    const x = b.input('int8', [1, 1, 2, 4], quantized(0.5));
    const shape = type === 'CONV_2D' ? [3, 1, 1, 4] : [3, 4];
    const [w] = b.node('RELU', {}, [b.input('int8', shape, quantized(0.25))], { dtype: 'int8', quantization: quantized(0.25) });
    const attributes = { padding: 'VALID', strideH: 1, strideW: 1, dilationH: 1, dilationW: 1, activation: 'NONE', keepNumDims: true };
    return writeModel(b.outputs(...b.node(type, attributes as never, [x, w, undefined], { dtype: 'int8', quantization: quantized(1) })));
  };
  const model = loadSync(make('FULLY_CONNECTED'));
  (model.inputs[0].data as Int8Array).set([1, 2, 3, 4, -1, -2, -3, -4]);
  (model.inputs[1].data as Int8Array).set([8, 8, 8, 8, -8, -8, -8, -8, 16, 0, 0, 0]);
  model.run();
  assert.equal([...model.outputs[0].data], [10, 0, 2, -10, 0, -2]);
  assert.throws(() => loadSync(make('CONV_2D')), /weights must be constant/);
});

test.run();
