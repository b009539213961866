// Tests `zeropoint run`: what its arguments stand for, and what it finds, prints and draws in pictures.
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { mobilenetV1 } from '../../../src/builders/mobilenet-v1';
import type { Graph } from '../../../src/graph/graph';
import { writeModel } from '../../../src/tflite/write';
import { runCommandLine } from '../../../tools/program';
import { GraphBuilder } from '../../support/build';
import { sharedPath, sharedTest } from '../../support/shared';
import { recordingTerminal } from '../../support/terminal';

const folder = mkdtempSync(join(tmpdir(), 'zeropoint-'));
const at = (...parts: string[]): string => join(folder, ...parts);

/** Scores of 2 classes per pixel of an 8x8 grey picture: 128 and the pixel itself. */
function masks(): Graph {
  const g = new GraphBuilder();
  const input = g.input('float32', [1, 8, 8, 1]);
  const ground = g.constant('float32', [1], [128]);
  const zero = g.constant('float32', [1], [0]);
  const [nothing] = g.node('MUL', { activation: 'NONE' }, [input, zero], { dtype: 'float32', shape: [1, 8, 8, 1] });
  const [half] = g.node('ADD', { activation: 'NONE' }, [nothing, ground], { dtype: 'float32', shape: [1, 8, 8, 1] });
  const [out] = g.node('CONCATENATION', { axis: 3, activation: 'NONE' }, [half, input], { dtype: 'float32', shape: [1, 8, 8, 2] });
  return g.outputs(out);
}

/**
 * Rows of left, top, right, bottom, score and class, whatever the picture: an end-to-end head of YOLO with one object and one below 0.25.
 */
function boxes(): Graph {
  const g = new GraphBuilder();
  const input = g.input('float32', [1, 64, 64, 3]);
  const rows = [16, 32, 48, 64, 0.75, 1, 0, 0, 64, 64, 0.125, 0];
  const axes = g.constant('int32', [3], [1, 2, 3]);
  const [mean] = g.node('MEAN', { keepDims: false }, [input, axes], { dtype: 'float32', shape: [1] });
  const [zero] = g.node('MUL', { activation: 'NONE' }, [mean, g.constant('float32', [1], [0])], { dtype: 'float32', shape: [1] });
  const table = g.constant('float32', [1, 2, 6], rows);
  const [out] = g.node('ADD', { activation: 'NONE' }, [zero, table], { dtype: 'float32', shape: [1, 2, 6] });
  return g.outputs(out);
}

/** 21 landmarks in pixels of a 64x64 input, whatever the picture: point i at (i, 32), and a score. */
function landmarks(): Graph {
  const g = new GraphBuilder();
  const input = g.input('float32', [1, 64, 64, 3]);
  const axes = g.constant('int32', [3], [1, 2, 3]);
  const [mean] = g.node('MEAN', { keepDims: false }, [input, axes], { dtype: 'float32', shape: [1] });
  const [zero] = g.node('MUL', { activation: 'NONE' }, [mean, g.constant('float32', [1], [0])], { dtype: 'float32', shape: [1] });
  const values = Array.from({ length: 63 }, (_, i) => [Math.floor(i / 3), 32, -8][i % 3]);
  const [out] = g.node('ADD', { activation: 'NONE' }, [zero, g.constant('float32', [1, 63], values)], { dtype: 'float32', shape: [1, 63] });
  return g.outputs(out, zero);
}

const picture = (red: number, width = 40, height = 30) =>
  sharp({ create: { width, height, channels: 3, background: { r: red, g: 0, b: 0 } } })
    .png()
    .toBuffer();

test.before(async () => {
  writeFileSync(at('m.tflite'), mobilenetV1({ alpha: 0.25, resolution: 32, classes: 10 }));
  writeFileSync(at('masks.tflite'), writeModel(masks()));
  writeFileSync(at('boxes.tflite'), writeModel(boxes()));
  mkdirSync(at('pictures/sub'), { recursive: true });
  for (const [i, name] of ['pictures/a.png', 'pictures/b.png', 'pictures/sub/a.png'].entries())
    writeFileSync(at(name), await picture(80 * i));
  writeFileSync(at('pictures/notes.txt'), 'no picture');
  mkdirSync(at('empty'));
  writeFileSync(at('tensor.bin'), new Uint8Array(32 * 32 * 3));
  writeFileSync(at('names.txt'), 'ground\nfigure\n');
  // Grey: the left half dark, the right half light.
  const halves = Uint8Array.from({ length: 16 * 16 }, (_, i) => (i % 16 < 8 ? 10 : 250));
  writeFileSync(
    at('halves.png'),
    await sharp(halves, { raw: { width: 16, height: 16, channels: 1 } })
      .png()
      .toBuffer(),
  );
});
test.after(() => rmSync(folder, { recursive: true }));

async function zeropoint(args: string[], input?: Uint8Array): Promise<{ code: number; out: string; err: string }> {
  const terminal = { ...recordingTerminal(), readInput: input && (async () => input) };
  const kept = { out: '', err: '' };
  terminal.write = (content) => {
    kept.out += typeof content === 'string' ? content : Buffer.from(content).toString('latin1');
  };
  terminal.warn = (text) => {
    kept.err += text;
  };
  const code = await runCommandLine(args, terminal);
  return { code, ...kept };
}

