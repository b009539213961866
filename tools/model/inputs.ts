// Owns giving real numbers to a model's inputs.
import { type Model, ModelError, quantize, type TensorData } from 'zeropoint';

/**
 * Fills the inputs of `model` with `reals`, the real elements of each input in order, quantized where the input is.
 * @throws ModelError `bad-shape` where the numbers of elements differ
 */
export function setInputs(model: Model, reals: readonly TensorData[]): void {
  for (const [i, input] of model.inputs.entries()) {
    if (input.data.length !== reals[i].length) {
      throw new ModelError(
        'bad-shape',
        `takes ${input.data.length} elements, the float network has ${reals[i].length}; compare a network with its own`,
        { where: `quantized input '${input.name}'` },
      );
    }
    (input.data as Int8Array).set(quantize(input, reals[i]) as Int8Array);
  }
}
