// Owns the tests of src/image.ts and src/pixels/: resizing against Pillow and a slow formula, cropping, normalizing, quantizing, refusals.
import { runInNewContext } from 'node:vm';
import { crc32 } from 'node:zlib';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ModelError } from '../src/errors';
import type { DType } from '../src/graph/graph';
import { type ImageInput, type Pixels, type Preprocessing, parsePreprocessing, preprocess, presets } from '../src/image';
import { Random } from './support/random';

/** A reproducible picture; the same generator fed Pillow when the checksums below were made. */
function picture(width: number, height: number, channels: 1 | 3 | 4): Pixels {
  const data = new Uint8Array(width * height * channels);
  let state = width * 31 + height * 7 + channels;
  for (let i = 0; i < data.length; i++) {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    data[i] = (state >> 16) & 255;
  }
  return { data, width, height, channels };
}

function toBytes(pixels: Pixels, how: Preprocessing, width: number, height: number, channels = pixels.channels === 1 ? 1 : 3): Uint8Array {
  const into = new Uint8Array(width * height * channels);
  preprocess(pixels, how, { shape: [1, height, width, channels], dtype: 'uint8' }, into);
  return into;
}

function refusal(body: () => void): ModelError {
  try {
    body();
  } catch (error) {
    assert.instance(error, ModelError);
    return error as ModelError;
  }
  throw new Error('nothing was refused');
}

// [width, height, channels, new width, new height, CRC-32 of Pillow 12.3's Image.resize((w, h), BILINEAR).tobytes()]
const pillowStretch: [number, number, 1 | 3, number, number, number][] = [
  [37, 23, 3, 9, 8, 1379753649],
  [5, 7, 3, 17, 31, 4202969639],
  [64, 48, 1, 32, 32, 1936322972],
  [100, 75, 3, 96, 96, 949444024],
  [1, 1, 3, 4, 4, 3462403340],
  [640, 3, 1, 7, 9, 3414873507],
  [500, 375, 3, 224, 224, 1684845386],
  [8, 8, 3, 8, 8, 318472278],
];

for (const [width, height, channels, toWidth, toHeight, checksum] of pillowStretch) {
  test(`stretch ${width}x${height}x${channels} to ${toWidth}x${toHeight} has Pillow's bytes`, () => {
    assert.is(crc32(toBytes(picture(width, height, channels), presets.raw, toWidth, toHeight)), checksum);
  });
}

// The same after torchvision's Resize(shortSide) and CenterCrop([h, w]); 13.5 columns round to 14, 0.5 rows to 0.
for (const [width, height, shortSide, toWidth, toHeight, checksum] of [
  [101, 67, 40, 33, 32, 2808448928],
  [67, 101, 40, 32, 33, 3461304299],
  [300, 200, 16, 16, 15, 3125939988],
]) {
  test(`short side ${shortSide} of ${width}x${height}, centre ${toWidth}x${toHeight}, has torchvision's bytes`, () => {
    assert.is(crc32(toBytes(picture(width, height, 3), { resize: { shortSide } }, toWidth, toHeight)), checksum);
  });
}

test('crop 0.875 of 101x67 keeps columns 6..94 and rows 4..62 (Pillow checksum of that box resized to 32x24)', () => {
  assert.is(crc32(toBytes(picture(101, 67, 3), { crop: 0.875 }, 32, 24)), 501368170);
});

test('grey of 20x10 colours has the bytes of Pillow convert("L")', () => {
  assert.is(crc32(toBytes(picture(20, 10, 3), {}, 20, 10, 1)), 4113543249);
});

/** The triangle filter straight from its definition, in float64, both passes at once and without rounding between them. */
function slowResize({ data, width, height, channels }: Pixels, toWidth: number, toHeight: number): Float64Array {
  const weight = (source: number, count: number, target: number, at: number): number => {
    const reduction = Math.max(1, source / count);
    const distance = (x: number) => Math.max(0, 1 - Math.abs(x + 0.5 - ((target + 0.5) * source) / count) / reduction);
    let sum = 0;
    for (let x = 0; x < source; x++) sum += distance(x);
    return distance(at) / sum;
  };
  const out = new Float64Array(toWidth * toHeight * channels);
  for (let i = 0; i < out.length; i++) {
    const [c, x, y] = [i % channels, Math.floor(i / channels) % toWidth, Math.floor(i / channels / toWidth)];
    for (let row = 0; row < height; row++) {
      const rowWeight = weight(height, toHeight, y, row);
      if (rowWeight === 0) continue;
      for (let column = 0; column < width; column++) {
        out[i] += rowWeight * weight(width, toWidth, x, column) * data[(row * width + column) * channels + c];
      }
    }
  }
  return out;
}