async function filesOf(...args: string[]): Promise<string[]> {
  const { code, out, err } = await zeropoint(['run', at('m.tflite'), '--json', ...args]);
  assert.is(code, 0, err);
  return JSON.parse(out).flatMap(({ inputs }: { inputs: { file: string }[] }) =>
    inputs.map(({ file }) => file.replaceAll(`${folder}/`, '')),
  );
}

async function refused(...args: string[]): Promise<string> {
  const { code, out, err } = await zeropoint(['run', ...args]);
  assert.equal([code, out], [1, ''], err);
  return err.replaceAll(folder, '');
}

test('folders are searched, patterns expanded, files taken as they are; in the order of the arguments', async () => {
  assert.equal(await filesOf(at('pictures')), ['pictures/a.png', 'pictures/b.png', 'pictures/sub/a.png']);
  assert.equal(await filesOf(at('tensor.bin'), at('pictures/?.png')), ['tensor.bin', 'pictures/a.png', 'pictures/b.png']);
  assert.equal(await filesOf(at('pictures/**/a.png')), ['pictures/a.png', 'pictures/sub/a.png']);
  assert.match(await refused(at('m.tflite'), at('empty')), /\/empty: the folder holds no pictures/);
  assert.match(await refused(at('m.tflite'), at('*.jpg')), /no file matches '\/\*\.jpg'; check the folder and the ending/);
});

test('files of one name in different folders below a folder keep apart', async () => {
  const { code, err } = await zeropoint(['run', at('m.tflite'), at('pictures'), '-o', at('out')]);
  assert.is(code, 0, err);
  assert.equal(readdirSync(at('out')).sort(), ['a.png', 'b.png', 'sub']);
  assert.equal(readdirSync(at('out/sub/a.png')), ['0.bin']);
});

test('standard input: a picture, or the bytes of the tensor', async () => {
  const preprocessings = async (bytes: Uint8Array) => {
    const { code, out, err } = await zeropoint(['run', at('m.tflite'), '-', '--json'], bytes);
    return code === 0 ? JSON.parse(out)[0].inputs[0].preprocessing : err;
  };
  assert.is(await preprocessings(await picture(9)), '40x30 pixels, raw');
  assert.is(await preprocessings(new Uint8Array(32 * 32 * 3)), 'raw bytes');
  assert.match(await preprocessings(new Uint8Array(5)), /^zeropoint: -: this is not a readable JPEG/);
  assert.match(await preprocessings(new Uint8Array(0)), /standard input is empty/);
  assert.match(await refused(at('m.tflite'), '-'), /nothing is piped into it/);
  assert.match(await refused(at('m.tflite'), '-', '-'), /- is given twice/);
});

