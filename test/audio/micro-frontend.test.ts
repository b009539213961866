// Tests the stages of the micro front end, and all together, against the constants of TensorFlow's own tests of them.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { GainControl } from '../../src/audio/gain-control';
import { HannWindow } from '../../src/audio/hann-window';
import { logScale } from '../../src/audio/log-scale';
import { MelFilterbank } from '../../src/audio/mel-filterbank';
import { frontendPresets, MicroFrontend, type MicroFrontendOptions } from '../../src/audio/micro-frontend';
import { NoiseReduction } from '../../src/audio/noise-reduction';
import { RealFft } from '../../src/audio/real-fft';
import { refusesSync } from '../support/errors';

// Inputs and results are those of tensorflow/lite/experimental/microfrontend/lib/*_test.cc.
const sampleRate = 1000;
const samples = Int16Array.from({ length: 36 }, (_, i) => [0, 32767, 0, -32768][i % 4]);
const windowed = [
  0, 1151, 0, -5944, 0, 13311, 0, -21448, 0, 28327, 0, -32256, 0, 32255, 0, -28328, 0, 21447, 0, -13312, 0, 5943, 0, -1152, 0,
];
const spectrum = [
  [0, 0],
  [-10, 9],
  [-20, 0],
  [-9, -10],
  [0, 25],
  [-119, 119],
  [-887, 0],
  [3000, 3000],
  [0, -6401],
  [-3000, 3000],
  [886, 0],
  [118, 119],
  [0, 25],
  [9, -10],
  [19, 0],
  [9, 9],
  [0, 0],
].flat();
const band = { numChannels: 2, lowerBandLimit: 8, upperBandLimit: 450 };
const noise = { smoothingBits: 10, evenSmoothing: 0.025, oddSmoothing: 0.06, minSignalRemaining: 0.05 };
const pcan = { pcanStrength: 0.95, pcanOffset: 80, gainBits: 21 };
const options: MicroFrontendOptions = { sampleRate, windowSize: 25, windowStep: 10, enablePcan: true, ...band, ...noise, ...pcan };

test('window_test.cc: coefficients, outputs, peak, and what is left for the next window', () => {
  const window = new HannWindow(25, 10);
  assert.equal(
    [...window.coefficients],
    [
      16, 144, 391, 743, 1176, 1664, 2177, 2681, 3145, 3541, 3843, 4032, 4096, 4032, 3843, 3541, 3145, 2681, 2177, 1664, 1176, 743, 391,
      144, 16,
    ],
  );
  assert.is(window.take(samples, 0), 25);
  window.apply();
  assert.equal([...window.output], windowed);
  assert.is(window.maxMagnitude, 32256);
  assert.equal([...window.input.subarray(0, 15)], [...samples.subarray(10, 25)]);
  assert.is(window.take(samples, 25), 10);
  window.apply();
  assert.equal(
    [...window.output],
    windowed.map(
      (_, i) =>
        [0, -1152, 0, 5943, 0, -13312, 0, 21447, 0, -28328, 0, 32255, 0, -32256, 0, 28327, 0, -21448, 0, 13311, 0, -5944, 0, 1151, 0][i],
    ),
  );
  assert.is(window.take(samples, 35), 1);
  assert.is(window.used, 36 - 2 * 10);
});

test('fft_test.cc: the spectrum', () => {
  const fft = new RealFft(25);
  fft.compute(Int16Array.from(windowed), 0);
  assert.is(fft.size, 32);
  assert.equal([...fft.output], spectrum);
});

test('filterbank_test.cc: bins, channels, weights, energies, sums and roots', () => {
  const filterbank = new MelFilterbank(band, sampleRate, 17);
  assert.equal([filterbank.start, filterbank.end], [1, 15]);
  assert.equal(
    filterbank.channels.map(({ bin, weight, width }) => [bin, weight, width]),
    [
      [0, 0, 8],
      [4, 8, 8],
      [8, 16, 8],
    ],
  );
  assert.equal(
    [...filterbank.weights],
    [0, 3277, 2217, 1200, 222, 0, 0, 0, 0, 3376, 2468, 1591, 744, 0, 0, 0, 0, 4020, 3226, 2456, 1708, 983, 277, 0],
  );
  assert.equal(
    [...filterbank.unweights],
    [0, 819, 1879, 2896, 3874, 0, 0, 0, 0, 720, 1628, 2505, 3352, 0, 0, 0, 0, 76, 870, 1640, 2388, 3113, 3819, 0],
  );
  filterbank.measure(Int16Array.from(spectrum));
  assert.equal(
    [...filterbank.energy.subarray(1, 15)],
    [181, 400, 181, 625, 28322, 786769, 18000000, 40972801, 18000000, 784996, 28085, 625, 181, 361],
  );
  filterbank.accumulate();
  assert.equal([...filterbank.sums], [1835887, 61162970173, 258694800000]);
  assert.equal([...filterbank.squareRoots(0)], [247311, 508620]);
});

test('noise_reduction_test.cc: the estimate and the signal', () => {
  const reduction = new NoiseReduction(noise, 2);
  const signal = Uint32Array.of(247311, 508620);
  reduction.apply(signal);
  assert.equal([...reduction.estimate], [6321887, 31248341]);
  assert.equal([...signal], [241137, 478104]);
});

test('pcan_gain_control_test.cc: the signal', () => {
  const signal = Uint32Array.of(241137, 478104);
  new GainControl(pcan, 10, -1).apply(signal, Uint32Array.of(6321887, 31248341));
  assert.equal([...signal], [3578, 1533]);
});

