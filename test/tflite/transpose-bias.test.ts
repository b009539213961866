// Tests that Convolution2DTransposeBias of MediaPipe is read as TRANSPOSE_CONV and computes what its source does, and its refusals.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ModelError } from '../../src/errors';
import { loadSync as loadFloat } from '../../src/float';
import { loadSync } from '../../src/index';
import { loadReference } from '../../src/reference';
import { readModel, writeModel } from '../../src/tflite';
import { structOptions } from '../support/flex';
import { type TransposeBiasCase, transposeBias } from '../support/transpose-bias';

const [same, valid] = [1, 2];

/** Rows of the output and padding in front: Prepare() of transpose_conv_bias.cc. */
function axis(size: number, window: number, stride: number, padding: number): [size: number, before: number] {
  const total = padding === same ? Math.max(0, window - ((size - 1) % stride) - 1) : 0;
  return [stride * (size - 1) + window - total, total >> 1];
}

for (const padding of [same, valid]) {
  test(`${padding === same ? 'SAME' : 'VALID'}: each input pixel adds its filter to the output, over sizes, filters and strides`, () => {
    for (const [size, window, stride] of [1, 2, 3, 5].flatMap((s) => [1, 2, 3, 4].flatMap((w) => [1, 2, 3].map((t) => [s, w, t])))) {
      const [columns, windowW, strideW] = [size + 1, ((window + 1) % 4) + 1, (stride % 3) + 1];
      const { file, data, weights, bias } = transposeBias({
        options: structOptions(padding, strideW, stride),
        input: [1, size, columns, 2],
        filter: [3, window, windowW, 2],
      });
      const [[height, top], [width, left]] = [axis(size, window, stride, padding), axis(columns, windowW, strideW, padding)];
      const expected = Array.from({ length: height * width * 3 }, (_, i) => bias[i % 3]);
      for (let y = 0; y < size; y++) {
        for (let x = 0; x < columns; x++) {
          for (const [i, weight] of weights.entries()) {
            const [c, fx, fy, o] = [i % 2, (i >> 1) % windowW, Math.trunc(i / 2 / windowW) % window, Math.trunc(i / 2 / windowW / window)];
            const [row, column] = [y * stride - top + fy, x * strideW - left + fx];
            if (row < 0 || row >= height || column < 0 || column >= width) continue;
            expected[(row * width + column) * 3 + o] += weight * data[(y * columns + x) * 2 + c];
          }
        }
      }
      const name = `size ${size}, filter ${window}, stride ${stride}`;
      const input = Float32Array.from(data);
      assert.equal(Array.from(loadReference(file).run([input])[0] as Float32Array), expected, name);
      const model = loadFloat(file);
      assert.equal(model.outputs[0].shape, [1, height, width, 3], name);
      (model.inputs[0].data as Float32Array).set(input);
      model.run();
      assert.equal(Array.from(model.outputs[0].data as Float32Array), expected, name);
    }
  });
}

const usual: TransposeBiasCase = { options: structOptions(same, 2, 2), input: [1, 4, 5, 2], filter: [3, 3, 3, 2] };

test('it runs in the float binary, on the host of the default entry, and in batches', () => {
  const { file } = transposeBias(usual);
  assert.equal(
    loadFloat(file).operators.map(({ type, kernel }) => [type, kernel]),
    [['TRANSPOSE_CONV', 'float']],
  );
  assert.is(loadSync(file).operators[0].kernel, 'host');
  assert.equal(loadFloat(file, { batch: 3 }).outputs[0].shape, [3, 8, 9, 3]);
});

test('it is written as TRANSPOSE_CONV with a shape and a bias, and options longer than the source reads are read', () => {
  const { file } = transposeBias({ ...usual, options: structOptions(same, 2, 2, 0, 0) });
  const graph = readModel(writeModel(readModel(file)));
  const [node] = graph.nodes;
  assert.is(node.type, 'TRANSPOSE_CONV');
  assert.equal(Array.from(node.inputs[0]!.data as Int32Array), [1, 8, 9, 3]);
  assert.is(node.inputs.length, 4);
});

const refusals: [name: string, change: Partial<TransposeBiasCase>, code: string, message: RegExp][] = [
  ['a struct cut short', { options: structOptions(same, 2) }, 'bad-option', /8 bytes; they must have 12/],
  ['no struct', { options: new Uint8Array() }, 'bad-option', /0 bytes/],
  ['stride 0', { options: structOptions(same, 2, 0) }, 'bad-option', /strides are 0 and 2/],
  ['a negative stride', { options: structOptions(same, -2, 2) }, 'bad-option', /2 and -2/],
  ['an output beyond all memory', { options: structOptions(valid, 2 ** 30, 2 ** 30) }, 'bad-shape', /give no output shape/],
  ['no bias', { operands: 2 }, 'bad-graph', /data, filter and bias/],
  ['a filter of three dimensions', { filter: [3, 3, 2] }, 'bad-shape', /give no output shape/],
  ['an open height', { change: (data) => Object.assign(data, { shapeSignature: [1, -1, 5, 2] }) }, 'dynamic-shape', /is open/],
  ['other channels', { filter: [3, 3, 3, 1] }, 'bad-shape', /do not fit/],
];

for (const [name, change, code, message] of refusals) {
  test(`${name}: ${code}`, () => {
    const { file } = transposeBias({ ...usual, ...change });
    assert.throws(
      () => loadSync(file),
      (error: unknown) => error instanceof ModelError && error.code === code && message.test(error.message),
    );
  });
}

test.run();
