// Tests that stock TensorFlow Lite (tfjs-tflite: TFLite with XNNPACK) takes quantized files and computes the same; skipped where the peers are not installed.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createTfjsTflite } from '../../../bench/peers/tfjs-tflite';
import { loadSync } from '../../../src/index';
import { bestClass } from '../../../tools/compare/classification';
import { fillFromReal } from '../../../tools/compare/codes';
import { quantizeModel } from '../../../tools/quantize/model';
import { asSamples, floatNetwork, networkSamples } from '../../support/float-network';

const installed = existsSync(join(import.meta.dirname, '../../../bench/peers/node_modules/@tensorflow/tfjs-tflite'));
if (!installed) console.log('skipped, bench/peers is not installed (npm ci --prefix bench/peers): quantized files in tfjs-tflite');
const stockTest = installed ? test : test.skip;

const ends = ['float32', 'int8', 'uint8'] as const;
const cases = (['int8', 'uint8'] as const).flatMap((name) =>
  ends.map((end) => ({ scheme: { name, inputs: end, outputs: end }, skip: [] as string[] })),
);
cases.push({ scheme: { name: 'int8', inputs: 'int8', outputs: 'int8' }, skip: ['depthwise'] });

for (const settings of cases) {
  stockTest(`${JSON.stringify(settings)}: top-1 equal on 30 samples, mean difference below 0.5 LSB`, async () => {
    const { bytes } = await quantizeModel(floatNetwork({ seed: 2 }), asSamples(networkSamples(16)), settings);
    const ours = loadSync(bytes);
    const theirs = await createTfjsTflite().load(bytes);
    let [difference, count] = [0, 0];
    for (const [i, [sample]] of networkSamples(30, 5).entries()) {
      fillFromReal(ours.inputs[0], sample);
      ours.run();
      const to = theirs.inputs[0].data() as Uint8Array;
      to.set(ours.inputs[0].data as Uint8Array);
      await theirs.run();
      const [expected, actual] = [ours.outputs[0].data as Float32Array, theirs.outputs[0].data() as Float32Array];
      const step = settings.scheme.outputs === 'float32' ? 1 / 256 : 1;
      assert.is(bestClass(actual), bestClass(expected), `sample ${i}`);
      expected.forEach((value, k) => {
        difference += Math.abs(value - actual[k]) / step;
        count++;
      });
    }
    assert.ok(difference / count < 0.5, `mean difference ${difference / count} LSB`);
  });
}

test.run();
