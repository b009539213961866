// Tests refitting, rounding and bias correction on single layers: outputs come nearer to the float layer's.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Node, Value } from '../../../../src/graph/graph';
import { type WeightedNode, weightedValues } from '../../../../src/graph/weighted';
import { gatherReals, InputMatrices } from '../../../../tools/kernels/input-matrices';
import { buildQuantized } from '../../../../tools/quantize/build/build';
import { noExceptions, schemeOf } from '../../../../tools/quantize/build/scheme';
import { layerReals, type WeightCodes } from '../../../../tools/quantize/build/weights';
import { prepareFloat } from '../../../../tools/quantize/prepare';
import { correctBias, decodeWeights } from '../../../../tools/quantize/refine/correct-bias';
import { hasColumns, LayerRows, unitsPerStep } from '../../../../tools/quantize/refine/layer-inputs';
import { meanOfLayer } from '../../../../tools/quantize/refine/layer-means';
import { reconstructLayer } from '../../../../tools/quantize/refine/reconstruct';
import { refitShare } from '../../../../tools/quantize/refine/refit';
import { convolution, GraphBuilder, quantized } from '../../../support/build';
import { Random } from '../../../support/random';

const inputChannels = 6;
const side = 7;
const step = 0.25;

/** A layer whose int8 inputs go together: every channel is a mix of two sources. */
function correlatedLayer(type: 'CONV_2D' | 'DEPTHWISE_CONV_2D', filter: number, seed: number) {
  const random = new Random(seed);
  const b = new GraphBuilder();
  const input = b.input('int8', [1, side, side, inputChannels], quantized(0.05, 3));
  const outputs = type === 'CONV_2D' ? 4 : inputChannels;
  const shape = type === 'CONV_2D' ? [outputs, filter, filter, inputChannels] : [1, filter, filter, inputChannels];
  const weights = Float32Array.from({ length: shape.reduce((product, n) => product * n, 1) }, () => random.normal());
  const filterValue = b.constant('float32', shape, weights);
  const attributes = { ...convolution, padding: 'SAME' as const, depthMultiplier: 1 };
  const output: Value = b.value({ dtype: 'int8', shape: [1, side, side, outputs] });
  b.node(type, attributes, [input, filterValue], output);
  const mixes = Array.from({ length: inputChannels }, () => [random.normal(), random.normal()]);
  const samples = Array.from({ length: 24 }, () => {
    const data = new Int8Array(side * side * inputChannels);
    const sources = [random.normal(), random.normal()];
    for (let i = 0; i < data.length; i += inputChannels) {
      // Neighbours go together as well.
      for (const s of [0, 1]) sources[s] = 0.9 * sources[s] + 0.4 * random.normal();
      for (let c = 0; c < inputChannels; c++) {
        const real = 12 * (mixes[c][0] * sources[0] + mixes[c][1] * sources[1] + 0.2 * random.normal());
        data[i + c] = Math.min(127, Math.max(-128, Math.round(real)));
      }
    }
    return data;
  });
  return { node: b.graph.nodes[0] as WeightedNode, weights, samples, shape };
}

/** Weights rounded to multiples of `step`, as coarse as few bits. */
function nearest(weights: Float32Array): WeightCodes {
  return { data: Int8Array.from(weights, (w) => Math.round(w / step)), scale: [step], zeroPoint: [0], min: -127, max: 127 };
}

