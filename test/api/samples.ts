// Owns what the tests of the public API load: small models of every kind, seeded inputs, and what the reference kernels make of them.
import { mobilenetV1 } from '../../src/builders/mobilenet-v1';
import type { TensorData } from '../../src/graph/graph';
import { allocate, elementCount } from '../../src/graph/graph';
import type { Model, Tensor } from '../../src/index';
import { loadReference } from '../../src/reference';
import { writeModel } from '../../src/tflite/write';
import { Random } from '../support/random';
import { arithmeticModel, convolutionModel, movementModel } from '../support/sample-models';

/** A MobileNet of a second's hundredth: core kernels only. */
export const tiny = (dtype: 'uint8' | 'int8' = 'uint8') => mobilenetV1({ alpha: 0.25, resolution: 32, classes: 10, dtype });

/** Files by name: core only, mixed with host operators, several inputs, several outputs, float ends, int64 outputs. */
export const samples: ReadonlyMap<string, Uint8Array> = new Map(
  (['uint8', 'int8'] as const).flatMap((dtype): [string, Uint8Array][] => [
    [`mobilenet ${dtype}`, tiny(dtype)],
    [`convolution ${dtype}`, writeModel(convolutionModel(dtype))],
    [`arithmetic ${dtype}`, writeModel(arithmeticModel(dtype))],
    [`movement ${dtype}`, writeModel(movementModel(dtype))],
  ]),
);

/** Seeded elements for a tensor: codes over their whole range, floats normal. */
export function elements({ dtype, shape }: Pick<Tensor, 'dtype' | 'shape'>, seed: number): TensorData {
  const random = new Random(seed);
  const data = allocate(dtype, elementCount(shape));
  for (let i = 0; i < data.length; i++) data[i] = dtype === 'float32' ? 3 * random.normal() : random.next();
  return data;
}

/** Writes seeded elements into every input. */
export function fill(model: Model, seed: number): void {
  model.inputs.forEach((input, i) => {
    write(input, elements(input, seed + 1000 * i));
  });
}

/** Writes elements into a tensor of the same dtype. */
export function write(tensor: Tensor, data: TensorData): void {
  (tensor.data as Uint8Array).set(data as Uint8Array);
}

/** Copies of all outputs. */
export function results(model: Model): TensorData[] {
  return model.outputs.map(({ data }) => data.slice());
}

/** What the reference kernels compute from the inputs that `fill` writes, and every value by name. */
export function expected(file: Uint8Array, seed: number, batch?: number): { outputs: TensorData[]; values: Map<string, TensorData> } {
  const reference = loadReference(file, { batch });
  const values = new Map<string, TensorData>();
  const inputs = reference.inputs.map((input, i) => elements(input, seed + 1000 * i));
  const outputs = reference.run(inputs, ({ name }, data) => values.set(name, data));
  return { outputs, values };
}
