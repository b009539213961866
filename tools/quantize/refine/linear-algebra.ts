// Owns the linear algebra of reconstruction: products, centring, Cholesky factorization; matrices are row-major.
import type { Graph, Node, Value } from 'zeropoint/graph';
import { choleskyLower, gram } from '../../kernels/kernels';
import { loadFloat } from '../../model/float-model';

/** Subtracts from every span of `count` elements its mean, in place. */
export function centre(data: Float32Array, count: number): void {
  for (let from = 0; from < data.length; from += count) {
    let sum = 0;
    for (let i = from; i < from + count; i++) sum += data[i];
    const mean = sum / count;
    for (let i = from; i < from + count; i++) data[i] -= mean;
  }
}

/** Rows [begin, end) of every column of `columns` [size, rows], as [size, end - begin]. */
export function cutRows(columns: Float32Array, size: number, rows: number, begin: number, end: number): Float32Array {
  const cut = new Float32Array(size * (end - begin));
  for (let i = 0; i < size; i++) cut.set(columns.subarray(i * rows + begin, i * rows + end), i * (end - begin));
  return cut;
}

/** Below this many multiplications, planning a layer for the float core takes longer than it saves. */
const minCoreProducts = 1 << 22;

/** A Bᵀ [m, n] of A [m, k] and B [n, k]. */
export function multiplyTransposed(a: Float32Array, b: Float32Array, k: number): Float32Array {
  const [m, n] = [a.length / k, b.length / k];
  if (a !== b && m * n * k >= minCoreProducts) return productsByCore(a, b, k);
  return gram(a, b, k);
}

/** A Bᵀ as a float FULLY_CONNECTED with input A and weights B. */
function productsByCore(a: Float32Array, b: Float32Array, k: number): Float32Array {
  const [m, n] = [a.length / k, b.length / k];
  const input: Value = { id: 0, name: 'a', dtype: 'float32', shape: [m, k] };
  const weights: Value = { id: 1, name: 'b', dtype: 'float32', shape: [n, k], data: b };
  const output: Value = { id: 2, name: 'products', dtype: 'float32', shape: [m, n] };
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
  const [products] = model.run([a]);
  model.dispose();
  return products as Float32Array;
}

/** Upper triangular U with Uᵀ U = `matrix` [size, size], which is symmetric and positive definite (Cholesky). */
export function choleskyUpper(matrix: Float64Array, size: number): Float64Array {
  const lower = choleskyLower(matrix, size);
  const upper = new Float64Array(size * size);
  for (let i = 0; i < size; i++) for (let j = 0; j <= i; j++) upper[j * size + i] = lower[i * size + j];
  return upper;
}
