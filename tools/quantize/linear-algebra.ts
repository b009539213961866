// Owns the little linear algebra that rounding needs: Gram matrices and Cholesky factors, dense and row-major.
import { loadFloat } from '../../src/float';
import type { Graph, Node, Value } from '../../src/graph/graph';

/** Sum of products of `count` neighbouring elements of each array. */
export function dot(a: Float32Array | Float64Array, fromA: number, b: Float32Array | Float64Array, fromB: number, count: number): number {
  let [even, odd] = [0, 0];
  let i = 0;
  for (; i + 1 < count; i += 2) {
    even += a[fromA + i] * b[fromB + i];
    odd += a[fromA + i + 1] * b[fromB + i + 1];
  }
  if (i < count) even += a[fromA + i] * b[fromB + i];
  return even + odd;
}

/** Covariance of `size` variables from `columns` [size, rows]: one variable after the other, each centred in place first. */
export function covariance(columns: Float32Array, size: number, rows: number): Float64Array {
  for (let i = 0; i < size; i++) {
    let sum = 0;
    for (let at = i * rows; at < (i + 1) * rows; at++) sum += columns[at];
    const mean = sum / rows;
    for (let at = i * rows; at < (i + 1) * rows; at++) columns[at] -= mean;
  }
  const products = size < fewVariables ? smallProducts(columns, size, rows) : productsByCore(columns, size, rows);
  const matrix = new Float64Array(products);
  for (let i = 0; i < matrix.length; i++) matrix[i] /= rows;
  return matrix;
}

/** Below this the core's set-up takes longer than the sums. */
const fewVariables = 48;

function smallProducts(columns: Float32Array, size: number, rows: number): Float64Array {
  const products = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      products[i * size + j] = dot(columns, i * rows, columns, j * rows, rows);
      products[j * size + i] = products[i * size + j];
    }
  }
  return products;
}

/** The products of every row of [size, rows] with every other are those of a fully connected layer with itself. */
function productsByCore(columns: Float32Array, size: number, rows: number): Float32Array {
  const shape = [size, rows];
  const input: Value = { id: 0, name: 'columns', dtype: 'float32', shape };
  const weights: Value = { id: 1, name: 'weights', dtype: 'float32', shape, data: columns };
  const output: Value = { id: 2, name: 'products', dtype: 'float32', shape: [size, size] };
  const node: Node<'FULLY_CONNECTED'> = {
    type: 'FULLY_CONNECTED',
    id: 0,
    attributes: { activation: 'NONE', keepNumDims: false },
    inputs: [input, weights],
    outputs: [output],
    version: 1,
  };
  const graph: Graph = {
    ...{ name: '', description: '', signatures: [], metadata: [], trailer: new Uint8Array(0) },
    ...{ values: [input, weights, output], inputs: [input], outputs: [output], nodes: [node] },
  };
  const model = loadFloat(graph);
  const [products] = model.run([columns]);
  model.dispose();
  return products as Float32Array;
}

/** Lower triangular L with L Lᵀ = `matrix`, which must be positive definite [size, size]. */
export function cholesky(matrix: Float64Array, size: number): Float64Array {
  const lower = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      const rest = matrix[i * size + j] - dot(lower, i * size, lower, j * size, j);
      lower[i * size + j] = i === j ? Math.sqrt(rest) : rest / lower[j * size + j];
    }
  }
  return lower;
}