test('addresses are fetched; their failures name the address and what to do', async () => {
  const bytes = await picture(9);
  const server = createServer((request, response) => {
    response.statusCode = request.url === '/cat.png' ? 200 : 404;
    response.end(request.url === '/cat.png' ? bytes : undefined);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    assert.equal(await filesOf(`${address}/cat.png`), [`${address}/cat.png`]);
    assert.match(
      await refused(at('m.tflite'), `${address}/dog.png`),
      /cannot fetch 'http.*dog\.png': the server answers 404 Not Found; check/,
    );
  } finally {
    server.close();
    server.closeAllConnections();
  }
  assert.match(await refused(at('m.tflite'), `${address}/cat.png`), /cannot fetch '.*': .*ECONNREFUSED/);
});

test('classes whose score would be printed as 0.000 are left out of the table, not of the JSON', async () => {
  const g = new GraphBuilder();
  const input = g.input('float32', [1, 4]);
  const [out] = g.node('SOFTMAX', { beta: 1 }, [input], { dtype: 'float32', shape: [1, 4] });
  const [scores] = g.node('RESHAPE', { newShape: [1, 1, 1, 4] }, [out, g.constant('int32', [4], [1, 1, 1, 4])], {
    dtype: 'float32',
    shape: [1, 1, 1, 4],
  });
  writeFileSync(at('softmax.tflite'), writeModel(g.outputs(scores)));
  writeFileSync(at('logits.bin'), new Uint8Array(Float32Array.of(0, 20, 19, 5).buffer));
  const { out: text, err } = await zeropoint(['run', at('softmax.tflite'), at('logits.bin')]);
  assert.match(text, /class 1 +1 +0\.731/, err);
  assert.match(text, /class 2 +2 +0\.269/);
  assert.not.match(text, /class [03]/);
  const json = JSON.parse((await zeropoint(['run', at('softmax.tflite'), at('logits.bin'), '--json'])).out);
  assert.is(json[0].outputs[0].classes.length, 4);
});

test('a segmentation: shares of the classes, and a picture of the mask', async () => {
  const args = ['run', at('masks.tflite'), at('halves.png'), '-p', 'raw', '--labels', at('names.txt')];
  const { code, out, err } = await zeropoint([...args, '--draw', at('mask.png')]);
  assert.is(code, 0, err);
  assert.match(out, /^figure +1 +50\.0 % +█{10}$/m);
  const { data, info } = await sharp(readFileSync(at('mask.png')))
    .raw()
    .toBuffer({ resolveWithObject: true });
  assert.equal([info.width, info.height, info.channels], [16, 16, 3]);
  const pixel = (x: number, y: number) => [...data.subarray(3 * (16 * y + x), 3 * (16 * y + x) + 3)];
  assert.equal(pixel(2, 15), [10, 10, 10], 'class 0 is left as it is');
  const [red, green, blue] = pixel(14, 15);
  assert.ok(new Set([red, green, blue]).size > 1 && red !== 250, 'class 1 has a colour');
});

test('an end-to-end YOLO head: objects from the score on, in shares of the picture, framed in it', async () => {
  const args = ['run', at('boxes.tflite'), at('pictures/a.png'), '--labels', at('names.txt')];
  const { code, out, err } = await zeropoint([...args, '--draw', at('found.png')]);
  assert.is(code, 0, err);
  assert.match(out, /as such networks take it/);
  // The picture of 40x30 lies in rows 8 to 56 of the input: y of 32 is (32 - 8) / 48.
  assert.match(out, /^figure +1 +0\.750 +25\.0 % +50\.0 % +75\.0 % +100\.0 %$/m);
  assert.not.match(out, /ground/);
  const all = await zeropoint([...args, '--score', '0.1', '--json']);
  assert.equal(
    JSON.parse(all.out)[0].detections.map(({ label }: { label: string }) => label),
    ['figure', 'ground'],
  );
  const { data } = await sharp(readFileSync(at('found.png')))
    .raw()
    .toBuffer({ resolveWithObject: true });
  const lit = (x: number, y: number) => data[3 * (40 * y + x) + 1] > 0 || data[3 * (40 * y + x) + 2] > 0;
  assert.equal([lit(10, 29), lit(29, 29), lit(20, 29), lit(35, 29)], [true, true, true, false]);
});

test('landmarks: in pixels of the picture, drawn on it', async () => {
  writeFileSync(at('landmarks.tflite'), writeModel(landmarks()));
  const args = ['run', at('landmarks.tflite'), at('pictures/a.png')];
  const { code, out, err } = await zeropoint([...args, '--draw', at('points.png')]);
  assert.is(code, 0, err);
  // The picture of 40x30 lies in rows 8 to 56 of the input, 1.6 times as large.
  assert.match(out, /^ +16 +10 +15 +-5$/m);
  assert.is(out.match(/^ +\d+ +\d+ +15 +-5$/gm)?.length, 21);
  const { data } = await sharp(readFileSync(at('points.png')))
    .raw()
    .toBuffer({ resolveWithObject: true });
  assert.ok(data[3 * (40 * 15 + 10) + 1] > 0 && data[3 * (40 * 25 + 10) + 1] === 0);
});

test('--draw: a folder for several pictures, standard output for one, nothing for tensors', async () => {
  const { code, err } = await zeropoint(['run', at('m.tflite'), at('pictures'), '--draw', at('drawn')]);
  assert.is(code, 0, err);
  assert.equal(readdirSync(at('drawn')).sort(), ['a.png.png', 'b.png.png', 'sub']);
  assert.match(await refused(at('m.tflite'), at('pictures'), '--draw', at('x.png')), /is one picture, and there are 3 runs; name a folder/);
  const piped = await zeropoint(['run', at('m.tflite'), at('pictures/a.png'), '--draw', '-']);
  assert.match(piped.out, /^\x89PNG/);
  assert.match(piped.err, /label +class +score/);
  const raw = await zeropoint(['run', at('m.tflite'), at('tensor.bin'), '--draw', at('none.png')]);
  assert.equal([raw.code, /--draw needs a picture/.test(raw.err)], [0, true]);
  assert.match(await refused(at('m.tflite'), at('pictures/a.png'), '--draw', at('empty')), /it is a folder; name a file/);
});

test('a float network that does not say how pictures become its input: the presets and what they are for', async () => {
  const message = await refused(at('masks.tflite'), at('halves.png'));
  assert.match(message, /does not say how pictures are normalized; give --preprocess unit \(0\.\.1, as YOLO/);
  for (const name of ['tf', 'inception', 'torchvision', 'caffe', 'raw']) assert.match(message, new RegExp(`${name} \\(`));
});

sharedTest(test, 'movenet finds a person: 17 key points in pixels, drawn with their bones', async () => {
  const model = sharedPath('models/movenet_single_pose_lightning_ptq.tflite');
  const { code, out, err } = await zeropoint(['run', model, sharedPath('images/photos/person.bmp'), '--draw', at('pose.png')]);
  assert.is(code, 0, err);
  assert.match(out, /^pose 1, 0\.5\d\d +x +y +score$/m);
  assert.match(out, /^left shoulder +67 +43 +0\.754 /m);
  assert.is(out.match(/^(left|right) /gm)?.length, 16);
  assert.is((await sharp(readFileSync(at('pose.png'))).metadata()).width, 96);
});

test.run();
