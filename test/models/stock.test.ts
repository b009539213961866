// Tests that stock TensorFlow Lite (tfjs-tflite, XNNPACK) loads and runs what the writer writes: built models, and real ones read and written.
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Peer, PeerData } from '../../bench/peers/peer';
import { peerPath } from '../../bench/peers/peer';
import { createTfjsTflite } from '../../bench/peers/tfjs-tflite';
import { load } from '../../src/index';
import { mobilenetV1 } from '../../src/mobilenet';
import { readModel, writeModel } from '../../src/tflite';
import { Random } from '../support/random';
import { hasShared, sharedPath } from '../support/shared';

const isInstalled = existsSync(peerPath('@tensorflow/tfjs-tflite'));
const files = [
  'mobilenet_v1_0.25_128_quant',
  'mobilenet_v2_1.0_224_quant',
  'tf2_mobilenet_v2_1.0_224_ptq',
  'coco_ssd_mobilenet_v1_1.0_quant_2018_06_29',
  'movenet_single_pose_lightning_ptq',
  'kws_ref_model_int8',
  'ad01_int8',
  'vww_96_float',
];

function stockTest(name: string, needsShared: boolean, body: (stock: Peer) => Promise<void>): void {
  if (!isInstalled) console.log(`skipped, bench/peers is not installed (npm ci --prefix bench/peers): ${name}`);
  else if (needsShared && !hasShared) console.log(`skipped, ../shared is absent: ${name}`);
  if (isInstalled && (hasShared || !needsShared)) test(name, () => body(createTfjsTflite()));
  else test.skip(name, () => {});
}

const bytesOf = (data: ArrayBufferView) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** Outputs of the stock engine for seeded random input bytes. */
async function run(stock: Peer, model: Uint8Array): Promise<PeerData[]> {
  const loaded = await stock.load(model);
  const random = new Random(7);
  for (const input of loaded.inputs) {
    const data = input.data();
    for (let i = 0; i < data.length; i++) data[i] = data instanceof Float32Array ? random.real() : random.integer(0, 255);
  }
  await loaded.run();
  return loaded.outputs.map((output) => output.data().slice());
}

for (const dtype of ['uint8', 'int8'] as const) {
  stockTest(`a built ${dtype} MobileNetV1 runs in stock TFLite, outputs within rounding of ours`, false, async (stock) => {
    const bytes = mobilenetV1({ alpha: 0.25, resolution: 96, classes: 100, dtype });
    const [theirs] = await run(stock, bytes);
    const model = await load(bytes);
    const random = new Random(7);
    const data = model.inputs[0].data as Uint8Array;
    for (let i = 0; i < data.length; i++) data[i] = random.integer(0, 255);
    model.run();
    const ours = model.outputs[0].data as Uint8Array;
    const mean = ours.reduce((sum, code, i) => sum + Math.abs(code - theirs[i]), 0) / ours.length;
    assert.ok(mean < 0.5, `mean difference ${mean} codes`);
  });
}

for (const file of files) {
  stockTest(`${file} read and written gives the same bytes in stock TFLite`, true, async (stock) => {
    const original = new Uint8Array(readFileSync(sharedPath('models', `${file}.tflite`)));
    const expected = await run(stock, original);
    const actual = await run(stock, writeModel(readModel(original)));
    assert.is(actual.length, expected.length);
    for (const [i, output] of actual.entries()) assert.equal(bytesOf(output), bytesOf(expected[i]), `output ${i}`);
  });
}

test.run();
