// Owns tensors and models' results by hand, for tests of what is said of them.
import type { TensorData } from '../../src/graph/graph';
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

/** A model with one image as its input. */
export const source = (outputs: Tensor[], operators: { type: string }[] = []): ResultSource => ({
  inputs: [{ shape: [1, 8, 8, 3] }],
  outputs,
  operators,
});