test('log_scale_test.cc: with logarithms and without', () => {
  assert.equal([...logScale(Uint32Array.of(3578, 1533), { enableLog: true, scaleShift: 6 }, -1)], [479, 425]);
  assert.equal([...logScale(Uint32Array.of(85964, 45998), { enableLog: false, scaleShift: 6 }, -1)], [65535, 45998]);
});

test('log_lut.c: entries of the table of binary logarithms', () => {
  const entries = [
    [1, 224],
    [2, 442],
    [3, 654],
    [4, 861],
    [5, 1063],
    [6, 1259],
    [7, 1450],
    [8, 1636],
    [9, 1817],
    [10, 1992],
    [11, 2163],
    [12, 2329],
    [48, 5533],
    [57, 5641],
    [60, 5626],
    [96, 3759],
    [120, 1094],
    [121, 963],
    [122, 830],
    [123, 695],
    [124, 559],
    [125, 421],
    [126, 282],
    [127, 142],
  ];
  // 2^16 ln(x) of x = 2^16 (1 + i / 128), by the source's product with 45426 = round(2^16 ln 2); the largest of 16 bits is 2^4 of it.
  for (const [i, entry] of entries) {
    const natural = Math.floor((45426 * ((16 << 16) + 512 * i + entry) + (1 << 15)) / (1 << 16));
    const [feature] = logScale(Uint32Array.of((1 << 16) + 512 * i), { enableLog: true, scaleShift: 12 }, 0);
    assert.is(feature, ((natural * (1 << 12) + (1 << 15)) / (1 << 16)) | 0, `entry ${i}`);
  }
});

test('frontend_test.cc: the features of two windows, and none of an unfinished one', () => {
  const frontend = new MicroFrontend(options);
  const frames = frontend.process(samples);
  assert.equal(
    frames.map((features) => [...features]),
    [
      [479, 425],
      [436, 378],
    ],
  );
  assert.equal(frontend.process(samples.subarray(0, 3)), []);
});

/** Noise that grows and fades, by a congruential generator. */
function sound(length: number): Int16Array {
  let state = 1;
  return Int16Array.from({ length }, (_, i) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return Math.round((state / 0x40000000 - 1) * 20000 * Math.sin(i / 4000) ** 2 + 8000 * Math.sin(i * 0.3));
  });
}

test('frames are the same however samples arrive, as int16 or float32, and after a reset', () => {
  const frontend = new MicroFrontend(frontendPresets.microSpeech);
  const codes = sound(16000);
  const whole = frontend.process(codes);
  assert.is(whole.length, 49);
  assert.ok(whole.every((features) => features.length === 40));
  frontend.process(codes.subarray(0, 555));
  frontend.reset();
  const pieces: Uint16Array[] = [];
  for (let at = 0; at < codes.length; at += 128) pieces.push(...frontend.process(codes.subarray(at, at + 128)));
  assert.equal(pieces, whole);
  const real = Float32Array.from(codes, (code) => code / 32768);
  assert.equal(new MicroFrontend(frontendPresets.microSpeech).process(real), whole);
});

test('transforms of every length agree with their definition within the rounding of their stages', () => {
  for (const length of [4, 8, 16, 64, 128, 512, 2048]) {
    const fft = new RealFft(length);
    const input = sound(length);
    fft.compute(input, 0);
    for (const k of [0, 1, length / 4, length / 2]) {
      let [re, im] = [0, 0];
      for (let n = 0; n < length; n++) {
        re += (input[n] * Math.cos((2 * Math.PI * k * n) / length)) / length;
        im -= (input[n] * Math.sin((2 * Math.PI * k * n) / length)) / length;
      }
      assert.ok(Math.abs(fft.output[2 * k] - re) <= 8, `${length}, bin ${k}: ${fft.output[2 * k]} for ${re}`);
      assert.ok(Math.abs(fft.output[2 * k + 1] - im) <= 8, `${length}, bin ${k}: ${fft.output[2 * k + 1]} for ${im}`);
    }
  }
});

test('options that cannot be meant are refused', () => {
  const refused: [MicroFrontendOptions, RegExp][] = [
    [{ numChanels: 40 } as MicroFrontendOptions, /did you mean numChannels/],
    [{ numChannels: 0 }, /numChannels of MicroFrontend is 0; it must be a whole number from 1 to 1024/],
    [{ upperBandLimit: 8000 }, /not below half the sampleRate, 8000 Hz/],
    [{ lowerBandLimit: 7500 }, /band from 7500 to 7500 Hz is empty/],
    [{ windowStep: 30 }, /windows of 400 samples every 480 samples/],
    [{ windowSize: 0.1, windowStep: 0.1 }, /windows of 1 samples/],
    [{ sampleRate: 1e6, windowSize: 100 }, /windows of 100000 samples/],
    [{ enablePcan: true, gainBits: 14 }, /gainBits 14 .* must be 15 and 3 at least/],
    [{ enableLog: 1 as unknown as boolean }, /enableLog of MicroFrontend is 1; it must be true or false/],
  ];
  for (const [bad, message] of refused) refusesSync(() => new MicroFrontend(bad), 'bad-argument', message);
  const frontend = new MicroFrontend();
  refusesSync(() => frontend.process([1, 2] as unknown as Int16Array), 'bad-argument', /Int16Array or a Float32Array/);
});

test.run();