/** Variance of the outputs' error, by brute force over all positions. */
function errorVariance(node: Node, difference: Float32Array, samples: readonly Int8Array[]): number {
  const [filterH, filterW] = node.inputs[1]!.shape.slice(1, 3);
  const depthwise = node.type === 'DEPTHWISE_CONV_2D';
  const outputs = depthwise ? inputChannels : node.inputs[1]!.shape[0];
  let total = 0;
  for (let o = 0; o < outputs; o++) {
    const errors: number[] = [];
    for (const sample of samples) {
      for (let pixel = 0; pixel < side * side; pixel++) {
        let error = 0;
        for (let tap = 0; tap < filterH * filterW; tap++) {
          const y = Math.floor(pixel / side) + Math.floor(tap / filterW) - (filterH >> 1);
          const x = (pixel % side) + (tap % filterW) - (filterW >> 1);
          if (y < 0 || y >= side || x < 0 || x >= side) continue;
          for (let c = 0; c < inputChannels; c++) {
            if (depthwise && c !== o) continue;
            const weight = depthwise ? difference[tap * inputChannels + o] : difference[(o * filterH * filterW + tap) * inputChannels + c];
            error += weight * 0.05 * (sample[(y * side + x) * inputChannels + c] - 3);
          }
        }
        errors.push(error);
      }
    }
    const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
    total += errors.reduce((sum, error) => sum + (error - mean) ** 2, 0) / errors.length;
  }
  return total;
}

for (const [type, filter] of [
  ['CONV_2D', 1],
  ['CONV_2D', 3],
  ['DEPTHWISE_CONV_2D', 3],
] as const) {
  test(`${type} ${filter}x${filter}, seed 1: rounding reconstruction lowers the variance of the outputs' error`, () => {
    const { node, weights, samples } = correlatedLayer(type, filter, 1);
    const codes = nearest(weights);
    const rounded = reconstructLayer(node, weights, codes, samples, { round: true });
    const difference = ({ data }: WeightCodes) => weights.map((w, i) => w - step * data[i]);
    const [before, after] = [errorVariance(node, difference(codes), samples), errorVariance(node, difference(rounded), samples)];
    assert.ok(after < 0.7 * before, `variance ${before} became ${after}`);
    assert.ok(
      rounded.data.every((code, i) => Math.abs(code * step - weights[i]) < 4 * step),
      'codes stay near their weights',
    );
  });
}

/** Of inputs of 8 bits. */
const units = unitsPerStep({ dtype: 'int8' });

/** Inputs, in steps of the quantized ones, at the rows that reconstruction looks at: [matrices, size, rows]. */
function inputColumns(node: WeightedNode, samples: readonly ArrayLike<number>[]): Float32Array {
  const rows = new LayerRows(node, samples.length);
  const matrices = new Float32Array(rows.length);
  samples.forEach((sample, i) => {
    for (const { first, step: apart, count, origins } of rows.taps(i)) {
      for (const [r, origin] of origins.entries()) {
        for (let k = 0; k < count; k++) {
          matrices[(first + k * apart) * rows.rows + rows.firstRow(i) + r] = origin < 0 ? 0 : sample[origin + k] - 3;
        }
      }
    }
  });
  return matrices;
}

/** The same as FloatInputs stores them. */
function stored(node: WeightedNode, samples: readonly Float32Array[]): Int16Array {
  const rows = new LayerRows(node, samples.length);
  return Int16Array.from(
    samples.flatMap((sample, i) => [
      ...gatherReals(
        sample.map((x) => x - 3),
        units,
        rows.taps(i),
        rows.columns,
      ),
    ]),
  );
}

for (const [type, filter] of [
  ['CONV_2D', 1],
  ['CONV_2D', 3],
  ['DEPTHWISE_CONV_2D', 3],
] as const) {
  test(`${type} ${filter}x${filter}, seed 6: codes and real inputs come to their rows, zeros where the kernel is outside`, () => {
    const { node, samples } = correlatedLayer(type, filter, 6);
    const expected = inputColumns(node, samples);
    const rows = new LayerRows(node, samples.length);
    const unsigned = samples.map((sample) => Uint8Array.from(sample, (code) => code + 128));
    const wide = samples.map((sample) => Int16Array.from(sample, (code) => code + 997));
    for (const [list, zeroPoint] of [
      [samples, 3],
      [unsigned, 131],
      [wide, 1000],
    ] as const) {
      const matrices = new InputMatrices(rows.matrices, rows.size, rows.rows, false);
      try {
        for (const [i, sample] of list.entries()) matrices.gather(rows.firstRow(i), sample, zeroPoint, rows.taps(i));
        assert.equal([...matrices.inputs()], [...expected]);
      } finally {
        matrices.release();
      }
    }
    const reals = samples.map((sample) => Float32Array.from(sample, (code, i) => code + (i % 7) / 7));
    const columns = inputColumns(node, reals);
    const found16 = stored(node, reals);
    for (const i of samples.keys()) {
      const [row, end] = [rows.firstRow(i), rows.firstRow(i + 1)];
      for (let column = 0; column < rows.columns; column++) {
        for (let r = row; r < end; r++) {
          const found = found16[row * rows.columns + column * (end - row) + r - row];
          assert.is(found + 0, Math.trunc(units * columns[column * rows.rows + r]) + 0, `sample ${i}, column ${column}, row ${r}`);
        }
      }
    }
  });
}

