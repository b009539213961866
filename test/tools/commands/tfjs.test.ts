// Tests the commands on TensorFlow.js models: inspect, run, calibrate, quantize and compare take a folder or its model.json.
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readModel } from '../../../src/tflite';
import { runCommandLine } from '../../../tools/program';
import { temporaryFolder } from '../../support/folder';
import { recordingTerminal } from '../../support/terminal';
import { bytesOfJson, functional, layersFile, random } from '../import/tfjs/file';

const folder = temporaryFolder();
test.after(folder.remove);
const { at } = folder;

/** A convolution of 8 x 8 x 3 to four classes. */
const network = layersFile(
  functional(
    'network',
    { picture: [null, 8, 8, 3] },
    [
      { className: 'Conv2D', name: 'conv', inputs: ['picture'], config: { padding: 'same', activation: 'relu' } },
      { className: 'GlobalAveragePooling2D', name: 'pool', inputs: ['conv'] },
      { className: 'Dense', name: 'classes', inputs: ['pool'], config: { activation: 'softmax' } },
    ],
    ['classes'],
  ),
  new Map([
    ['conv/kernel', random([3, 3, 3, 6], 1)],
    ['conv/bias', random([6], 2)],
    ['classes/kernel', random([6, 4], 3)],
    ['classes/bias', random([4], 4)],
  ]),
  ['a.bin', 'b.bin'],
);

const json = folder.write('net/model.json', bytesOfJson(network));
for (const [path, bytes] of network.shards) folder.write(`net/${path}`, bytes);
const weightBytes = [...network.shards.values()].reduce((sum, { length }) => sum + length, 0);
for (let i = 0; i < 8; i++) {
  const data = Float32Array.from(random([8, 8, 3], 20 + i).data);
  folder.write(`data/${i}.bin`, new Uint8Array(data.buffer));
}

async function zeropoint(...args: string[]): Promise<Record<string, unknown>> {
  const terminal = recordingTerminal();
  const code = await runCommandLine([...args, '--json'], terminal);
  assert.is(code, 0, terminal.err);
  return JSON.parse(terminal.out) as Record<string, unknown>;
}

test('inspect says operators and the bytes of all files, of the folder and of model.json', async () => {
  for (const path of [at('net'), json]) {
    const inspection = await zeropoint('inspect', path);
    assert.ok(Number(inspection.fileBytes) > weightBytes, `${inspection.fileBytes} bytes`);
    const { operators } = inspection as { operators: { type: string }[] };
    assert.is(operators.map(({ type }) => type).join(' '), 'CONV_2D MEAN FULLY_CONNECTED SOFTMAX');
  }
});

test('run computes classes', async () => {
  await zeropoint('run', at('net'), at('data/0.bin'), '--output', at('results'));
  const data = readFileSync(at('results/0.bin'));
  const probabilities = new Float32Array(new Uint8Array(data).buffer);
  assert.is(probabilities.length, 4);
  assert.ok(Math.abs(probabilities.reduce((sum, p) => sum + p, 0) - 1) < 1e-5);
});

test('calibrate, quantize and compare go from the folder to an 8-bit file and its report', async () => {
  await zeropoint('calibrate', at('net'), '-o', at('ranges.json'), '--data', at('data'));
  const report = await zeropoint('quantize', at('net'), '-o', at('int8.tflite'), '--data', at('data'), '--calibration', at('ranges.json'));
  assert.ok(Number(report.floatBytes) > weightBytes, `${report.floatBytes} bytes`);
  const graph = readModel(new Uint8Array(readFileSync(at('int8.tflite'))));
  assert.is(graph.inputs[0].dtype, 'int8');
  const comparison = await zeropoint('compare', json, at('int8.tflite'), '--data', at('data'));
  assert.is((comparison as { float: { bytes: number } }).float.bytes, report.floatBytes);
});

test('what is wrong with a model is said in one line', async () => {
  const terminal = recordingTerminal();
  folder.write('cut/model.json', bytesOfJson(network));
  assert.is(await runCommandLine(['inspect', at('cut')], terminal), 1);
  assert.match(terminal.err, /cannot read '.*a\.bin': there is no such file/);
  assert.is(terminal.err.trim().split('\n').length, 1);
});

test.run();
