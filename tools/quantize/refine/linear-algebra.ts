// Owns products of matrices, which are row-major.
import type { Graph, Node, Value } from 'zeropoint/graph';
import { gram } from '../../kernels/kernels';
import { loadFloat } from '../../model/float-model';

/** Below this many multiplications, planning a layer for the float core takes longer than it saves. */
const minCoreProducts = 1 << 22;

/** A Bᵀ [m, n] of A [m, k] and B [n, k]. */
export function multiplyTransposed(a: Float32Array, b: Float32Array, k: number): Float32Array {
  const [m, n] = [a.length / k, b.length / k];
  if (m * n * k >= minCoreProducts) return productsByCore(a, b, k);
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
