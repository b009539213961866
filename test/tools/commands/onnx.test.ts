// Tests the commands on quantized ONNX files: inspect, run, compare and convert take them, quantize and calibrate name what they are.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readModel, writeModel } from '../../../src/tflite';
import { importOnnx } from '../../../tools/import/onnx/import';
import { runCommandLine } from '../../../tools/program';
import { recordingTerminal } from '../../support/terminal';
import { onnxFile } from '../import/onnx/file';
import { transpose } from '../import/onnx/nchw';
import { networkImage, quantizedNetwork } from '../import/onnx/quantized/network';

const folder = mkdtempSync(join(tmpdir(), 'zeropoint-onnx-'));
const at = (...parts: string[]): string => join(folder, ...parts);
const network = onnxFile(quantizedNetwork({ form: 'qoperator', activations: 'uint8', weights: 'int8', perChannel: true }));

/** A float network of the same input. */
const float = onnxFile({
  inputs: { image: [1, 3, 32, 32] },
  constants: { w: { shape: [10, 3, 1, 1], data: Float32Array.from({ length: 30 }, (_, i) => Math.sin(i)) } },
  nodes: [
    { type: 'Conv', inputs: ['image', 'w'], outputs: ['c'] },
    { type: 'GlobalAveragePool', inputs: ['c'], outputs: ['p'] },
    { type: 'Flatten', inputs: ['p'], outputs: ['logits'] },
  ],
  outputs: ['logits'],
});

async function zeropoint(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const terminal = recordingTerminal();
  const code = await runCommandLine(args, terminal);
  return { code, out: terminal.out, err: terminal.err };
}

test.before(() => {
  writeFileSync(at('int8.onnx'), network);
  writeFileSync(at('float.onnx'), float);
  mkdirSync(at('data'));
  for (let seed = 1; seed <= 4; seed++) {
    const image = transpose({ shape: [1, 3, 32, 32], data: networkImage(seed) }, [0, 2, 3, 1]);
    writeFileSync(at('data', `${seed}.bin`), new Uint8Array(Float32Array.from(image.data).buffer));
  }
});
test.after(() => rmSync(folder, { recursive: true }));

test('inspect shows operators of codes', async () => {
  const { code, out, err } = await zeropoint('inspect', at('int8.onnx'), '--json');
  assert.is(code, 0, err);
  const { operators } = JSON.parse(out) as { operators: { type: string }[] };
  assert.is(operators.filter(({ type }) => type === 'CONV_2D').length, 6);
});

test('bench times them', async () => {
  const { code, out, err } = await zeropoint('bench', at('int8.onnx'), '--runs', '2', '--json');
  assert.is(code, 0, err);
  assert.ok(JSON.parse(out).macs > 200_000);
});

test('run gives the outputs of the .tflite that convert makes', async () => {
  const converted = await zeropoint('convert', at('int8.onnx'), '-o', at('int8.tflite'), '--json');
  assert.is(converted.code, 0, converted.err);
  const bytes = new Uint8Array(readFileSync(at('int8.tflite')));
  assert.equal(bytes, writeModel(importOnnx(network)));
  assert.is(JSON.parse(converted.out).operators, readModel(bytes).nodes.length);
  const results = [];
  for (const model of ['int8.onnx', 'int8.tflite']) {
    const { code, err } = await zeropoint('run', at(model), at('data', '1.bin'), '--output', at('out', model));
    assert.is(code, 0, err);
    results.push(readFileSync(at('out', model, '0.bin')).toString('hex'));
  }
  assert.is(results[0], results[1]);
});

test('compare takes a quantized ONNX file beside a float one', async () => {
  const { code, out, err } = await zeropoint('compare', at('float.onnx'), at('int8.onnx'), '--data', at('data'), '--json');
  assert.is(code, 0, err);
  const { data, quantized } = JSON.parse(out);
  assert.is(data.samples, 4);
  assert.is(quantized.bytes, writeModel(importOnnx(network)).length);
});

for (const [command, ...more] of [['quantize'], ['calibrate'], ['compare', 'int8.onnx']] as const) {
  test(`${command} says that a float network is needed`, async () => {
    const files = more.map((file) => at(file));
    const output = command === 'compare' ? [] : ['-o', at('new')];
    const { code, err } = await zeropoint(command, at('int8.onnx'), ...files, ...output, '--data', at('data'));
    assert.is(code, 1);
    const message =
      command === 'compare'
        ? /^zeropoint: .*int8\.onnx: the network is quantized, and compare takes FLOAT, then QUANTIZED: name the float one first\n$/
        : /^zeropoint: .*int8\.onnx: the network is quantized already; use it as it is \(run, inspect, bench, compare\).*\n$/;
    assert.match(err, message);
  });
}

test('convert refuses what is no ONNX file', async () => {
  const { code, err } = await zeropoint('convert', at('data', '1.bin'), '-o', at('new'));
  assert.is(code, 1);
  assert.match(err, /it is no ONNX file and no TensorFlow.js model; only these are converted/);
});

test.run();