test('real inputs are clamped to int16, and NaN is 0', () => {
  const reals = Float32Array.of(1e9, -1e9, Number.NaN, 600, -0.7, 2.9, Number.POSITIVE_INFINITY, -511.99);
  const taps = [{ first: 0, step: 1, count: 8, origins: Int32Array.of(0) }];
  assert.equal([...gatherReals(reals, 64, taps, 8)], [32767, -32767, 0, 32767, -44, 185, 32767, -32767]);
  const four = [{ first: 0, step: 1, count: 8, origins: Int32Array.of(0, 0, -1, 0) }];
  const expected = [32767, -32767, 0, 32767, -44, 185, 32767, -32767].flatMap((x) => [x, x, 0, x]);
  assert.equal([...gatherReals(reals, 64, four, 8)], expected);
});

/** Mean square of w f - v x over the rows, about its mean, for all outputs of a layer with one matrix per group of outputs. */
function distance(node: WeightedNode, weights: Float32Array, changed: Float32Array, float: Float32Array, quantized: Float32Array): number {
  const rows = new LayerRows(node, 24);
  const outputs = rows.matrices * rows.outputsPerMatrix;
  let total = 0;
  for (let o = 0; o < outputs; o++) {
    const at = (k: number) => (rows.matrices > 1 ? k * outputs + o : o * rows.size + k);
    const from = rows.matrices > 1 ? o * rows.size * rows.rows : 0;
    const errors = Array.from({ length: rows.rows }, (_, row) => {
      let error = 0;
      for (let k = 0; k < rows.size; k++) {
        const place = from + k * rows.rows + row;
        error += weights[at(k)] * float[place] - changed[at(k)] * quantized[place];
      }
      return error;
    });
    const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
    total += errors.reduce((sum, error) => sum + (error - mean) ** 2, 0) / errors.length;
  }
  return total;
}

for (const [type, filter] of [
  ['CONV_2D', 1],
  ['DEPTHWISE_CONV_2D', 3],
] as const) {
  const fine = (weights: Float32Array): WeightCodes => ({
    data: new Int8Array(weights.length),
    scale: [1 / 32],
    zeroPoint: [0],
    min: -127,
    max: 127,
  });
  const decoded = ({ data }: WeightCodes) => Float32Array.from(data, (code) => code / 32);

  test(`${type}, seed 2: refitting takes back what errors of the input have in common with it`, () => {
    const { node, weights, samples } = correlatedLayer(type, filter, 2);
    const random = new Random(3);
    // Quantized inputs came out 30 % too small, with noise: the float network has more.
    const float = samples.map((sample) => Float32Array.from(sample, (code) => 3 + 1.3 * (code - 3) + 2 * random.normal()));
    const [floatInputs, quantizedInputs] = [float, samples].map((list) => inputColumns(node, list));
    const plain = decoded(reconstructLayer(node, weights, fine(weights), samples, { round: false }));
    const refit = decoded(reconstructLayer(node, weights, fine(weights), samples, { round: false, floatInputs: stored(node, float) }));
    const [before, after] = [plain, refit].map((changed) => distance(node, weights, changed, floatInputs, quantizedInputs));
    assert.ok(after < 0.5 * before, `mean square ${before} became ${after}`);
  });

  test(`${type}, seed 4: errors that are noise leave the weights where they are`, () => {
    const { node, weights, samples } = correlatedLayer(type, filter, 4);
    const random = new Random(5);
    const float = samples.map((sample) => Float32Array.from(sample, (code) => code + 3 * random.normal()));
    const refit = decoded(reconstructLayer(node, weights, fine(weights), samples, { round: false, floatInputs: stored(node, float) }));
    const change = weights.reduce((sum, w, i) => sum + (w - refit[i]) ** 2, 0) / weights.reduce((sum, w) => sum + w * w, 0);
    assert.ok(change < 0.01, `weights changed by ${change} of their square`);
  });
}

