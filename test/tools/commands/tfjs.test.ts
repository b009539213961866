// Tests the commands on TensorFlow.js models: inspect, run, calibrate, quantize and compare take a folder or its model.json.
import { execFileSync } from 'node:child_process';
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
const fileBytes = [...network.shards.values()].reduce((sum, { length }) => sum + length, bytesOfJson(network).length);
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
    assert.is(inspection.fileBytes, fileBytes);
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
  assert.is(report.floatBytes, fileBytes);
  const graph = readModel(new Uint8Array(readFileSync(at('int8.tflite'))));
  assert.is(graph.inputs[0].dtype, 'int8');
  const comparison = await zeropoint('compare', json, at('int8.tflite'), '--data', at('data'));
  assert.is((comparison as { float: { bytes: number } }).float.bytes, fileBytes);
});

test('convert says the bytes of all files, and its file computes the same', async () => {
  const report = await zeropoint('convert', json, '-o', at('float.tflite'));
  assert.is(report.sourceBytes, fileBytes);
  const graph = readModel(new Uint8Array(readFileSync(at('float.tflite'))));
  assert.equal(graph.inputs[0].shapeSignature, [-1, 8, 8, 3]);
});

test('bench and convert fix free dimensions', async () => {
  const open = layersFile(
    functional('open', { image: [null, null, null, 2] }, [{ className: 'UpSampling2D', name: 'u', inputs: ['image'] }], ['u']),
    new Map(),
  );
  folder.write('open/model.json', bytesOfJson(open));
  for (const [path, bytes] of open.shards) folder.write(`open/${path}`, bytes);
  folder.write('open/weights.bin', new Uint8Array(0));
  await zeropoint('bench', at('open'), '--runs', '1', '--shape', 'image=1x3x4x2');
  await zeropoint('convert', at('open'), '--shape', 'image=2x3x4x2', '-o', at('open.tflite'));
  assert.equal(readModel(new Uint8Array(readFileSync(at('open.tflite')))).outputs[0].shape, [2, 6, 8, 2]);
});

test('a model may come through a pipe', () => {
  const pipe = at('pipe');
  execFileSync('mkfifo', [pipe]);
  const args = ['--import', 'tsx', 'tools/cli.ts', 'inspect', pipe, '--json'];
  const command = `cat "$1" > "$0" & shift; exec "$@"`;
  const out = execFileSync('sh', ['-c', command, pipe, at('int8.tflite'), process.execPath, ...args], { encoding: 'utf8' });
  assert.is(JSON.parse(out).file, pipe);
});

test('what is wrong with a model is said in one line', async () => {
  const terminal = recordingTerminal();
  folder.write('cut/model.json', bytesOfJson(network));
  assert.is(await runCommandLine(['inspect', at('cut')], terminal), 1);
  assert.match(terminal.err, /a\.bin.*not beside model\.json; download all shards/);
  assert.is(terminal.err.trim().split('\n').length, 1);
});

test.run();
