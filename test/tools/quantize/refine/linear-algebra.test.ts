// Tests the linear algebra of reconstruction against its definitions.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { invertUpper } from '../../../../tools/kernels/kernels';
import { centre, choleskyUpper, cutRows, multiplyTransposed } from '../../../../tools/quantize/refine/linear-algebra';
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

test('the Cholesky factor gives the matrix back, and its inverse the unit matrix', () => {
  const size = 12;
  const source = numbers(size * size);
  const matrix = Float64Array.from(multiplyTransposed(source, source, size));
  for (let i = 0; i < size; i++) matrix[i * size + i] += 0.5;
  const upper = choleskyUpper(matrix, size);
  const inverse = invertUpper(upper, size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      let [product, unit] = [0, 0];
      for (let k = 0; k < size; k++) {
        product += upper[k * size + i] * upper[k * size + j];
        unit += upper[i * size + k] * inverse[k * size + j];
      }
      assert.ok(Math.abs(product - matrix[i * size + j]) < 1e-5, `product ${i}, ${j}`);
      assert.ok(Math.abs(unit - (i === j ? 1 : 0)) < 1e-9, `unit ${i}, ${j}: ${unit}`);
    }
  }
});

test('centring takes off the mean of every run, cutting keeps rows of every column', () => {
  const data = Float32Array.of(1, 2, 3, 10, 20, 30);
  centre(data, 3);
  assert.equal([...data], [-1, 0, 1, -10, 0, 10]);
  assert.equal([...cutRows(data, 2, 3, 1, 3)], [0, 1, 0, 10]);
});

test.run();