test('the share of a refit is the signal by signal and noise, as two halves tell them', () => {
  const share = (agreement: number, square: number) => refitShare([{ agreement, square }]);
  assert.is(share(4, 4), 1);
  assert.is(share(1, 3), 0.5);
  assert.is(share(-1, 3), 0);
  assert.is(share(0, 0), 0);
});

test('grouped and transposed convolutions have no matrix of inputs', () => {
  const { node } = correlatedLayer('CONV_2D', 1, 1);
  assert.ok(hasColumns(node));
  const [input, weights] = node.inputs;
  const grouped = { ...node, inputs: [input, { ...weights!, shape: [4, 1, 1, 3] }] } as WeightedNode;
  assert.not.ok(hasColumns(grouped));
  const { node: depthwise } = correlatedLayer('DEPTHWISE_CONV_2D', 3, 1);
  assert.ok(hasColumns(depthwise));
  const [from, filter] = depthwise.inputs;
  const multiplied = { ...depthwise, inputs: [from, { ...filter!, shape: [1, 3, 3, 2 * inputChannels] }] } as WeightedNode;
  assert.not.ok(hasColumns(multiplied));
});

test('bias correction gives the accumulators the mean of the float layer, for other inputs and coarse weights', () => {
  const b = new GraphBuilder();
  const random = new Random(9);
  const input = b.input('float32', [1, 5, 5, 3]);
  const weights = b.constant(
    'float32',
    [4, 3, 3, 3],
    Array.from({ length: 108 }, () => random.normal()),
  );
  const same = { ...convolution, padding: 'SAME' as const, activation: 'RELU' as const };
  const [y] = b.node('CONV_2D', same, [input, weights, b.constant('float32', [4], [0.5, -1, 2, 0])], { dtype: 'float32', name: 'y' });
  const float = prepareFloat(b.outputs(y));
  const scheme = schemeOf({ name: 'int8' });
  const ranges = { t0: { min: -2, max: 2 }, y: { min: 0, max: 10 } };
  const [layer] = buildQuantized(float, ranges, { scheme, weights: 'min-max', exceptions: noExceptions }).layers;
  const floatMean = Float32Array.from({ length: 75 }, () => random.normal());
  const quantizedMean = floatMean.map((mean) => mean + 0.1);
  const { weights: reals, bias, channels, axis } = layerReals(layer.float);
  const codes: WeightCodes = {
    ...nearest(reals),
    scale: [...weightedValues(layer.node).weights.quantization!.scale],
    zeroPoint: [0, 0, 0, 0],
  };
  correctBias(layer, codes, floatMean, quantizedMean);
  const stored = weightedValues(layer.node).bias!;
  const expected = meanOfLayer(layer.float, floatMean, reals, channels);
  const actual = meanOfLayer(layer.float, quantizedMean, decodeWeights(codes, [4, 3, 3, 3], axis), channels);
  for (let c = 0; c < channels; c++) {
    const corrected = actual[c] + (stored.data as Int32Array)[c] * stored.quantization!.scale[c];
    assert.ok(Math.abs(corrected - expected[c] - bias[c]) < 1e-3, `channel ${c}: ${corrected} instead of ${expected[c] + bias[c]}`);
  }
});

test.run();
