// Owns tensors and models' results by hand, for tests of what is said of them.
import type { Node, TensorData } from '../../src/graph/graph';
import type { Tensor } from '../../src/index';
import type { ResultSource } from '../../tools/model/results';

/** Named by its dtype. */
export function tensor(
  data: TensorData,
  dtype: Tensor['dtype'],
  shape: number[],
  quantization: { scale?: number; zeroPoint?: number } = {},
): Tensor {
  return { name: `a ${dtype}`, shape, dtype, data, ...quantization } as Tensor;
}

/** A model with one image as its input; its last operator gives all outputs. */
export function source(outputs: Tensor[], operators: { type: string }[] = []): ResultSource {
  const values = outputs.map(({ name, shape, dtype }, id) => ({ id, name, shape, dtype }));
  const nodes = operators.map(({ type }, id) => ({ type, id, attributes: {}, inputs: [], outputs: values, version: 1 }) as unknown as Node);
  return { inputs: [{ shape: [1, 8, 8, 3] }], outputs, operators, graph: { nodes, outputs: values } };
}
