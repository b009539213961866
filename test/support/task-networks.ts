// Owns small float networks of every task, whose results follow from the brightness of the picture.
import type { Graph, Value } from '../../src/graph/graph';
import { GraphBuilder } from './build';

/** Side of the pictures. */
export const side = 64;

/** Mean of an input [1, 64, 64, 3] of 0..1 as [1, 1]. */
function brightness(g: GraphBuilder): Value {
  const input = g.input('float32', [1, side, side, 3]);
  const [mean] = g.node('MEAN', { keepDims: false }, [input, g.ints(1, 2, 3)], { dtype: 'float32', shape: [1] });
  const [row] = g.node('RESHAPE', { newShape: [1, 1] }, [mean, g.ints(1, 1)], { dtype: 'float32', shape: [1, 1] });
  return row;
}

/** `base` + brightness * `slope`, element by element. */
function affine(
  g: GraphBuilder,
  from: Value,
  shape: readonly number[],
  base: readonly number[],
  slope: readonly number[],
  name: string,
): Value {
  const elements = base.length;
  const operands = [from, g.constant('float32', [elements, 1], slope), g.constant('float32', [elements], base)];
  const [row] = g.node('FULLY_CONNECTED', { activation: 'NONE', keepNumDims: false }, operands, { dtype: 'float32', shape: [1, elements] });
  const [out] = g.node('RESHAPE', { newShape: [...shape] }, [row, g.ints(...shape)], { dtype: 'float32', shape, name });
  return out;
}

const zeros = (count: number): number[] => new Array<number>(count).fill(0);

/** An end-to-end head of YOLO: a box of class 1, in pixels, whose left edge is 16 + 16 * brightness; one of class 0 below the threshold. */
export function detectorNetwork(): Graph {
  const g = new GraphBuilder();
  const rows = [16, 32, 48, 64, 0.75, 1, 0, 0, 64, 64, 0.125, 0];
  return g.outputs(affine(g, brightness(g), [1, 2, 6], rows, [16, ...zeros(11)], 'objects'));
}

/**
 * The head of YOLOv8, [1, 4 + 2, 84]: one object of class 1 in cell 5, its centre x at 32 + 16 * brightness, as a concatenation of boxes and
 * scores.
 */
export function joinedDetector(): Graph {
  const g = new GraphBuilder();
  const mean = brightness(g);
  const cells = 84;
  const part = (rows: readonly number[], slopes: readonly number[], name: string) => {
    const at = (numbers: readonly number[]) =>
      numbers.flatMap((value) => Array.from({ length: cells }, (_, cell) => (cell === 5 ? value : 0)));
    return affine(g, mean, [1, rows.length, cells], at(rows), at(slopes), name);
  };
  const operands = [part([32, 30, 24, 20], [16, 0, 0, 0], 'boxes'), part([0, 0.75], [0, 0], 'scores')];
  const output = { dtype: 'float32', shape: [1, 6, cells], name: 'objects' } as const;
  return g.outputs(...g.node('CONCATENATION', { axis: 1, activation: 'NONE' }, operands, output));
}

/** 21 landmarks in pixels of the input, point i at (2 i, 32 + 8 * brightness), and the brightness. */
export function landmarkNetwork(): Graph {
  const g = new GraphBuilder();
  const mean = brightness(g);
  const base = Array.from({ length: 63 }, (_, i) => [2 * Math.floor(i / 3), 32, -8][i % 3]);
  const slope = base.map((_, i) => (i % 3 === 1 ? 8 : 0));
  return g.outputs(affine(g, mean, [1, 63], base, slope, 'landmarks'), affine(g, mean, [1, 1], [0], [1], 'presence'));
}

/** 6 points as x and y in shares of the input, point i at (0.1 + 0.1 i, 0.2 + 0.5 * brightness). */
export function sharesNetwork(): Graph {
  const g = new GraphBuilder();
  const base = Array.from({ length: 12 }, (_, i) => (i % 2 === 0 ? 0.1 + 0.05 * i : 0.2));
  const slope = base.map((_, i) => (i % 2 === 0 ? 0 : 0.5));
  return g.outputs(affine(g, brightness(g), [1, 12], base, slope, 'points'));
}

/** One person in the form of MoveNet: keypoints in two columns that move to the right with the brightness. */
export function poseNetwork(): Graph {
  const g = new GraphBuilder();
  const base = Array.from({ length: 51 }, (_, i) => {
    const keypoint = Math.floor(i / 3);
    return [0.1 + 0.05 * keypoint, 0.3 + 0.2 * (keypoint % 2), 0.8][i % 3];
  });
  const slope = base.map((_, i) => (i % 3 === 1 ? 0.25 : 0));
  return g.outputs(affine(g, brightness(g), [1, 1, 17, 3], base, slope, 'people'));
}

/** A vector of 8 elements that turns with the brightness. */
export function embedderNetwork(): Graph {
  const g = new GraphBuilder();
  const base = [1, 0, -1, 0.5, 0, 0.25, -0.5, 1];
  return g.outputs(affine(g, brightness(g), [1, 8], base, [0, 4, 1, -3, 2, 0, 1, -1], 'features'));
}

/** 100 * brightness - 20. */
export function regressorNetwork(): Graph {
  const g = new GraphBuilder();
  return g.outputs(affine(g, brightness(g), [1, 1], [-20], [100], 'degrees'));
}

/** Probabilities of 3 classes, and a number. */
export function severalHeads(): Graph {
  const g = new GraphBuilder();
  const mean = brightness(g);
  const logits = affine(g, mean, [1, 3], [0, -2, -6], [0, 4, 8], 'logits');
  const [classes] = g.node('SOFTMAX', { beta: 1 }, [logits], { dtype: 'float32', shape: [1, 3], name: 'weather' });
  return g.outputs(classes, affine(g, mean, [1, 1], [-20], [100], 'degrees'));
}

/** Scores of 2 classes per pixel: 0.5 and the pixel's red. */
export function segmenterNetwork(): Graph {
  const g = new GraphBuilder();
  const input = g.input('float32', [1, side, side, 3]);
  const attributes = { padding: 'SAME', strideH: 1, strideW: 1, dilationH: 1, dilationW: 1, activation: 'NONE' } as const;
  const weights = g.constant('float32', [2, 1, 1, 3], [0, 0, 0, 1, 0, 0]);
  const operands = [input, weights, g.constant('float32', [2], [0.5, 0])];
  return g.outputs(...g.node('CONV_2D', attributes, operands, { dtype: 'float32', shape: [1, side, side, 2], name: 'scores' }));
}
