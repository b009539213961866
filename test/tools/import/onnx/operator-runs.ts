// Owns running imported networks on inputs in ONNX's order of elements, and giving their outputs in that order.
import * as assert from 'uvu/assert';
import { type Graph, printGraph } from '../../../../src/tflite';
import { loadFloat } from '../../../../tools/model/float-model';
import { type Tensor, transpose } from './nchw';

interface OnnxArray {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

function asTensor({ shape, data }: OnnxArray): Tensor {
  return { shape, data: Float64Array.from(data) };
}

/** Whether the graph holds an array of the file's shape with channels last. */
function isTurned(shape: readonly number[], own: readonly number[]): boolean {
  return own.length === 4 && [0, 2, 3, 1].map((axis) => own[axis]).join() === shape.join();
}

/** Outputs by the file's names, each in the shape that `like` gives for it, of a graph that runs on `inputs` by name. */
export function runImported(
  graph: Graph,
  inputs: ReadonlyMap<string, OnnxArray>,
  like: ReadonlyMap<string, { shape: readonly number[] }>,
): Map<string, Tensor> {
  const model = loadFloat(graph);
  try {
    const elements = model.inputs.map(({ name, shape }) => {
      const array = asTensor(inputs.get(name)!);
      return Float32Array.from((isTurned(shape, array.shape) ? transpose(array, [0, 2, 3, 1]) : array).data);
    });
    const outputs = model.run(elements);
    return new Map(
      model.outputs.map(({ shape }, i) => {
        const { name } = graph.signatures[0].outputs[i];
        const own = like.get(name)!.shape;
        const array = { shape, data: Float64Array.from(outputs[i] as Float32Array, Number) };
        const result = isTurned(shape, own) ? transpose(array, [0, 3, 1, 2]) : array;
        assert.equal(result.shape, [...own], `shape of '${name}'\n${printGraph(graph)}`);
        return [name, result];
      }),
    );
  } finally {
    model.dispose();
  }
}

/** Asserts that `actual` has the elements of `expected` to `tolerance` of their range, or of `least` where that is more. */
export function assertNear(actual: Tensor, expected: OnnxArray, tolerance: number, context: string, least = 1e-3): void {
  const wanted = Array.from(expected.data);
  assert.is(actual.data.length, wanted.length, context);
  const low = wanted.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const high = wanted.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const range = Math.max(high - low, Math.abs(high), Math.abs(low), least);
  for (const [i, element] of wanted.entries()) {
    const isNear = Object.is(actual.data[i], element) || Math.abs(actual.data[i] - element) <= tolerance * range;
    assert.ok(isNear, `${context}: element ${i} is ${actual.data[i]} instead of ${element}, where the range is ${range}`);
  }
}

/** A shape, and elements as base64 of float32, little-endian, as recorded.json holds them. */
export function encodeArray({ shape, data }: OnnxArray): string {
  return `${shape.join('x')} ${Buffer.from(Float32Array.from(data).buffer).toString('base64')}`;
}

export function decodeArray(text: string): { shape: number[]; data: Float32Array } {
  const [sizes, elements] = text.split(' ');
  const data = new Float32Array(Uint8Array.from(Buffer.from(elements, 'base64')).buffer);
  return { shape: sizes === '' ? [] : sizes.split('x').map(Number), data };
}
