// Owns the tests of opening folders, tables and raw files: which samples, in which order, with which labels, and what is refused.
import { readFileSync, symlinkSync } from 'node:fs';
import sharp from 'sharp';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Preprocessing, preprocess, presets } from '../../../src/image';
import { type DatasetOptions, openDataset } from '../../../tools/dataset/open';
import { readFolder } from '../../../tools/files';
import { decodeImage } from '../../../tools/images/decode';
import { collect, inputValue } from '../../support/datasets';
import { refuses } from '../../support/errors';
import { temporaryFolder } from '../../support/folder';
import { npy } from '../../support/npy';
import { sharedPath, sharedTest } from '../../support/shared';

const folder = temporaryFolder();
test.after(folder.remove);

const input = inputValue([1, 8, 8, 3]);
const open = (path: string, options: Partial<DatasetOptions> = {}) =>
  openDataset(path, { inputs: [input], preprocessing: presets.raw, ...options });

/** A picture of 20x12 that differs by `seed`. */
const picture = (seed: number, channels: 1 | 3 | 4 = 3) =>
  sharp(
    Uint8Array.from({ length: 20 * 12 * channels }, (_, i) => (i * (seed + 3)) % 256),
    { raw: { width: 20, height: 12, channels } },
  );

const png = (seed: number) => picture(seed).png().toBuffer();

async function expected(path: string, how: Preprocessing): Promise<number[]> {
  const elements = new Float32Array(8 * 8 * 3);
  preprocess(await decodeImage(readFileSync(path), path), how, input, elements);
  return Array.from(elements);
}

test.before(async () => {
  const kinds = {
    'kinds/grey.png': picture(1, 1).toColourspace('b-w').png(),
    'kinds/alpha.png': picture(2, 4).png(),
    'kinds/cmyk.jpg': picture(3).toColourspace('cmyk').jpeg(),
    'kinds/sub/turned.JPEG': picture(4).withMetadata({ orientation: 6 }).jpeg(),
    'kinds/sub/deep/web.webp': picture(5).webp({ lossless: true }),
  };
  for (const [name, file] of Object.entries(kinds)) folder.write(name, await file.toBuffer());
  for (const name of ['kinds/notes.txt', 'kinds/.hidden.png', 'kinds/.git/a.png']) folder.write(name, 'nothing');
  for (let i = 0; i < 30; i++) folder.write(`many/${String(i).padStart(2, '0')}.png`, await png(i));
  for (const name of ['dog/a.png', 'dog/b.png', 'cat/sub/a.png', 'ox/a.png']) folder.write(`classes/${name}`, await png(1));
  for (const name of ['10/a.png', '2/a.png']) folder.write(`numbers/${name}`, await png(1));
});

for (const how of ['raw', 'inception'] as const) {
  test(`a folder with grey, transparent, CMYK, turned and nested pictures, ${how}: all of them, sorted, as the image entry makes them`, async () => {
    const dataset = await open(folder.at('kinds'), { preprocessing: presets[how] });
    const samples = await collect(dataset);
    const names = ['alpha.png', 'cmyk.jpg', 'grey.png', 'sub/deep/web.webp', 'sub/turned.JPEG'];
    assert.equal(
      samples.map(({ name }) => name),
      names,
    );
    for (const { name, inputs, picture: path, label } of samples) {
      assert.equal([path, label], [folder.at('kinds', name), undefined]);
      assert.equal(inputs, [await expected(path!, presets[how])], name);
    }
    assert.equal([dataset.size, dataset.classes, dataset.classNames], [5, 0, undefined]);
  });
}

test('a quantized input of one channel gets codes', async () => {
  const grey = { ...inputValue([1, 4, 4, 1], 'int8'), quantization: { scale: [1], zeroPoint: [-128], axis: 0 } };
  const [{ inputs }] = await collect(await open(folder.at('kinds'), { inputs: [grey] }));
  const codes = new Int8Array(16);
  preprocess(
    await decodeImage(readFileSync(folder.at('kinds/alpha.png')), 'a'),
    presets.raw,
    { ...grey, scale: 1, zeroPoint: -128 },
    codes,
  );
  assert.equal(inputs, [Array.from(codes)]);
});

test('class folders are numbered by name; folders named by numbers keep them', async () => {
  const named = await open(folder.at('classes'));
  assert.equal(
    (await collect(named)).map(({ name, label }) => [name, label]),
    [
      ['cat/sub/a.png', 0],
      ['dog/a.png', 1],
      ['dog/b.png', 1],
      ['ox/a.png', 2],
    ],
  );
  assert.equal([named.classes, named.classNames], [3, ['cat', 'dog', 'ox']]);
  const numbered = await open(folder.at('numbers'));
  assert.equal(
    (await collect(numbered)).map(({ label }) => label),
    [10, 2],
  );
  assert.equal([numbered.classes, numbered.classNames], [11, undefined]);
  assert.equal((await collect(await open(folder.at('classes'), { labelOffset: 1, limit: 1 })))[0].label! >= 1, true);
});

