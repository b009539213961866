// Owns a small comparison for tests of reports, with names that are markup and names that are long.
import type { Comparison, LayerComparison } from '../../tools/compare/comparison';
import { pairedAccuracy } from '../../tools/compare/statistics';

export const layer = (index: number, more: Partial<LayerComparison> = {}): LayerComparison => ({
  name: `net/conv_${index}/Relu6;net/conv_${index}/BiasAdd`,
  type: 'CONV_2D',
  index,
  shape: [1, 4, 4, 8],
  dtype: 'int8',
  local: { sqnr: 20 + index, cosine: 0.99, maxAbs: 0.5 },
  global: { sqnr: 10 + index, cosine: 0.9, maxAbs: 1.5 },
  range: { low: -1, high: 1 },
  used: { low: -2, high: 3 },
  saturated: 0.1,
  channels: 8,
  deadChannels: 0,
  rescaled: false,
  cause: { name: 'saturation', evidence: '10 % of the values lie beyond the range', option: '--observer min-max' },
  activations: { min: -2, max: 3, counts: [1, 100, 50, 3, 0, 1] },
  weights: { min: -127, max: 127, counts: [0, 4, 9, 2], low: -127, high: 127 },
  ...more,
});

export const nasty = '<script>alert("&\')</script>';

export const comparison: Comparison = {
  format: 'zeropoint comparison',
  version: 1,
  float: { name: 'float.tflite', bytes: 4096, sha256: 'f'.repeat(64), milliseconds: 10 },
  quantized: { name: `${nasty}.tflite`, bytes: 1024, sha256: '0'.repeat(64), milliseconds: 4 },
  data: { samples: 100, sha256: '1'.repeat(64), skipped: [{ name: 'bad.jpg', reason: 'cut short' }] },
  classification: {
    classes: 10,
    labelled: 100,
    labelOffset: 0,
    top1: pairedAccuracy({ both: 70, floatOnly: 20, quantizedOnly: 2, neither: 8 }),
    agreement: 0.7,
    agreementInterval: { low: 0.6, high: 0.78 },
    changes: 30,
    changed: [
      { name: 'wrong.png', label: 3, float: { class: 1, score: 0.5 }, quantized: { class: 2, score: 0.4 } },
      { name: nasty, picture: '/a.png', label: 1, float: { class: 1, score: 0.5 }, quantized: { class: 2, score: 0.4 } },
    ],
  },
  heads: [],
  outputs: [{ name: 'scores', shape: [1, 10], sqnr: 17.25, cosine: 0.98, maxAbs: 0.125 }],
  layers: [layer(1), layer(0), layer(2, { cause: { name: 'healthy', evidence: 'fine' } })],
  layerSamples: 16,
  matched: 'names',
  unmatched: ['extra'],
  settings: {
    calibration: { model: '', data: '', samples: 64, settings: { observer: 'min-max' } },
    settings: { equalize: true },
  },
  labels: ['zero', nasty, 'two', 'three'],
};
