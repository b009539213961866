// Tests tools/compare/histogram.ts and what weights.ts makes of hand-made weights.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { HistogramCounter } from '../../../tools/compare/histogram';
import { hasQuantizedWeights, weightFigures } from '../../../tools/compare/weights';
import { GraphBuilder, quantized } from '../../support/build';

test('bins: both ends included, values beyond at the ends, an empty range is one bin', () => {
  const counter = new HistogramCounter(0, 64);
  for (const value of [0, 0.5, 1, 63.5, 64, 99, -99]) counter.add(value);
  const { counts } = counter.result();
  assert.equal([counts.length, counts[0], counts[1], counts[63]], [64, 3, 1, 3]);
  const empty = new HistogramCounter(2, 2);
  empty.add(2);
  assert.is(empty.result().counts[0], 1);
});

test('central width: one value of 20000 far out is cut off at a tail of 1e-4, not at 0', () => {
  const counter = new HistogramCounter(0, 1000);
  for (let i = 0; i < 20000; i++) counter.add(i === 0 ? 1000 : (i % 100) / 100);
  assert.ok(counter.centralWidth(1e-4) < 2, `${counter.centralWidth(1e-4)}`);
  assert.ok(counter.centralWidth(0) > 999, `${counter.centralWidth(0)}`);
});

test('central width: of four values far out on their own, a tail of two leaves two', () => {
  const counter = new HistogramCounter(0, 1000);
  for (let i = 0; i < 20000; i++) counter.add(i < 4 ? 600 + 100 * i : 0.1);
  const width = counter.centralWidth(1e-4);
  assert.ok(width > 699 && width < 702, `${width}`);
});

/** FULLY_CONNECTED [1, 2] -> [1, 3] with these weights, float or as codes of one scale. */
function layer(data: number[], scale?: number) {
  const g = new GraphBuilder();
  const dtype = scale === undefined ? 'float32' : 'int8';
  const quantization = scale === undefined ? undefined : quantized(scale);
  const operands = [g.input(dtype, [1, 2], quantization), g.constant(dtype, [3, 2], data, quantization)];
  g.node('FULLY_CONNECTED', { activation: 'NONE', keepNumDims: false }, [...operands, undefined], { dtype, shape: [1, 3], quantization });
  const [node] = g.graph.nodes;
  return node;
}

test('weights: noise, spread of the channels under one scale, and equalized channels scaled back', () => {
  const float = layer([8, -8, 1, 1, 0.5, -0.25]);
  const integer = layer([8, -8, 1, 1, 1, 0], 1);
  assert.ok(hasQuantizedWeights(integer) && !hasQuantizedWeights(float));
  const figures = weightFigures(integer as never, float as never)!;
  assert.ok(Math.abs(figures.sqnr - 10 * Math.log10(130.3125 / (0.25 + 0.0625))) < 1e-9, `${figures.sqnr}`);
  assert.is(figures.spread, 8);
  // float = gain * quantized at the output: channel 0 of the quantized network is an eighth.
  const lines = { gain: Float64Array.of(8, 1, 1), offset: new Float64Array(3) };
  const scaled = weightFigures(layer([1, -1, 1, 1, 1, 0], 1) as never, float as never, undefined, lines)!;
  assert.ok(Math.abs(scaled.sqnr - figures.sqnr) < 1e-9, `${scaled.sqnr}`);
  assert.is(scaled.spread, 1);
});

test.run();
