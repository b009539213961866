// Owns the tests of walking over a dataset: corrupt samples, reading ahead, buffers, starting in the middle, leaving early.
import { writeFileSync } from 'node:fs';
import { zipSync } from 'fflate';
import sharp from 'sharp';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { presets } from '../../../src/image';
import type { TensorData } from '../../../src/tflite';
import { openDataset } from '../../../tools/dataset/open';
import { collect, inputValue } from '../../support/datasets';
import { refuses } from '../../support/errors';
import { temporaryFolder } from '../../support/folder';
import { npy } from '../../support/npy';
import { sharedPath, sharedTest } from '../../support/shared';

const folder = temporaryFolder();
test.after(folder.remove);

const inputs = [inputValue([1, 4, 4, 3])];
const open = (name: string, maxCorruptShare?: number) =>
  openDataset(folder.at(name), { inputs, preprocessing: presets.raw, maxCorruptShare });
const number = (i: number) => String(i).padStart(2, '0');

/** 40 pictures of one brightness each; those at `corrupt` are cut in half. */
async function writePictures(name: string, corrupt: readonly number[]): Promise<void> {
  for (let i = 0; i < 40; i++) {
    const file = await sharp({ create: { width: 64, height: 64, channels: 3, background: { r: i, g: i, b: i } } })
      .png()
      .toBuffer();
    folder.write(`${name}/${number(i)}.png`, corrupt.includes(i) ? file.subarray(0, file.length / 2) : file);
  }
}

test('corrupt pictures are left out and named, once however often the dataset is walked', async () => {
  await writePictures('two', [0, 17]);
  const dataset = await open('two');
  for (let walk = 0; walk < 2; walk++) {
    const samples = await collect(dataset);
    assert.is(samples.length, 38);
    for (const { inputs, index, name } of samples) assert.equal([inputs[0][0], name], [index, `${number(index)}.png`]);
    assert.equal(
      dataset.skipped.map(({ name }) => name),
      ['00.png', '17.png'],
    );
    assert.match(dataset.skipped[1].reason, /^this is not a readable/);
  }
});

test('more corrupt ones than the share are an error that names the first and counts', async () => {
  await writePictures('three', [5, 6, 39]);
  await refuses(
    async () => collect(await open('three')),
    'bad-data',
    /^3 of 40 samples cannot be used, more than 5 %; the first, 05\.png: this is not .*; also 06\.png, 39\.png$/,
  );
  assert.is((await collect(await open('three', 0.1))).length, 37);
  await refuses(async () => collect(await open('three', 0)), 'bad-data', /1 of 40 samples cannot be used, more than 0 %/);
});

test('an error names 20 corrupt samples besides the first, and counts the rest', async () => {
  const names = Array.from({ length: 30 }, (_, i) => `${number(i)}.bin`);
  for (const name of names) folder.write(`short/${name}`, 'short');
  const dataset = await openDataset(folder.at('short'), { inputs, maxCorruptShare: 0.75 });
  await refuses(
    () => collect(dataset),
    'bad-data',
    new RegExp(`^23 of 30 samples .*; also ${names.slice(1, 21).join(', ')}, 2 more$`.replaceAll('.bin', '\\.bin')),
  );
});

test('a dataset of which nothing can be read is an error, whatever the share below 1', async () => {
  folder.write('none/a.png', 'no picture');
  await refuses(async () => collect(await open('none', 0.99)), 'bad-data', /1 of 1 samples cannot be used/);
});

test('walks can begin in the middle, end early, and run side by side', async () => {
  await writePictures('many', []);
  const dataset = await open('many');
  assert.equal(
    (await collect(dataset.from(37))).map(({ index }) => index),
    [37, 38, 39],
  );
  assert.equal(await collect(dataset.from(40)), []);
  for await (const { index } of dataset) if (index === 3) break;
  const [a, b] = await Promise.all([collect(dataset), collect(dataset.from(20))]);
  assert.equal(a.slice(20), b);
  assert.equal(
    a.map(({ inputs }) => inputs[0][5]),
    Array.from({ length: 40 }, (_, i) => i),
  );
});

test('a sample stays as it is while the next ones are prepared; all walk through the same three buffers', async () => {
  const buffers = new Set<TensorData>();
  for await (const { inputs, index } of await open('many')) {
    buffers.add(inputs[0]);
    await new Promise((resolve) => setTimeout(resolve, 5));
    assert.is(inputs[0][0], index);
  }
  assert.is(buffers.size, 3);
});

test('samples that are in memory let signals and timers through', async () => {
  const path = folder.write('memory.npz', zipSync({ 'x.npy': npy('<f4', [9, 4, 4, 3], new Float32Array(9 * 48)) }));
  const dataset = await openDataset(path, { inputs });
  // Immediates run once per turn of the event loop, as signals and timers that are due do.
  let turns = 0;
  let immediate = setImmediate(function again() {
    turns++;
    immediate = setImmediate(again);
  });
  try {
    for await (const { index } of dataset) assert.ok(turns >= index, `${turns} turns before sample ${index}`);
  } finally {
    clearImmediate(immediate);
  }
});

test('hashing tells its progress and can be interrupted; afterwards it can be asked for again', async () => {
  const dataset = await open('many');
  const controller = new AbortController();
  const told: [number, number][] = [];
  const onProgress = (done: number, total: number) => {
    told.push([done, total]);
    if (done === 2) controller.abort();
  };
  try {
    await dataset.hash({ onProgress, signal: controller.signal });
    assert.unreachable('the hash was finished');
  } catch (error) {
    assert.is((error as Error).name, 'AbortError');
  }
  assert.equal(told, [
    [1, 40],
    [2, 40],
  ]);
  assert.is(await dataset.hash(), await (await open('many')).hash());
});

test('errors that are not of the data are not skipped', async () => {
  const dataset = await open('many');
  const preprocessing = {
    get crop(): number {
      throw new TypeError('a bug');
    },
  };
  Object.assign((dataset as unknown as { options: object }).options, { preprocessing });
  try {
    await collect(dataset);
  } catch (error) {
    assert.instance(error, TypeError);
    return;
  }
  assert.unreachable('the walk went on');
});

test('a file that vanishes after opening is one more that cannot be used', async () => {
  const path = folder.write('vanish/list.csv', 'a.bin\nb.bin\n');
  writeFileSync(folder.at('vanish/a.bin'), new Uint8Array(4 * 48));
  const dataset = await openDataset(path, { inputs, maxCorruptShare: 0.5 });
  assert.is((await collect(dataset)).length, 1);
  assert.match(await dataset.hash(), /^[0-9a-f]{64}$/);
});

sharedTest(test, '60 pictures of images/imagenet at 224x224: array buffers stay below 100 MB', async () => {
  const dataset = await openDataset(sharedPath('images/imagenet'), {
    inputs: [inputValue([1, 224, 224, 3])],
    preprocessing: presets.inception,
    limit: 60,
  });
  let most = 0;
  let count = 0;
  for await (const { inputs } of dataset) {
    most = Math.max(most, process.memoryUsage().arrayBuffers);
    count += inputs.length;
  }
  assert.is(count, 60);
  assert.ok(most < 1e8, `${most} bytes`);
});

test.run();
