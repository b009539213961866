// Tests the committed networks on figures: size, form, and top-1 on held-out pictures, as float and quantized by default settings.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { load } from '../../../src/index';
import { readModel } from '../../../src/tflite';
import type { Samples } from '../../../tools/dataset/dataset';
import { figureNames, figureSeeds, renderFigure } from '../../../tools/demo/figures';
import { loadFloat } from '../../../tools/model/float-model';
import { setInputs } from '../../../tools/model/inputs';
import { quantizeModel } from '../../../tools/quantize/model';

const read = (name: string) => new Uint8Array(readFileSync(join(import.meta.dirname, `../../../tools/demo/${name}.tflite`)));
const heldOut = Array.from({ length: 630 }, (_, i) => renderFigure(figureSeeds.heldOut, i));
const calibration: Samples = {
  size: 84,
  async *[Symbol.asyncIterator]() {
    for (let index = 0; index < 84; index++) {
      const { label, pixels } = renderFigure(figureSeeds.calibration, index);
      yield { name: `${index}`, index, label, inputs: [Float32Array.from(pixels)] };
    }
  },
};

/** Held-out figures, as percent, on which `classify` gives scores of which the label's is the largest. */
function topOne(classify: (pixels: Float32Array) => ArrayLike<number>): number {
  const right = heldOut.filter(({ label, pixels }) => {
    const scores = Array.from(classify(Float32Array.from(pixels)));
    return scores.indexOf(Math.max(...scores)) === label;
  });
  return (100 * right.length) / heldOut.length;
}

const networks = [
  { name: 'figures-v3', operators: ['HARD_SWISH', 'MUL', 'MEAN', 'ADD'], bar: 85 },
  { name: 'figures-efficientnet', operators: ['LOGISTIC', 'MUL', 'MEAN', 'ADD'], bar: 85 },
];

for (const { name, operators, bar } of networks) {
  const bytes = read(name);

  test(`${name}: at most 160 KB, depthwise layers of 3x3 and 5x5, ${operators.join(', ')}, probabilities of every figure`, () => {
    assert.ok(bytes.length <= 160_000, `${bytes.length} bytes`);
    const { nodes, inputs, outputs, values } = readModel(bytes);
    assert.equal(
      [inputs[0].shape, outputs[0].shape],
      [
        [1, 32, 32, 3],
        [1, figureNames.length],
      ],
    );
    assert.ok(values.every(({ quantization }) => quantization === undefined));
    for (const operator of operators)
      assert.ok(
        nodes.some(({ type }) => type === operator),
        operator,
      );
    const windows = nodes.filter(({ type }) => type === 'DEPTHWISE_CONV_2D').map(({ inputs }) => inputs[1]!.shape[1]);
    assert.equal([...new Set(windows)].sort(), [3, 5]);
  });

  test(`${name}: float top-1 of ${heldOut.length} held-out figures from ${bar} %, int8 and uint8 at most 1.5 points below`, async () => {
    const float = loadFloat(bytes);
    const expected = topOne((pixels) => float.run([pixels])[0] as Float32Array);
    float.dispose();
    assert.ok(expected >= bar && expected < 100, `float: ${expected}`);
    for (const scheme of ['int8', 'uint8'] as const) {
      const model = await load((await quantizeModel(readModel(bytes), calibration, { scheme: { name: scheme } })).bytes);
      const actual = topOne((pixels) => {
        setInputs(model, [pixels]);
        model.run();
        return model.outputs[0].data as Int8Array;
      });
      model.dispose();
      assert.ok(actual >= expected - 1.5, `${scheme}: ${actual} instead of ${expected}`);
    }
  });
}

test.run();
