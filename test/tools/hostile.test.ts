// Tests the command line and the library on hostile names, a changed Object.prototype, and results that go to streams.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Graph } from '../../src/graph/graph';
import { readModel } from '../../src/tflite/read';
import { writeModel } from '../../src/tflite/write';
import { collectRanges, observeSamples } from '../../tools/calibrate/collect';
import { readRanges } from '../../tools/calibrate/ranges';
import { compare } from '../../tools/compare/compare';
import { openDataset } from '../../tools/dataset/open';
import { sha256 } from '../../tools/hash';
import { loadFloat } from '../../tools/model/float-model';
import { runCommandLine } from '../../tools/program';
import { quantizeModel } from '../../tools/quantize/model';
import { bundledProgram } from '../runner/programs';
import { convolution, GraphBuilder } from '../support/build';
import { temporaryFolder } from '../support/folder';
import { npy } from '../support/npy';
import { Random } from '../support/random';
import { sharedPath, sharedTest } from '../support/shared';
import { recordingTerminal } from '../support/terminal';

const folder = temporaryFolder();
test.after(folder.remove);
const { at } = folder;
const random = new Random(5);
const noise = (count: number): number[] => Array.from({ length: count }, () => random.normal() / 3);

/** Two convolutions over [1, 4, 4, 2]; `names` of input, first and second result. */
function network(...names: readonly [string, string, string]): Graph {
  const g = new GraphBuilder();
  const input = g.input('float32', [1, 4, 4, 2]);
  const layer = (from: ReturnType<typeof g.input>) => {
    const weights = g.constant('float32', [2, 1, 1, 2], noise(4));
    return g.node('CONV_2D', { ...convolution, activation: 'RELU6' }, [from, weights, g.constant('float32', [2], [0, 0])], {
      dtype: 'float32',
      shape: [1, 4, 4, 2],
    })[0];
  };
  const first = layer(input);
  const second = layer(first);
  for (const [i, value] of [input, first, second].entries()) value.name = names[i];
  return g.outputs(second);
}

const data = folder.write('data.npy', npy('<f4', [6, 4, 4, 2], Float32Array.from(noise(6 * 32))));
const plain = network('x', 'a', 'b');
const model = folder.write('plain.tflite', writeModel(plain));

/** Control characters but line feeds, and marks that change the direction of text. */
const controls = /[^\P{Cc}\n]|[\u202a-\u202e\u2066-\u2069]/u;

async function zeropoint(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const terminal = recordingTerminal();
  const code = await runCommandLine(args, terminal);
  return { code, out: terminal.out, err: terminal.err };
}

test('tensors called __proto__, constructor and toString keep their ranges through files and quantization', async () => {
  const odd = network('__proto__', 'constructor', 'toString');
  const float = folder.write('odd.tflite', writeModel(odd));
  assert.is((await zeropoint('calibrate', float, '-o', at('odd.json'), '--data', data)).code, 0);
  const { tensors } = await readRanges(at('odd.json'));
  assert.equal(Object.keys(tensors).sort(), ['__proto__', 'constructor', 'toString']);
  assert.ok(Object.values(tensors).every(({ min, max }) => max > min));
  const { code, err } = await zeropoint('quantize', float, '-o', at('odd8.tflite'), '--data', data, '--calibration', at('odd.json'));
  assert.is(code, 0, err);
  const { inputs } = readModel(readFileSync(at('odd8.tflite')));
  const { min, max } = Object.entries(tensors).find(([name]) => name === '__proto__')![1];
  const scale = inputs[0].quantization!.scale[0];
  assert.ok(Math.abs(scale * 255 - (max - min)) < 0.05 * (max - min), `${scale} of ${min} to ${max}`);
});

test('a range that is missing is an error, not what every object inherits', async () => {
  const float = network('x', 'constructor', 'b');
  const ranges = await collectRanges(loadFloat(float), await openDataset(data, { inputs: float.inputs }), { observer: 'min-max' });
  const { constructor: _, ...others } = ranges.tensors as Record<string, { min: number; max: number }>;
  folder.write('missing.json', JSON.stringify({ ...ranges, tensors: others }));
  const { code, err } = await zeropoint(
    'quantize',
    folder.write('missing.tflite', writeModel(float)),
    '-o',
    at('missing8.tflite'),
    '--data',
    data,
    '--calibration',
    at('missing.json'),
    '--no-equalize',
  );
  assert.is(code, 1);
  assert.match(err, /'constructor'.*the calibration has no range for it/);
});

/** Properties that every object inherits while `body` runs. */
async function polluted(properties: Readonly<Record<string, unknown>>, body: () => Promise<void>): Promise<void> {
  for (const [name, value] of Object.entries(properties)) {
    Object.defineProperty(Object.prototype, name, { value, configurable: true, writable: true, enumerable: false });
  }
  try {
    await body();
  } finally {
    for (const name of Object.keys(properties)) delete (Object.prototype as Record<string, unknown>)[name];
  }
}