test('random sizes stay within one level of the exact triangle filter, seed 7', () => {
  const random = new Random(7);
  for (let round = 0; round < 25; round++) {
    const [width, height, toWidth, toHeight] = [1, 2, 3, 4].map(() => random.integer(1, 14));
    const pixels = picture(width, height, 3);
    const expected = slowResize(pixels, toWidth, toHeight);
    toBytes(pixels, {}, toWidth, toHeight).forEach((value, i) => {
      assert.ok(
        Math.abs(value - expected[i]) <= 1.001,
        `${width}x${height} to ${toWidth}x${toHeight}, element ${i}: ${value}, ${expected[i]}`,
      );
    });
  }
});

test('a crop never sees pixels outside of it', () => {
  const pixels = picture(8, 8, 1);
  const inner = new Uint8Array(16);
  for (let i = 0; i < 16; i++) inner[i] = pixels.data[(2 + (i >> 2)) * 8 + 2 + (i & 3)];
  const expected = toBytes({ data: inner, width: 4, height: 4, channels: 1 }, {}, 7, 3);
  assert.equal(toBytes(pixels, { crop: 0.5 }, 7, 3), expected);
});

test('alpha is ignored, grey fills three channels, bgr swaps', () => {
  const rgba: Pixels = { data: Uint8Array.of(10, 20, 30, 0, 40, 50, 60, 255), width: 2, height: 1, channels: 4 };
  assert.equal(toBytes(rgba, {}, 2, 1, 3), Uint8Array.of(10, 20, 30, 40, 50, 60));
  assert.equal(toBytes(rgba, { colors: 'bgr' }, 2, 1, 3), Uint8Array.of(30, 20, 10, 60, 50, 40));
  const grey: Pixels = { data: Uint8ClampedArray.of(7, 9), width: 2, height: 1, channels: 1 };
  assert.equal(toBytes(grey, {}, 2, 1, 3), Uint8Array.of(7, 7, 7, 9, 9, 9));
});

test('layout nchw: one plane per colour, in the order of colors', () => {
  const pixels = picture(5, 4, 3);
  const interleaved = toBytes(pixels, { mean: [1, 2, 3], quantized: 'pixel' }, 3, 2);
  for (const [colors, order] of [
    ['rgb', [0, 1, 2]],
    ['bgr', [2, 1, 0]],
  ] as const) {
    const planes = new Uint8Array(18);
    preprocess(pixels, { layout: 'nchw', colors }, { shape: [1, 3, 2, 3], dtype: 'uint8' }, planes);
    assert.equal(
      planes,
      Uint8Array.from({ length: 18 }, (_, i) => interleaved[(i % 6) * 3 + order[Math.floor(i / 6)]]),
    );
  }
  const { message } = refusal(() => preprocess(pixels, { layout: 'nchw' }, { shape: [1, 2, 2, 3], dtype: 'uint8' }, new Uint8Array(12)));
  assert.match(message, /\[1,2,2,3\] takes no picture; it needs \[\.\.\., 1 or 3, height, width\]/);
});

const ramp: Pixels = { data: Uint8Array.of(0, 1, 127, 128, 254, 255), width: 6, height: 1, channels: 1 };

function ofRamp(how: Preprocessing, input: Omit<ImageInput, 'shape'>): number[] {
  const into = input.dtype === 'float32' ? new Float32Array(6) : input.dtype === 'int8' ? new Int8Array(6) : new Uint8Array(6);
  preprocess(ramp, how, { shape: [1, 1, 6, 1], ...input }, into);
  return Array.from(into);
}

test('raw: uint8 takes pixels, int8 pixels - 128, float pixels', () => {
  assert.equal(ofRamp(presets.raw, { dtype: 'uint8', scale: 3, zeroPoint: 9 }), [0, 1, 127, 128, 254, 255]);
  assert.equal(ofRamp(presets.raw, { dtype: 'int8' }), [-128, -127, -1, 0, 126, 127]);
  assert.equal(ofRamp({}, { dtype: 'float32' }), [0, 1, 127, 128, 254, 255]);
});

