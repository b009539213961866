// Tests the linear algebra of reconstruction against its definitions, and of channels against that of single matrices.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { InputMatrices } from '../../../../tools/kernels/input-matrices';
import { multiplyTransposed } from '../../../../tools/quantize/refine/linear-algebra';
import { refit } from '../../../../tools/quantize/refine/refit';
import { Random } from '../../../support/random';

const random = new Random(7);
const numbers = (count: number) => Float32Array.from({ length: count }, () => random.normal());

for (const [m, n, k] of [
  [3, 5, 7],
  [70, 90, 130],
]) {
  test(`${m}x${k} by ${n}x${k} transposed, small by itself and large on the core`, () => {
    const [a, b] = [numbers(m * k), numbers(n * k)];
    const products = multiplyTransposed(a, b, k);
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        let expected = 0;
        for (let p = 0; p < k; p++) expected += a[i * k + p] * b[j * k + p];
        assert.ok(Math.abs(products[i * n + j] - expected) < 1e-4, `${i}, ${j}: ${products[i * n + j]}, expected ${expected}`);
      }
    }
  });
}

/** Matrices [matrices, size, rows] of numbers that go together, in steps of 1/64, as inputs of layers are. */
function inputsOf(matrices: number, size: number, rows: number): Float32Array {
  const data = new Float32Array(matrices * size * rows);
  for (let m = 0; m < matrices; m++) {
    for (let r = 0; r < rows; r++) {
      const common = random.normal();
      for (let k = 0; k < size; k++) data[(m * size + k) * rows + r] = Math.round(640 * (k + 1) * (common + random.normal())) / 64;
    }
  }
  return data;
}

/** Covariances [size, size] of a matrix [size, rows], with `shrinkage` off the diagonal and `ridge` of the mean variance on it. */
function regularized(data: Float32Array, size: number, rows: number, shrinkage: number, ridge: number): number[][] {
  const centred = Array.from({ length: size }, (_, k) => {
    const column = [...data.subarray(k * rows, (k + 1) * rows)];
    const mean = column.reduce((sum, x) => sum + x, 0) / rows;
    return column.map((x) => x - mean);
  });
  const covariance = centred.map((a) => centred.map((b) => a.reduce((sum, x, r) => sum + x * b[r], 0) / rows));
  const mean = covariance.reduce((sum, row, i) => sum + row[i], 0) / size;
  return covariance.map((row, i) => row.map((x, j) => (i === j ? x + ridge * mean : x * shrinkage)));
}

for (const size of [1, 4, 9, 13, 66]) {
  test(`${size} columns: the inverse of the covariance is that of the matrix in the definition`, () => {
    const rows = 151;
    const data = inputsOf(1, size, rows);
    const expected = regularized(data, size, rows, 0.9, 0.1);
    const matrices = new InputMatrices(1, size, rows, false);
    try {
      matrices.inputs().set(data);
      matrices.factorize(0.9, 0.1);
      const order = [...matrices.order()];
      assert.equal(
        order,
        order.slice().sort((a, b) => expected[a][a] - expected[b][b]),
      );
      const inverse = matrices.inverse();
      for (let i = 0; i < size; i++) {
        for (let j = 0; j < size; j++) {
          const unit = expected[i].reduce((sum, x, k) => sum + x * inverse[k * size + j], 0);
          assert.ok(Math.abs(unit - (i === j ? 1 : 0)) < 1e-3, `${i}, ${j}: ${unit}`);
        }
      }
    } finally {
      matrices.release();
    }
  });
}

test('channels give what each gives as a single matrix: changes of weights, their agreement, and codes', () => {
  const [channels, size, rows, half] = [5, 9, 203, 97];
  const data = inputsOf(channels, size, rows);
  const stored = Int16Array.from(data, (x) => 70 * x);
  const weights = numbers(channels * size);
  const grid = {
    parameters: Float64Array.from({ length: 2 * channels }, (_, i) => (i % 2 === 0 ? 0.01 + i / 1000 : i)),
    min: -127,
    max: 127,
  };
  const filled = (from: number, count: number) => {
    const part = (elements: Float32Array | Int16Array) => elements.slice(from * size * rows, (from + count) * size * rows);
    const matrices = new InputMatrices(count, size, rows, true);
    matrices.inputs().set(part(data));
    matrices.subtractFrom(part(stored) as Int16Array, 1 / 64, 0, rows);
    matrices.factorize(0.9, 0.1);
    return matrices;
  };
  const together = filled(0, channels);
  const { change, sums } = together.refitChannels(weights, half);
  const codes = together.roundChannels(weights, grid).slice();
  together.release();
  for (let c = 0; c < channels; c++) {
    const own = Float32Array.from({ length: size }, (_, k) => weights[k * channels + c]);
    const single = filled(c, 1);
    try {
      const found = refit(own, single, { rows, size }, half);
      assert.equal([...change.subarray(c * size, (c + 1) * size)], [...found.change], `changes of channel ${c}`);
      assert.equal([...sums.subarray(2 * c, 2 * c + 2)], [found.agreement, found.square], `agreement of channel ${c}`);
      const order = single.order().slice();
      const ordered = Float32Array.from(order, (k) => own[k]);
      const rounded = single.roundOutputs(ordered, { ...grid, parameters: grid.parameters.slice(2 * c, 2 * c + 2) });
      assert.equal(
        [...order.keys()].map((j) => codes[order[j] * channels + c]),
        [...rounded],
        `codes of channel ${c}`,
      );
    } finally {
      single.release();
    }
  }
});

test('errors are the float inputs minus the quantized ones, and centred where they are cut', () => {
  const matrices = new InputMatrices(1, 2, 7, true);
  try {
    matrices.inputs().set([1, 2, 3, 4, 5, 6, 7, 10, 20, 30, 40, 50, 60, 70]);
    matrices.subtractFrom(
      Int16Array.from({ length: 14 }, (_, i) => 64 * (i % 7) + (i < 7 ? 128 : 32)),
      1 / 64,
      0,
      7,
    );
    const { errors } = matrices.cut(1, 6);
    assert.equal([...errors.subarray(0, 5)], [0, 0, 0, 0, 0]);
    assert.equal([...errors.subarray(5)], [18, 9, 0, -9, -18]);
  } finally {
    matrices.release();
  }
});

test.run();