test('options that Object.prototype has are not given', async () => {
  const float = loadFloat(plain);
  const open = () => openDataset(data, { inputs: float.inputs });
  const run = async () => {
    const dataset = await open();
    const calibration = await observeSamples(float, dataset, { observer: 'percentile' });
    const quantized = await quantizeModel(plain, dataset, { refineSamples: 2 });
    const comparison = await compare(float, quantized.bytes, dataset);
    const { outputs, layerSamples } = comparison;
    return { size: dataset.size, state: JSON.stringify(calibration.state()), bytes: sha256(quantized.bytes), outputs, layerSamples };
  };
  const expected = await run();
  const properties = {
    limit: 1,
    seed: 7,
    shard: { index: 0, count: 2 },
    resume: at('polluted.partial'),
    percentile: 60,
    labelOffset: 1,
    skip: ['*'],
    equalize: false,
    scheme: { name: 'uint8' },
    name: 'uint8',
    layerSamples: 1,
    saveEvery: 1,
    names: { float: 'x', quantized: 'y' },
  };
  await polluted(properties, async () => assert.equal(await run(), expected));
  assert.not(existsSync(at('polluted.partial')));
});

test('flags that Object.prototype has are not given', async () => {
  const expected = await zeropoint('inspect', model);
  await polluted({ json: true, output: at('polluted'), html: at('polluted.html') }, async () => {
    assert.equal(await zeropoint('inspect', model), expected);
  });
});

test('names with escape sequences reach the terminal clean, and JSON as they are', async () => {
  const name = '\u001b]0;title\u0007\u001b[2J\r\nline\u202e\u009b';
  const file = folder.write('escapes.tflite', writeModel(network(`${name}in`, 'a', `${name}out`)));
  const input = folder.write('in.bin', new Uint8Array(128));
  for (const args of [
    ['inspect', file],
    ['run', file, input],
    ['bench', file, '-n', '1', '--layers'],
    ['run', file],
  ]) {
    const { out, err } = await zeropoint(...args);
    assert.not.match(out + err, controls, args.join(' '));
  }
  const { out } = await zeropoint('inspect', file, '--json');
  assert.is(JSON.parse(out).inputs[0].name, `${name}in`);
});

test('where results cannot go is said before anything is read', async () => {
  const commands = [
    ['quantize', 'absent.tflite', '--data', 'absent'],
    ['calibrate', 'absent.tflite', '--data', 'absent'],
    ['compare', 'absent.tflite', 'absent.tflite', '--data', 'absent'],
  ];
  for (const args of commands) {
    const { code, err } = await zeropoint(...args, '-o', at());
    assert.is(code, 1);
    assert.match(err, /cannot write .*: it is a folder; name a file/, args[0]);
  }
  const { err } = await zeropoint('compare', 'absent.tflite', 'absent.tflite', '--data', 'absent', '--html', at());
  assert.match(err, /cannot write .*: it is a folder/);
  assert.match((await zeropoint('run', model, data, '-o', data)).err, /cannot write .*: a part of the path is a file/);
  assert.match((await zeropoint('compare', 'a', 'b', '--data', 'c', '-o', '-', '--html', '-')).err, /both go to standard output/);
});

test('-o - gives the result on standard output and the report on standard error', async () => {
  const program = bundledProgram('tools/cli.ts');
  const runProgram = async (...args: string[]) => {
    const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    const [out, err]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on('data', (chunk) => out.push(chunk));
    child.stderr.on('data', (chunk) => err.push(chunk));
    const [code] = await once(child, 'close');
    assert.is(code, 0, String(Buffer.concat(err)));
    return { out: Buffer.concat(out), err: String(Buffer.concat(err)) };
  };
  for (const name of process.platform === 'linux' ? ['-', '/dev/stdout'] : ['-']) {
    const quantized = await runProgram('quantize', model, '-o', name, '--data', data);
    assert.is(readModel(new Uint8Array(quantized.out)).nodes.length > 0, true);
    assert.match(quantized.err, /calibrated on 6 samples/);
    const calibrated = await runProgram('calibrate', model, '-o', name, '--data', data);
    assert.is(JSON.parse(String(calibrated.out)).format, 'zeropoint ranges');
    assert.match(calibrated.err, /ranges of 3 tensors/);
  }
  assert.not(existsSync('-'));
});

sharedTest(test, 'hostile files: one error or a clean result', async () => {
  const file = (name: string) => sharedPath('cases', 'hostile', name);
  const { out } = await zeropoint('inspect', file('esc-int8.tflite'));
  assert.not.match(out, controls);
  const input = folder.write('labels.bin', new Uint8Array(3072));
  const before = process.resourceUsage().maxRSS;
  await zeropoint('run', file('labels200.tflite'), input);
  assert.ok(process.resourceUsage().maxRSS - before < 200_000, 'kilobytes');
  const samples = folder.write('pictures.npy', npy('<f4', [3, 8, 8, 3], Float32Array.from(noise(3 * 192))));
  for (const [name, tensor] of [
    ['proto.tflite', '__proto__'],
    ['protoin.tflite', '__proto__'],
  ]) {
    const { code, err } = await zeropoint('quantize', file(name), '-o', at('proto8.tflite'), '--data', samples);
    assert.is(code, 0, err);
    assert.is((await zeropoint('calibrate', file(name), '-o', at(`${name}.json`), '--data', samples)).code, 0);
    assert.ok(Object.hasOwn((await readRanges(at(`${name}.json`))).tensors, tensor), name);
  }
});

test.run();