test('inception: float in [-1, 1], 8-bit codes are the pixels', () => {
  const wide: Pixels = { ...ramp, data: Uint8Array.from({ length: 6 }, (_, i) => i * 51) };
  const into = new Float32Array(6);
  preprocess(wide, { ...presets.inception, crop: 1 }, { shape: [1, 6, 1], dtype: 'float32' }, into);
  assert.equal(
    Array.from(into),
    [0, 51, 102, 153, 204, 255].map((pixel) => Math.fround((pixel - 127.5) / 127.5)),
  );
  assert.equal(ofRamp({ ...presets.inception, crop: 1 }, { dtype: 'uint8', scale: 1 / 128, zeroPoint: 128 }), [0, 1, 127, 128, 254, 255]);
});

test('normalized: quantized by scale and zero point, ties away from zero, clamped', () => {
  // (pixel - 127.5) / 1 over scale 1: -127.5 -> -128, -0.5 -> -1, 0.5 -> 1, 127.5 -> 128.
  assert.equal(ofRamp({ mean: 127.5 }, { dtype: 'int8', scale: 1, zeroPoint: 0 }), [-128, -127, -1, 1, 127, 127]);
  assert.equal(ofRamp({ mean: 127.5 }, { dtype: 'uint8', scale: 1, zeroPoint: 127 }), [0, 0, 126, 128, 254, 255]);
  assert.equal(ofRamp({ mean: 127.5, std: 127.5, quantized: 'pixel' }, { dtype: 'int8', scale: 1 }), [-128, -127, -1, 0, 126, 127]);
});

test('torchvision: deviation and mean per channel, red first', () => {
  const pixels: Pixels = { data: new Uint8Array(256 * 256 * 3).fill(100), width: 256, height: 256, channels: 3 };
  const into = new Float32Array(224 * 224 * 3);
  preprocess(pixels, presets.torchvision, { shape: [1, 224, 224, 3], dtype: 'float32' }, into);
  const expected = [0.485, 0.456, 0.406].map((mean, c) => (100 / 255 - mean) / [0.229, 0.224, 0.225][c]);
  expected.forEach((value, c) => {
    assert.ok(Math.abs(into[c] - value) < 1e-6, `channel ${c}: ${into[c]}, ${value}`);
  });
});

test('refusals name the fault and leave the destination alone', () => {
  const good = { shape: [1, 1, 6, 1], dtype: 'uint8' as DType };
  const into = new Uint8Array(6).fill(77);
  const cases: [string, () => void, RegExp][] = [
    ['bad-argument', () => preprocess({ ...ramp, width: 5 }, {}, good, into), /6 bytes, but 5x1x1 need 5/],
    ['bad-argument', () => preprocess({ ...ramp, height: 0 }, {}, good, into), /no area/],
    ['bad-argument', () => preprocess({ ...ramp, width: Number.NaN }, {}, good, into), /no area/],
    ['bad-argument', () => preprocess({ ...ramp, channels: 2 as 1 }, {}, good, into), /2 channels/],
    ['bad-shape', () => preprocess(ramp, {}, { ...good, shape: [1, 1001] }, into), /takes no picture/],
    ['bad-shape', () => preprocess(ramp, {}, { ...good, shape: [1, 49, 10, 8] }, into), /takes no picture/],
    ['bad-dtype', () => preprocess(ramp, {}, { ...good, dtype: 'int16' }, into), /not int16/],
    ['bad-argument', () => preprocess(ramp, {}, good, new Uint8Array(5)), /1x6x1 elements/],
    ['bad-argument', () => preprocess(ramp, {}, good, new Int8Array(6)), /Uint8Array/],
    ['bad-argument', () => preprocess(ramp, { mean: [1, 2, 3] }, good, into), /3 entries, but the input has 1/],
    ['bad-quantization', () => preprocess(ramp, { mean: 1 }, good, into), /without scale/],
    ['bad-argument', () => preprocess(ramp, { resize: { shortSide: 1 } }, { ...good, shape: [1, 2, 3, 1] }, into), /./],
  ];
  for (const [code, body, message] of cases) {
    const error = refusal(body);
    assert.is(error.code, code, error.message);
    assert.match(error.message, message);
  }
  assert.match(
    refusal(() => preprocess(picture(20, 10, 1), { resize: { shortSide: 4 } }, { shape: [5, 6, 1], dtype: 'uint8' }, new Uint8Array(30)))
      .message,
    /8x4 the picture does not cover the input of 6x5/,
  );
  assert.equal(into, new Uint8Array(6).fill(77));
});

