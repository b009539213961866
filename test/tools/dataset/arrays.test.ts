// Owns the tests of .npy and .npz datasets: element types, shapes, labels, names of inputs, damaged files.
import { readFileSync } from 'node:fs';
import { zipSync } from 'fflate';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { preprocess, presets } from '../../../src/image';
import { openDataset } from '../../../tools/dataset/open';
import { collect, inputValue } from '../../support/datasets';
import { refuses } from '../../support/errors';
import { temporaryFolder } from '../../support/folder';
import { npy } from '../../support/npy';

const folder = temporaryFolder();
test.after(folder.remove);

/** Two samples of three numbers in every element type; 64-bit and big-endian ones through DataView. */
const elements: [string, ArrayBufferView, number[][]][] = [
  [
    '<f4',
    Float32Array.of(1.5, -2, 3, 4, 5, 6e10),
    [
      [1.5, -2, 3],
      [4, 5, Math.fround(6e10)],
    ],
  ],
  [
    '<f8',
    Float64Array.of(1.5, -2, 3, 4, 5, 0.1),
    [
      [1.5, -2, 3],
      [4, 5, Math.fround(0.1)],
    ],
  ],
  [
    '<f2',
    Uint16Array.of(0x3c00, 0xc000, 0x3800, 0, 0x7bff, 1),
    [
      [1, -2, 0.5],
      [0, 65504, 2 ** -24],
    ],
  ],
  [
    '|i1',
    Int8Array.of(1, -2, 3, 4, 5, -128),
    [
      [1, -2, 3],
      [4, 5, -128],
    ],
  ],
  [
    '|u1',
    Uint8Array.of(1, 2, 3, 4, 5, 255),
    [
      [1, 2, 3],
      [4, 5, 255],
    ],
  ],
  [
    '|b1',
    Uint8Array.of(1, 0, 1, 0, 0, 1),
    [
      [1, 0, 1],
      [0, 0, 1],
    ],
  ],
  [
    '<i2',
    Int16Array.of(1, -2, 3, 4, 5, 300),
    [
      [1, -2, 3],
      [4, 5, 300],
    ],
  ],
  [
    '>u2',
    Uint8Array.of(0, 1, 1, 0, 0, 3, 0, 4, 0, 5, 255, 255),
    [
      [1, 256, 3],
      [4, 5, 65535],
    ],
  ],
  [
    '<i4',
    Int32Array.of(1, -2, 3, 4, 5, 1 << 20),
    [
      [1, -2, 3],
      [4, 5, 1 << 20],
    ],
  ],
  [
    '<i8',
    BigInt64Array.of(1n, -2n, 3n, 4n, 5n, 6n),
    [
      [1, -2, 3],
      [4, 5, 6],
    ],
  ],
];

for (const [descr, data, expected] of elements) {
  test(`.npy of [2, 3] ${descr} gives two float samples of three`, async () => {
    const dataset = await openDataset(folder.write('a.npy', npy(descr, [2, 3], data)), { inputs: [inputValue([1, 3])] });
    const samples = await collect(dataset);
    assert.equal(
      samples.map(({ inputs }) => inputs),
      expected.map((sample) => [sample]),
    );
    assert.equal(
      samples.map(({ name, index, label }) => [name, index, label]),
      [
        ['array#0', 0, undefined],
        ['array#1', 1, undefined],
      ],
    );
    assert.equal([dataset.size, dataset.classes, dataset.skipped], [2, 0, []]);
  });
}

test('integer inputs take integers that fit, and no others', async () => {
  const open = (descr: string, data: ArrayBufferView, dtype: 'int8' | 'uint8' | 'int32' | 'int64') =>
    openDataset(folder.write('i.npy', npy(descr, [1, 2], data)), { inputs: [inputValue([1, 2], dtype)], maxCorruptShare: 0 });
  assert.equal((await collect(await open('<i8', BigInt64Array.of(-128n, 127n), 'int8')))[0].inputs, [[-128, 127]]);
  for await (const { inputs } of await open('|u1', Uint8Array.of(1, 255), 'int64')) assert.equal(inputs, [BigInt64Array.of(1n, 255n)]);
  await refuses(async () => collect(await open('|u1', Uint8Array.of(1, 128), 'int8')), 'bad-data', /holds 128 at 1, which is no int8/);
  await refuses(async () => collect(await open('<f4', Float32Array.of(0.5, 1), 'uint8')), 'bad-data', /holds 0\.5 at 0, which is no uint8/);
  await refuses(async () => collect(await open('<f4', Float32Array.of(0.5, 1), 'int64')), 'bad-data', /no int64/);
});

