// Tests ONNX files and foreign formats on the command line: --shape, --constant, external data, arrays in the network's layout, folders.
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readModel } from '../../../src/tflite';
import { runCommandLine } from '../../../tools/program';
import { temporaryFolder } from '../../support/folder';
import { npy } from '../../support/npy';
import { Random } from '../../support/random';
import { recordingTerminal } from '../../support/terminal';
import { random, toFile } from '../import/onnx/compare';
import { type FileModel, onnxFile } from '../import/onnx/file';

const folder = temporaryFolder();
test.after(folder.remove);
const { at } = folder;

const weights = random([8, 3, 3, 3], 1);
const convolution: FileModel = {
  inputs: { x: ['N', 3, 'H', 'W'] },
  constants: { w: toFile(weights) },
  nodes: [{ type: 'Conv', inputs: ['x', 'w'], outputs: ['y'] }],
  outputs: ['y'],
};
folder.write('open.onnx', onnxFile(convolution));
folder.write('w.data', new Uint8Array(Float32Array.from(weights.data).buffer));
const external = {
  ...convolution,
  constants: { w: { shape: weights.shape, data: new Float32Array(0), external: { location: 'w.data' } } },
};
folder.write('external.onnx', onnxFile(external));
folder.write(
  'rate.onnx',
  onnxFile({
    inputs: { x: [1, 4], rate: [] },
    nodes: [{ type: 'Mul', inputs: ['x', 'rate'], outputs: ['y'] }],
    outputs: ['y'],
  }),
);
const generator = new Random(3);
const samples = Float32Array.from({ length: 8 * 3 * 6 * 5 }, () => generator.normal());
folder.write('nchw.npy', npy('<f4', [8, 3, 6, 5], samples));
const turned = samples.map((_, i) => samples[Math.floor(i / 90) * 90 + (i % 3) * 30 + (Math.floor(i / 3) % 30)]);
folder.write('nhwc.npy', npy('<f4', [8, 6, 5, 3], turned));
folder.write('x.bin', new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer));
folder.write('saved/saved_model.pb', Uint8Array.of(8, 1, 0x12, 0xff, 9));
folder.write('m.mlpackage/Manifest.json', '{ "fileFormatVersion": "1.0.0" }');

const shape = ['--shape', 'x=1x3x6x5'];

async function zeropoint(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const terminal = recordingTerminal();
  const code = await runCommandLine(args, terminal);
  return { code, out: terminal.out, err: terminal.err };
}

async function succeeds(...args: string[]): Promise<string> {
  const { code, out, err } = await zeropoint(...args);
  assert.is(code, 0, err);
  return out;
}

async function refused(message: RegExp, ...args: string[]): Promise<void> {
  const { code, err } = await zeropoint(...args);
  assert.is(code, 1, err);
  assert.match(err, message);
}

test('inspect: an ONNX file with the shapes that --shape gives, and with external data beside it', async () => {
  for (const file of ['open.onnx', 'external.onnx']) {
    const { inputs, outputs, operators } = JSON.parse(await succeeds('inspect', at(file), ...shape, '--json'));
    assert.equal([inputs[0].shape, outputs[0].shape, operators[0].type], [[1, 6, 5, 3], [1, 4, 3, 8], 'CONV_2D']);
  }
  await refused(/input 'x'.*leaves dimensions free \(N, H, W\); fix them: --shape x=1x3x224x224/, 'inspect', at('open.onnx'));
});

test('run: an ONNX file, with an input that --constant gives', async () => {
  await succeeds('run', at('rate.onnx'), at('x.bin'), '--constant', 'rate=3', '-o', at('out'));
  assert.equal(new Float32Array(new Uint8Array(readFileSync(at('out', '0.bin'))).buffer), Float32Array.of(3, 6, 9, 12));
});

test('quantize and compare take --shape, and arrays in the layout of the network as in that of the graph', async () => {
  const files = ['nchw', 'nhwc'].map((name) => at(`${name}.tflite`));
  for (const [i, name] of ['nchw.npy', 'nhwc.npy'].entries()) {
    await succeeds('quantize', at('open.onnx'), ...shape, '-o', files[i], '-d', at(name));
  }
  // Provenance names the data, so that the files differ in nothing else.
  const weightsOf = (file: string) =>
    readModel(new Uint8Array(readFileSync(file))).values.map(({ data, quantization }) => [data, quantization]);
  assert.equal(weightsOf(files[0]), weightsOf(files[1]));
  const compared = JSON.parse(await succeeds('compare', at('open.onnx'), files[0], ...shape, '-d', at('nchw.npy'), '--json'));
  assert.ok(compared.outputs[0].sqnr > 30, JSON.stringify(compared.outputs[0]).slice(0, 400));
  await succeeds('calibrate', at('open.onnx'), ...shape, '-d', at('nchw.npy'), '-o', at('ranges.json'));
});

for (const [title, args, message] of [
  ['a shape without a name', ['inspect', at('open.onnx'), '--shape', '1x3x6x5'], /Give NAME=SIZExSIZE/],
  ['a shape of no sizes', ['inspect', at('open.onnx'), '--shape', 'x=1,3'], /Give NAME=SIZExSIZE/],
  ['a size of 0', ['inspect', at('open.onnx'), '--shape', 'x=1x3x0x5'], /Give NAME=SIZExSIZE/],
  ['a shape of no input', ['inspect', at('open.onnx'), '--shape', 'z=1x3'], /shapes names 'z', which is no input.*'x'/],
  ['a constant of no number', ['run', at('rate.onnx'), '--constant', 'rate=fast'], /Give NAME=NUMBER/],
  ['a SavedModel', ['quantize', at('saved'), '-o', at('q'), '-d', at('nchw.npy')], /folder is a SavedModel.*from_saved_model/],
  ['a package of Core ML', ['inspect', at('m.mlpackage')], /folder is a Core ML package/],
  ['another folder', ['inspect', at('out-of-nothing')], /no such file/],
] as const) {
  test(`${title} is refused`, () => refused(message, ...args));
}

test.run();