test('class folders may be links; one that leads back up is left out', async () => {
  folder.write('linked/owl/a.png', await png(2));
  symlinkSync(folder.at('classes/dog'), folder.at('linked/dog'));
  symlinkSync(folder.at('classes/ox/a.png'), folder.at('linked/owl/b.png'));
  symlinkSync(folder.at('linked'), folder.at('linked/owl/again'));
  assert.equal(
    (await collect(await open(folder.at('linked')))).map(({ name, label }) => [name, label]),
    [
      ['dog/a.png', 0],
      ['dog/b.png', 0],
      ['owl/a.png', 1],
      ['owl/b.png', 1],
    ],
  );
  await refuses(() => readFolder(folder.at('linked/none')), 'bad-argument', /cannot read '.*none': there is no such file/);
});

test('preprocessing that does not fit the input is refused at once, not picture by picture', async () => {
  await refuses(() => open(folder.at('kinds'), { preprocessing: { mean: [1, 2] } }), 'bad-argument', /^preprocessing\.mean has 2 entries/);
  await refuses(() => open(folder.at('kinds'), { preprocessing: { resize: { shortSide: 7 } } }), 'bad-argument', /^resized to 7x7/);
  assert.is((await open(folder.at('kinds'), { preprocessing: { resize: { shortSide: 8 }, crop: 0.1 } })).size, 5);
  const planar = inputValue([1, 3, 8, 8]);
  await refuses(() => open(folder.at('kinds'), { inputs: [planar] }), 'bad-shape', /no picture of \[1, height, width, 1 or 3\]/);
  const [{ inputs }] = await collect(await open(folder.at('kinds'), { inputs: [planar], preprocessing: { layout: 'nchw' }, limit: 1 }));
  const [{ inputs: interleaved }] = await collect(await open(folder.at('kinds'), { limit: 1 }));
  assert.equal(
    inputs[0],
    Array.from({ length: 192 }, (_, i) => interleaved[0][(i % 64) * 3 + Math.floor(i / 64)]),
  );
});

test('labels come from the option, else from labels.csv; files that the table lacks have none', async () => {
  folder.write('tabled/a.png', await png(1));
  folder.write('tabled/b.png', await png(2));
  folder.write('tabled/labels.csv', 'file,class_index\nb.png,998\n');
  const labels = async (options: Partial<DatasetOptions> = {}) => {
    const dataset = await open(folder.at('tabled'), options);
    return [dataset.classes, ...(await collect(dataset)).map(({ label }) => label)];
  };
  assert.equal(await labels(), [999, undefined, 998]);
  assert.equal(await labels({ labels: folder.write('other.csv', 'somewhere/else/a.png,1\nb.png,2\n') }), [3, 1, 2]);
  await refuses(
    () => labels({ labels: folder.write('foreign.csv', 'q.png,1\n') }),
    'bad-argument',
    /labels none of the 2 samples, as 'a\.png'/,
  );
});

test('a table as dataset: its files in its order, from its folder, missing ones counted', async () => {
  const path = folder.write('many/list.csv', 'file,label\n07.png,1\nnone.png,0\n03.png,4\n');
  const dataset = await open(path, { maxCorruptShare: 0.5 });
  assert.equal(
    (await collect(dataset)).map(({ name, label, index }) => [name, label, index]),
    [
      ['07.png', 1, 0],
      ['03.png', 4, 2],
    ],
  );
  assert.equal(
    dataset.skipped.map(({ name }) => name),
    ['none.png'],
  );
  assert.match(dataset.skipped[0].reason, /there is no such file/);
  await refuses(
    () => open(folder.write('many/odd.csv', 'file,label\na.txt,1\n')),
    'bad-argument',
    /odd\.csv: 'a\.txt' is neither a picture/,
  );
});

test('limit takes a seeded subset in order; shards part it, and their hashes add up', async () => {
  const names = async (options: Partial<DatasetOptions>) => (await collect(await open(folder.at('many'), options))).map(({ name }) => name);
  const ten = await names({ limit: 10, seed: 4 });
  assert.equal(ten, [...ten].sort());
  assert.is(new Set(ten).size, 10);
  assert.equal(await names({ limit: 10, seed: 4 }), ten);
  assert.not.equal(await names({ limit: 10, seed: 5 }), ten);
  const shards = [0, 1, 2].map((index) => ({ limit: 10, seed: 4, shard: { index, count: 3 } }));
  assert.equal(
    await Promise.all(shards.map(names)),
    [0, 1, 2].map((index) => ten.filter((_, i) => i % 3 === index)),
  );
  const hashOf = async (options: Partial<DatasetOptions>) => (await open(folder.at('many'), options)).hash();
  const parts = await Promise.all(shards.map(hashOf));
  const sum = parts.reduce((total, part) => (total + BigInt(`0x${part}`)) % (1n << 256n), 0n);
  assert.is(sum.toString(16).padStart(64, '0'), await hashOf({ limit: 10, seed: 4 }));
  await refuses(() => names({ limit: 2, shard: { index: 2, count: 3 } }), 'bad-argument', /shard 3\/3 of 2 samples/);
});