test('arrays that lack half of what they announce, or hold nothing, are refused at once', async () => {
  const open = (shape: number[], how?: { mean: number }) =>
    openDataset(folder.write('h.npy', npy('|u1', shape, new Uint8Array(12))), { inputs: [inputValue([1, 2, 2, 1])], preprocessing: how });
  await refuses(() => open([99_999_999_999, 2, 2]), 'bad-data', /\[99999999999,2,2\] takes 400000000124 bytes, 140 are there/);
  await refuses(() => open([0, 2, 2]), 'bad-data', /is \[0,2,2\] and holds no samples/);
  await refuses(() => open([99_999_999_999, 0, 5, 3], { mean: 1 }), 'bad-data', /holds no samples/);
  assert.is((await open([9, 2, 2])).size, 9);
});

test('an array of bytes that has the shape of the input but is no picture is taken as numbers', async () => {
  const path = folder.write(
    'planar.npy',
    npy(
      '|u1',
      [1, 3, 2, 2],
      Uint8Array.from({ length: 12 }, (_, i) => i),
    ),
  );
  const [{ inputs }] = await collect(await openDataset(path, { inputs: [inputValue([1, 3, 2, 2])], preprocessing: { layout: 'nchw' } }));
  assert.equal(
    inputs[0],
    Array.from({ length: 12 }, (_, i) => i),
  );
});

test('dimensions of 1 do not matter; one sample may come without a first dimension', async () => {
  const data = Float32Array.from({ length: 12 }, (_, i) => i);
  for (const [shape, size] of [
    [[3, 2, 2], 3],
    [[3, 2, 2, 1], 3],
    [[3, 1, 2, 2], 3],
    [[2, 2], 1],
    [[1, 2, 2, 1], 1],
  ] as const) {
    const dataset = await openDataset(folder.write('d.npy', npy('<f4', shape, data)), { inputs: [inputValue([1, 2, 2, 1])] });
    assert.is(dataset.size, size, `${shape}`);
    assert.equal((await collect(dataset))[0].inputs, [[0, 1, 2, 3]], `${shape}`);
  }
});

test('other shapes are refused', async () => {
  const open = (shape: number[]) =>
    openDataset(folder.write('s.npy', npy('<f4', shape, new Float32Array(96))), { inputs: [inputValue([1, 4, 4, 3])] });
  await refuses(() => open([2, 4, 3, 4]), 'bad-shape', /is \[2,4,3,4\], but samples for input 'x' are \[4,4,3\]/);
  await refuses(() => open([2, 48]), 'bad-shape', /is \[2,48\]/);
});

test('images with channels first, as ONNX networks have them, are turned', async () => {
  const input = inputValue([1, 2, 3, 2]);
  const data = Float32Array.from({ length: 24 }, (_, i) => i);
  const turned = (first: number) => Array.from({ length: 6 }, (_, pixel) => [first + pixel, first + 6 + pixel]).flat();
  const several = await openDataset(folder.write('c.npy', npy('<f4', [2, 2, 2, 3], data)), { inputs: [input] });
  assert.equal(
    (await collect(several)).map(({ inputs }) => inputs[0]),
    [turned(0), turned(12)],
  );
  for (const shape of [
    [1, 2, 2, 3],
    [2, 2, 3],
  ]) {
    const one = await openDataset(folder.write('o.npy', npy('<f4', shape, data.subarray(0, 12))), { inputs: [input] });
    assert.equal((await collect(one))[0].inputs, [turned(0)], `${shape}`);
  }
});

test('images that fit with channels last stay as they are, and rows of them that fit no other way', async () => {
  const data = Float32Array.from({ length: 27 }, (_, i) => i);
  const dataset = await openDataset(folder.write('l.npy', npy('<f4', [1, 3, 3, 3], data)), { inputs: [inputValue([1, 3, 3, 3])] });
  assert.equal((await collect(dataset))[0].inputs, [Array.from(data)]);
});

test('pictures of bytes in any size go through preprocessing, where there is one', async () => {
  const pixels = Uint8Array.from({ length: 2 * 6 * 5 * 3 }, (_, i) => (i * 37) % 256);
  const path = folder.write('p.npy', npy('|u1', [2, 6, 5, 3], pixels));
  const input = inputValue([1, 4, 4, 3]);
  const samples = await collect(await openDataset(path, { inputs: [input], preprocessing: presets.inception }));
  const expected = new Float32Array(48);
  preprocess({ data: pixels.subarray(90), width: 5, height: 6, channels: 3 }, presets.inception, input, expected);
  assert.equal(samples[1].inputs, [Array.from(expected)]);
  await refuses(() => openDataset(path, { inputs: [input] }), 'bad-shape', /is \[2,6,5,3\]/);
});

