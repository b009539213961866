// Owns a small float classifier and its quantized form for tests of comparisons: one matrix product, coarse scores, many changed classes.
import type { Graph } from '../../src/graph/graph';
import { writeModel } from '../../src/tflite';
import { GraphBuilder, perChannel, quantized } from './build';
import { Random } from './random';

export const classes = 8;
export const features = 6;

const attributes = { activation: 'NONE', keepNumDims: false } as const;
const random = new Random(11);
/** Exact codes of the scale 1/64. */
const codes = Array.from({ length: classes * features }, () => random.integer(-100, 100));
const output = { shape: [1, classes], name: 'scores' } as const;

/** [1, features] -> [1, classes]. */
export function floatClassifier(): Graph {
  const g = new GraphBuilder();
  const weights = g.constant(
    'float32',
    [classes, features],
    codes.map((code) => code / 64),
  );
  const operands = [g.input('float32', [1, features]), weights, g.constant('float32', [classes], [0])];
  return g.outputs(...g.node('FULLY_CONNECTED', attributes, operands, { dtype: 'float32', ...output }));
}

/** Its scores in steps of `step`. */
export function quantizedClassifier(step = 1): Uint8Array {
  const g = new GraphBuilder();
  const scales = (scale: number) => perChannel(new Array<number>(classes).fill(scale), 0);
  const operands = [
    g.input('int8', [1, features], quantized(1 / 32)),
    g.constant('int8', [classes, features], codes, scales(1 / 64)),
    g.constant('int32', [classes], [0], scales(1 / 64 / 32)),
  ];
  return writeModel(
    g.outputs(...g.node('FULLY_CONNECTED', attributes, operands, { dtype: 'int8', quantization: quantized(step), ...output })),
  );
}
