// Owns a network of two dense layers for tests of the TensorFlow.js import, what it computes, and the check of a file against that.
import * as assert from 'uvu/assert';
import type { TfjsOptions } from '../../../../tools/import/tfjs/import';
import { deviation, imported, runGraph } from './compare';
import { random, type Tensor, type TfjsFile } from './file';

export const weights = new Map<string, Tensor>([
  ['one/kernel', random([4, 3], 1)],
  ['one/bias', random([3], 2)],
  ['two/kernel', random([3, 2], 3)],
  ['two/bias', random([2], 4)],
]);
export const x = random([1, 4], 5);

/** x times a kernel plus a bias. */
export function product(input: ArrayLike<number>, layer: string): number[] {
  const [kernel, bias] = [weights.get(`${layer}/kernel`)!, weights.get(`${layer}/bias`)!];
  const [rows, columns] = kernel.shape;
  return Array.from({ length: columns }, (_, o) => {
    let sum = bias.data[o];
    for (let i = 0; i < rows; i++) sum += input[i] * kernel.data[i * columns + o];
    return sum;
  });
}

export const relu = (values: readonly number[]) => values.map((value) => Math.max(value, 0));
export const both = product(relu(product(x.data, 'one')), 'two');
export const dense = (name: string, config: Record<string, unknown> = {}) => ({
  class_name: 'Dense',
  config: { name, use_bias: true, ...config },
});
export const first = dense('one', { activation: 'relu', batch_input_shape: [null, 4], dtype: 'float32' });
export const second = dense('two', { activation: 'linear' });
/** Its name is that of its first layer with an s in front. */
export function sequential(layers: readonly { class_name: string; config: unknown }[], more: Record<string, unknown> = {}) {
  return { class_name: 'Sequential', config: { name: `s_${(layers[0].config as { name: string }).name}`, layers, ...more } };
}

export function assertComputes(file: TfjsFile, expected: ArrayLike<number>, input: Tensor = x, options?: TfjsOptions): void {
  const [output] = runGraph(imported(file, options), [input]);
  const worst = deviation(output.data, expected);
  assert.ok(worst < 1e-6, `differs by ${worst}: ${Array.from(output.data)} instead of ${Array.from(expected)}`);
}