test(".npz: arrays by the inputs' names whatever their order, labels in y", async () => {
  const archive = zipSync({
    'b.npy': npy('<f4', [2, 1], Float32Array.of(10, 20)),
    'y.npy': npy('<i8', [2], BigInt64Array.of(3n, 1n)),
    'a.npy': npy('<f4', [2, 2], Float32Array.of(1, 2, 3, 4)),
  });
  const inputs = [inputValue([1, 2], 'float32', 'a'), inputValue([1, 1], 'float32', 'b')];
  const dataset = await openDataset(folder.write('two.npz', archive), { inputs });
  const samples = await collect(dataset);
  assert.equal(
    samples.map((sample) => [sample.inputs, sample.label]),
    [
      [[[1, 2], [10]], 3],
      [[[3, 4], [20]], 1],
    ],
  );
  assert.is(dataset.classes, 4);
});

test('.npz: without names arrays go in order; a number of arrays that does not fit is refused by names', async () => {
  const x = npy('<f4', [2, 2], Float32Array.of(1, 2, 3, 4));
  const path = folder.write('one.npz', zipSync({ 'anything.npy': x, 'labels.npy': npy('|u1', [2, 1], Uint8Array.of(0, 1)) }, { level: 0 }));
  const samples = await collect(await openDataset(path, { inputs: [inputValue([1, 2])] }));
  assert.equal(
    samples.map(({ inputs, label }) => [inputs[0], label]),
    [
      [[1, 2], 0],
      [[3, 4], 1],
    ],
  );
  const two = folder.write('two-of-one.npz', zipSync({ 'p.npy': x, 'q.npy': x }));
  await refuses(
    () => openDataset(two, { inputs: [inputValue([1, 2])] }),
    'bad-argument',
    /holds 2 arrays \('p', 'q'\) for 1 inputs; name them 'x'/,
  );
  const uneven = zipSync({ 'a.npy': x, 'b.npy': npy('<f4', [3, 2], new Float32Array(6)) });
  const inputs = [inputValue([1, 2], 'float32', 'a'), inputValue([1, 2], 'float32', 'b')];
  await refuses(() => openDataset(folder.write('u.npz', uneven), { inputs }), 'bad-shape', /different numbers of samples: a 2, b 3/);
});

test('labels of arrays: a .npy, or the last column of a table, as many as samples', async () => {
  const path = folder.write('x.npy', npy('<f4', [2, 2], Float32Array.of(1, 2, 3, 4)));
  const inputs = [inputValue([1, 2])];
  const labelled = async (labels: string) => (await collect(await openDataset(path, { inputs, labels }))).map(({ label }) => label);
  assert.equal(await labelled(folder.write('y.npy', npy('<i4', [2], Int32Array.of(5, 6)))), [5, 6]);
  assert.equal(await labelled(folder.write('y.csv', 'file,label\na,7\nb,8\n')), [7, 8]);
  await refuses(
    () => labelled(folder.write('y3.npy', npy('<i4', [3], Int32Array.of(5, 6, 7)))),
    'bad-shape',
    /there are 3 labels for 2 samples/,
  );
  await refuses(() => labelled(folder.write('yf.npy', npy('<f4', [2], Float32Array.of(0.5, 1)))), 'bad-data', /whole numbers from 0/);
});

test('damaged arrays and archives are refused by name', async () => {
  const inputs = [inputValue([1, 3])];
  const open = (name: string, bytes: Uint8Array) => openDataset(folder.write(name, bytes), { inputs });
  const good = npy('<f4', [2, 3], new Float32Array(6));
  await refuses(() => open('e.npy', new Uint8Array(0)), 'bad-data', /e\.npy: is no NumPy array/);
  await refuses(() => open('h.npy', good.subarray(0, 40)), 'bad-data', /h\.npy: announces a header of 128 bytes; the file is damaged/);
  await refuses(() => open('c.npy', npy('<c8', [2, 3], new Float32Array(12))), 'bad-data', /'<c8'/);
  await refuses(() => open('f.npy', npy('<f4', [2, 3], new Float32Array(6), 'True')), 'bad-data', /Fortran order/);
  await refuses(() => open('z.npz', good), 'bad-data', /z\.npz: is no readable archive/);
  await refuses(
    async () => collect(await open('cut.npy', good.subarray(0, 145))),
    'bad-data',
    /the first, array#1: is cut short: 5 of 12 bytes/,
  );
});

test('a .npy is read sample by sample: 64 MB of it take less than 8 MB', async () => {
  const path = folder.write('big.npy', npy('<f4', [16384, 1024], new Float32Array(2 ** 24)));
  const dataset = await openDataset(path, { inputs: [inputValue([1, 1024])] });
  assert.is(readFileSync(path).length, 128 + 2 ** 26);
  globalThis.gc?.();
  const before = process.memoryUsage().arrayBuffers;
  let most = 0;
  let count = 0;
  for await (const { index } of dataset.from(16000)) {
    most = Math.max(most, process.memoryUsage().arrayBuffers);
    count++;
    assert.ok(index >= 16000);
  }
  assert.is(count, 384);
  assert.ok(most - before < 8e6, `${most - before} bytes`);
});

test.run();
