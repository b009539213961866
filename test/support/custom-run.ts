// Owns running a custom operator alone, through a written file and the entry zeropoint/float, beside the reference.
import * as assert from 'uvu/assert';
import { loadSync } from '../../src/float';
import type { DType, Quantization } from '../../src/graph/graph';
import { loadReference } from '../../src/reference';
import { writeModel } from '../../src/tflite';
import { GraphBuilder } from './build';
import { customAttributes } from './custom-operators';

export interface CustomInput {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
  readonly dtype?: DType;
  readonly quantization?: Quantization;
}

/** A file of one operator; its outputs are float32. */
export function customFile(
  name: string,
  version: number,
  options: Uint8Array | undefined,
  inputs: readonly Omit<CustomInput, 'data'>[],
  outputs = 1,
): Uint8Array {
  const builder = new GraphBuilder();
  const values = inputs.map(({ dtype = 'float32', shape, quantization }) => builder.input(dtype, shape, quantization));
  const attributes = customAttributes(name, { version, inputs: inputs.length, options });
  const results = Array.from({ length: outputs }, () => ({ dtype: 'float32' }) as const);
  const graph = builder.outputs(...builder.node('CUSTOM', attributes, values, ...results));
  graph.nodes[0].version = version;
  return writeModel(graph);
}

/** Elements and shapes of the outputs, which the reference computes too. */
export function runCustom(
  name: string,
  version: number,
  options: Uint8Array | undefined,
  inputs: readonly CustomInput[],
  outputs = 1,
): { shape: readonly number[]; data: number[] }[] {
  const file = customFile(name, version, options, inputs, outputs);
  const model = loadSync(file);
  // Outputs must be written completely.
  for (const { data } of model.outputs) (data as Float32Array).fill(7);
  model.inputs.forEach(({ data }, i) => {
    (data as Float32Array).set(inputs[i].data as number[]);
  });
  model.run();
  const expected = loadReference(file).run(model.inputs.map(({ data }) => data.slice()));
  for (const [i, { data }] of model.outputs.entries()) assert.equal(data, expected[i], `output ${i}`);
  return model.outputs.map(({ shape, data }) => ({ shape, data: Array.from(data as Float32Array) }));
}
