// Owns weight imprinting: classes as the mean directions of their embeddings (H. Qi, M. Brown, D. Lowe: "Low-Shot Learning with Imprinted
// Weights", CVPR 2018), as plain data and as the layers of a graph.
import { ModelError } from '../errors';
import { allocate, elementCount, type Graph, type Node, type Value } from '../graph/graph';
import { recordedEntry } from '../metadata/recorded';
import type { Preprocessing } from '../pixels/preprocessing';

/** What an imprinted classifier has learned. Plain data: survives JSON. */
export interface ImprintedClasses {
  readonly version: 1;
  /** Of the embedding. */
  readonly size: number;
  readonly classes: readonly {
    readonly label: string;
    /** Pictures that were learned. */
    readonly count: number;
    /** Sum of their embeddings, each of length 1. */
    readonly sum: readonly number[];
  }[];
}

/**
 * `value` as ImprintedClasses, for data that comes from a file.
 * @throws ModelError `bad-argument` on other data, or on classes of another size than `size`
 */
export function parseImprinted(value: unknown, size: number): ImprintedClasses {
  const { version, size: found, classes } = (value ?? {}) as Partial<ImprintedClasses>;
  if (version !== 1 || !Array.isArray(classes))
    throw new ModelError('bad-argument', 'the saved classes are no JSON of an ImprintedClassifier');
  if (found !== size)
    throw new ModelError('bad-argument', `the saved classes have embeddings of ${String(found)} elements, the network gives ${size}`);
  for (const { label, count, sum } of classes as ImprintedClasses['classes']) {
    const isSum = Array.isArray(sum) && sum.length === size && sum.every(Number.isFinite);
    if (typeof label !== 'string' || !(Number.isInteger(count) && count > 0) || !isSum)
      throw new ModelError('bad-argument', `the saved class '${String(label)}' is damaged`);
  }
  return value as ImprintedClasses;
}

/**
 * The network with the classes as its last layers, float32: L2_NORMALIZATION of the embedding, FULLY_CONNECTED whose row i is
 * `weights[i]`, SOFTMAX. Labels and preprocessing are recorded in it.
 */
export function imprintedGraph(
  graph: Graph,
  weights: readonly Float32Array[],
  recorded: { labels: string[]; preprocessing: Preprocessing },
): Graph {
  const [embedding] = graph.outputs;
  const values = [...graph.values];
  const nodes = [...graph.nodes];
  const firstValue = values.reduce((max, { id }) => Math.max(max, id), -1) + 1;
  const firstNode = nodes.reduce((max, { id }) => Math.max(max, id), -1) + 1;
  const add = (value: Omit<Value, 'id'>): Value => {
    const added = { ...value, id: firstValue + values.length - graph.values.length };
    values.push(added);
    return added;
  };
  const layer = <T extends Node['type']>(
    type: T,
    attributes: Node<T>['attributes'],
    inputs: Value[],
    shape: number[],
    name: string,
  ): Value => {
    const output = add({ name, dtype: 'float32', shape });
    nodes.push({
      type,
      id: firstNode + nodes.length - graph.nodes.length,
      attributes,
      inputs,
      outputs: [output],
      version: 1,
    } as unknown as Node);
    return output;
  };
  const size = elementCount(embedding.shape);
  const matrix = allocate('float32', weights.length * size) as Float32Array;
  for (const [i, row] of weights.entries()) matrix.set(row, i * size);
  const isFloat = embedding.dtype === 'float32';
  const real = isFloat ? embedding : layer('DEQUANTIZE', {}, [embedding], [...embedding.shape], 'embedding');
  const shape = add({ name: 'imprinted/shape', dtype: 'int32', shape: [2], data: Int32Array.of(1, size) });
  const flat = layer('RESHAPE', { newShape: [1, size] }, [real, shape], [1, size], 'imprinted/flat');
  const unit = layer('L2_NORMALIZATION', { activation: 'NONE' }, [flat], [1, size], 'imprinted/unit');
  const kernel = add({ name: 'imprinted/weights', dtype: 'float32', shape: [weights.length, size], data: matrix });
  const attributes = { activation: 'NONE', keepNumDims: false } as const;
  const logits = layer('FULLY_CONNECTED', attributes, [unit, kernel], [1, weights.length], 'imprinted/logits');
  const output = layer('SOFTMAX', { beta: 1 }, [logits], [1, weights.length], 'probabilities');
  // Signatures and metadata tell of the embedding.
  return { ...graph, values, nodes, outputs: [output], signatures: [], metadata: [recordedEntry(recorded)], trailer: new Uint8Array() };
}