test('the hash depends on names, contents and order, not on the place', async () => {
  const hashOf = async (name: string, files: Record<string, string>) => {
    for (const [file, text] of Object.entries(files)) folder.write(`${name}/${file}`, text);
    return (await open(folder.at(name))).hash();
  };
  const hash = await hashOf('h1', { 'a.png': 'x', 'b.png': 'y' });
  assert.match(hash, /^[0-9a-f]{64}$/);
  assert.is(await hashOf('h2', { 'a.png': 'x', 'b.png': 'y' }), hash);
  assert.is.not(await hashOf('h3', { 'a.png': 'y', 'b.png': 'x' }), hash);
  assert.is.not(await hashOf('h4', { 'a.png': 'x', 'c.png': 'y' }), hash);
  const ofTable = async (lines: string) => (await open(folder.write('h1/list.csv', lines))).hash();
  assert.is(await ofTable('a.png\nb.png\n'), hash);
  assert.is.not(await ofTable('b.png\na.png\n'), hash);
});

test('.bin files hold all inputs one after the other, one sample per file or many in one file', async () => {
  const inputs = [inputValue([1, 2]), inputValue([1, 3], 'int8', 'y')];
  const sample = (k: number) => Uint8Array.from([...new Uint8Array(Float32Array.of(k, -k).buffer), k, k + 1, 256 - k]);
  const contents = (samples: { inputs: number[][] }[]) => samples.map((one) => one.inputs);
  const both = [
    [
      [1, -1],
      [1, 2, -1],
    ],
    [
      [2, -2],
      [2, 3, -2],
    ],
  ];
  folder.write('raw/1.bin', sample(1));
  folder.write('raw/2.bin', sample(2));
  assert.equal(contents(await collect(await openDataset(folder.at('raw'), { inputs }))), both);
  const joined = folder.write('joined.bin', Uint8Array.from([...sample(1), ...sample(2)]));
  assert.equal(contents(await collect(await openDataset(joined, { inputs }))), both);
  await refuses(
    () => openDataset(folder.write('odd.bin', new Uint8Array(12)), { inputs }),
    'bad-data',
    /has 12 bytes, which is no multiple of the 11/,
  );
  folder.write('raw/3.bin', new Uint8Array(10));
  const dataset = await openDataset(folder.at('raw'), { inputs, maxCorruptShare: 0.4 });
  assert.equal(contents(await collect(dataset)), both);
  assert.equal(dataset.skipped, [{ name: '3.bin', reason: "has 10 bytes, but the model's inputs take 11", index: 2 }]);
});

test('a folder of .npy files: one sample each, labelled by folder', async () => {
  folder.write('words/no/1.npy', npy('<f4', [2, 2], Float32Array.of(1, 2, 3, 4)));
  folder.write('words/yes/1.npy', npy('<f4', [1, 2, 2], Float32Array.of(5, 6, 7, 8)));
  const samples = await collect(await openDataset(folder.at('words'), { inputs: [inputValue([1, 2, 2, 1])] }));
  assert.equal(
    samples.map(({ inputs, label }) => [inputs[0], label]),
    [
      [[1, 2, 3, 4], 0],
      [[5, 6, 7, 8], 1],
    ],
  );
});

test('what cannot be a dataset of this model is refused before anything is decoded', async () => {
  folder.write('empty/readme.txt', 'no pictures');
  await refuses(() => open(folder.at('none')), 'bad-argument', /there is no file or folder/);
  await refuses(() => open(folder.at('empty')), 'bad-argument', /holds no pictures, \.bin or \.npy files/);
  await refuses(() => open(folder.at('kinds/grey.png')), 'bad-argument', /is no dataset.*put pictures into a folder/);
  await refuses(() => open(folder.at('kinds'), { preprocessing: undefined }), 'bad-argument', /give --preprocess unit \(0\.\.1/);
  await refuses(() => open(folder.at('kinds'), { inputs: [inputValue([1, 49, 10])] }), 'bad-shape', /is \[1,49,10\], no picture/);
  await refuses(() => open(folder.at('kinds'), { inputs: [input, input] }), 'bad-argument', /takes 2 inputs, and a picture is one/);
  await refuses(() => open(folder.at('kinds'), { limit: 0 }), 'bad-argument', /limit is 0/);
  await refuses(() => open(folder.at('kinds'), { seed: 0.5 }), 'bad-argument', /seed is 0\.5/);
  await refuses(() => open(folder.at('kinds'), { maxCorruptShare: 2 }), 'bad-argument', /maxCorruptShare is 2/);
});

sharedTest(test, 'images/imagenet: 500 pictures, even labels 0 to 998; cifar10: ten classes by folder; vww by table', async () => {
  const imagenet = await open(sharedPath('images/imagenet'), { limit: 20 });
  assert.equal([imagenet.size, imagenet.classes], [20, 999]);
  const samples = await collect(imagenet);
  assert.ok(samples.length === 20 && samples.every(({ label }) => label! % 2 === 0));
  const cifar = await open(sharedPath('images/cifar10'));
  assert.equal([cifar.classes, cifar.classNames?.[3]], [10, 'cat']);
  assert.is((await open(sharedPath('images/vww'))).classes, 2);
});

test.run();
