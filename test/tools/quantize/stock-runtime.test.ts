// Tests that stock runtimes (tfjs-tflite and LiteRT.js: TensorFlow Lite with XNNPACK) take quantized files and compute the same; skipped where the
// peers are not installed.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createLiteRt } from '../../../bench/peers/litert';
import type { Peer } from '../../../bench/peers/peer';
import { createTfjsTflite } from '../../../bench/peers/tfjs-tflite';
import { loadSync } from '../../../src/index';
import { bestClass } from '../../../src/tasks';
import { setInputs } from '../../../tools/model/inputs';
import type { SchemeSettings } from '../../../tools/quantize/build/scheme';
import type { ExceptionGlobs } from '../../../tools/quantize/exceptions';
import { quantizeModel } from '../../../tools/quantize/model';
import { asSamples, floatNetwork, networkSamples } from '../../support/float-network';

const installed = existsSync(join(import.meta.dirname, '../../../bench/peers/node_modules/@tensorflow/tfjs-tflite'));
if (!installed) console.log('skipped, bench/peers is not installed (npm ci --prefix bench/peers): quantized files in stock runtimes');
const stockTest = installed ? test : test.skip;

type Settings = ExceptionGlobs & { scheme: Pick<SchemeSettings, 'name' | 'inputs' | 'outputs' | 'weightBits'> };

const ends = ['float32', 'int8', 'uint8'] as const;
const cases: Settings[] = (['int8', 'uint8'] as const).flatMap((name) =>
  ends.map((end) => ({ scheme: { name, inputs: end, outputs: end }, skip: [] as string[] })),
);
cases.push({ scheme: { name: 'int8', inputs: 'int8', outputs: 'int8' }, skip: ['depthwise'] });
cases.push({ scheme: { name: 'int8', inputs: 'float32', outputs: 'float32', weightBits: 4 } });
cases.push({ scheme: { name: 'int8', inputs: 'float32', outputs: 'float32' }, int16: ['depthwise', 'project'] });
cases.push({
  scheme: { name: 'int8', inputs: 'float32', outputs: 'float32' },
  skip: ['stem'],
  int16: ['sum', 'pooled'],
  int4: ['project'],
});
cases.push({ scheme: { name: 'int16x8', inputs: 'float32', outputs: 'float32' } });

/** Runs a file made with `settings` in both; best classes must be equal or nearly tied, and codes near. */
async function compareWith(peer: Peer, settings: Settings): Promise<void> {
  const { bytes } = await quantizeModel(floatNetwork({ seed: 2 }), asSamples(networkSamples(16)), settings);
  const ours = loadSync(bytes);
  const theirs = await peer.load(bytes);
  const step = settings.scheme.outputs === 'float32' ? 1 / 256 : 1;
  let [difference, count] = [0, 0];
  for (const [i, [sample]] of networkSamples(30, 5).entries()) {
    setInputs(ours, [sample]);
    ours.run();
    (theirs.inputs[0].data() as Uint8Array).set(ours.inputs[0].data as Uint8Array);
    await theirs.run();
    const [expected, actual] = [ours.outputs[0].data as Float32Array, theirs.outputs[0].data() as Float32Array];
    assert.ok(expected[bestClass(actual)] > expected[bestClass(expected)] - 3 * step, `sample ${i}: ${actual}, not ${expected}`);
    expected.forEach((value, k) => {
      difference += Math.abs(value - actual[k]) / step;
      count++;
    });
  }
  assert.ok(difference / count < 0.5, `mean difference ${difference / count} LSB`);
}

/** The TensorFlow Lite of tfjs-tflite has no weights of int4 for 8-bit layers. */
const takenByTfjs = ({ scheme, int4 }: Settings): boolean => !scheme.weightBits && !int4;
/** LiteRT.js has no tensors of int8. */
const takenByLiteRt = ({ scheme }: Settings): boolean => scheme.inputs !== 'int8' && scheme.outputs !== 'int8';

for (const settings of cases) {
  const title = `${JSON.stringify(settings)}: top-1 equal on 30 samples but for ties of less than 3 LSB, mean difference below 0.5 LSB`;
  if (takenByTfjs(settings)) stockTest(`tfjs-tflite, ${title}`, () => compareWith(createTfjsTflite(), settings));
  if (takenByLiteRt(settings)) stockTest(`LiteRT.js, ${title}`, async () => compareWith(await liteRt(), settings));
}

/** It can be started once in a process. */
let started: Promise<Peer> | undefined;
function liteRt(): Promise<Peer> {
  started ??= createLiteRt();
  return started;
}

test.run();