test('wrong arguments of preprocess -> bad-argument or bad-quantization, whatever they are', () => {
  const [good, into] = [{ shape: [1, 2, 3, 1], dtype: 'uint8', scale: 1, zeroPoint: 0 } as ImageInput, new Uint8Array(6)];
  const pixels = picture(3, 2, 1);
  const transferred = new Uint8Array(6);
  structuredClone(transferred.buffer, { transfer: [transferred.buffer] });
  const junk: unknown[] = [undefined, null, 5, 'pixels', {}, [], () => {}];
  const calls: unknown[][] = [
    [],
    ...junk.map((bad) => [bad, {}, good, into]),
    ...junk.filter((bad) => bad === null || typeof bad !== 'object' || Array.isArray(bad)).map((bad) => [pixels, bad, good, into]),
    ...junk.map((bad) => [pixels, {}, bad, into]),
    ...junk.map((bad) => [pixels, {}, good, bad]),
    [{ ...pixels, data: transferred }, {}, good, into],
    [{ ...pixels, data: [...pixels.data] }, {}, good, into],
    [{ ...pixels, data: new Float32Array(6) }, {}, good, into],
    [{ ...pixels, width: '3' }, {}, good, into],
    [pixels, {}, good, transferred],
  ];
  calls.forEach((args, i) => {
    // @ts-expect-error: wrong on purpose
    assert.is(refusal(() => preprocess(...args)).code, 'bad-argument', `call ${i}`);
  });
  for (const quantization of [{ scale: 0 }, { scale: -1 }, { scale: Number.NaN }, { scale: '1' }, { zeroPoint: 0.5 }]) {
    const input = { ...good, ...quantization } as ImageInput;
    assert.is(refusal(() => preprocess(pixels, { mean: 1 }, input, into)).code, 'bad-quantization', JSON.stringify(quantization));
  }
  assert.equal(into, new Uint8Array(6));
});

test('pixels and destinations of another realm', () => {
  const { Uint8Array: Foreign } = runInNewContext('({ Uint8Array })') as { Uint8Array: Uint8ArrayConstructor };
  const pixels = picture(3, 2, 1);
  const into = new Foreign(6);
  preprocess({ ...pixels, data: Foreign.from(pixels.data) }, {}, { shape: [1, 2, 3, 1], dtype: 'uint8' }, into);
  assert.equal([...into], [...pixels.data]);
});

test('parsePreprocessing accepts every preset after JSON and refuses what it does not know', () => {
  for (const preset of Object.values(presets)) assert.equal(parsePreprocessing(JSON.parse(JSON.stringify(preset))), preset);
  for (const [value, message] of [
    [undefined, /must be an object, not undefined/],
    [null, /must be an object, not null/],
    [[], /must be an object, not an array/],
    ['inception', /must be an object, not inception/],
    [{ sharpen: 1 }, /no option 'sharpen'; it takes crop, resize/],
    [{ toString: 1 }, /no option 'toString'/],
    [{ colours: 'bgr' }, /no option 'colours'; did you mean colors\?/],
    [{ crop: 0 }, /preprocessing\.crop is 0/],
    [{ crop: '1' }, /number in \(0, 1\]/],
    [{ resize: 'shrink' }, /preprocessing\.resize/],
    [{ resize: { shortSide: 0 } }, /preprocessing\.resize/],
    [{ std: [1, 0, 1] }, /all above 0/],
    [{ std: -127.5 }, /all above 0/],
    [{ layout: 'NCHW' }, /'nhwc' or 'nchw'/],
    [{ mean: [] }, /preprocessing\.mean/],
    [{ mean: ['1'] }, /preprocessing\.mean/],
    [{ colors: 'rbg' }, /'rgb' or 'bgr'/],
    [{ quantized: true }, /'pixel' or 'normalized'/],
  ] as [unknown, RegExp][]) {
    const error = refusal(() => parsePreprocessing(value));
    assert.is(error.code, 'bad-argument');
    assert.match(error.message, message);
  }
});

test.run();
