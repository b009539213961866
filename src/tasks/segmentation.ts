// Owns the outputs of segmentation networks: label maps, scores of classes per pixel, and confidences of one class.
import { ModelError } from '../errors';
import type { Graph } from '../graph/graph';
import { dequantize, type Tensor } from '../tensor';
import { hasProbabilities, sigmoid } from './probabilities';

/** The result in the network's own resolution. */
export interface SegmentationMap {
  readonly width: number;
  readonly height: number;
  /** Classes that the network tells apart; 2 for a confidence of one class: 0 is the rest. */
  readonly classes: number;
  /** Class of every pixel, rows from top to bottom. */
  readonly categories: Uint8Array;
  /** Of every pixel, in [0, 1]; undefined where the network gives a label map. */
  confidence(index: number): Float32Array | undefined;
}

interface MapShape {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
}

/** [1, height, width] and [1, height, width, channels], and the same without the leading 1; undefined for other shapes. */
function mapShape({ shape, dtype }: Pick<Tensor, 'shape' | 'dtype'>): MapShape | undefined {
  const isLabels = dtype === 'int64' || dtype === 'int32';
  const sizes = shape[0] === 1 && shape.length > 2 ? shape.slice(1) : [...shape];
  if (sizes.length === 2) return { height: sizes[0], width: sizes[1], channels: 1 };
  if (sizes.length !== 3 || (isLabels && sizes[2] !== 1)) return undefined;
  return { height: sizes[0], width: sizes[1], channels: sizes[2] };
}

/** Whether the output is a map over the picture. */
export function isSegmentation(outputs: readonly Pick<Tensor, 'shape' | 'dtype'>[]): boolean {
  const map = outputs.length > 0 ? mapShape(outputs[0]) : undefined;
  return map !== undefined && map.width > 1 && map.height > 1 && map.channels <= 256;
}

function labelMap({ width, height }: MapShape, labels: ArrayLike<number | bigint>): SegmentationMap {
  const categories = Uint8Array.from(labels as ArrayLike<number>, Number);
  const classes = categories.reduce((most, category) => Math.max(most, category), 0) + 1;
  return { width, height, classes, categories, confidence: () => undefined };
}

/** Of one class: logits go through the logistic function. */
function confidenceMap({ width, height }: MapShape, values: Float32Array, areProbabilities: boolean): SegmentationMap {
  const foreground = areProbabilities ? values : values.map(sigmoid);
  const categories = Uint8Array.from(foreground, (value) => (value > 0.5 ? 1 : 0));
  const confidence = (index: number) => (index === 1 ? foreground : foreground.map((value) => 1 - value));
  return { width, height, classes: 2, categories, confidence };
}

/** Logits of several classes go through a softmax. */
function scoreMap({ width, height, channels }: MapShape, values: Float32Array, areProbabilities: boolean): SegmentationMap {
  const categories = new Uint8Array(width * height);
  for (let pixel = 0; pixel < categories.length; pixel++) {
    let best = 0;
    for (let c = 1; c < channels; c++) if (values[pixel * channels + c] > values[pixel * channels + best]) best = c;
    categories[pixel] = best;
  }
  const confidence = (index: number) =>
    Float32Array.from(categories, (category, pixel) => {
      const score = values[pixel * channels + index];
      if (areProbabilities) return score;
      let sum = 0;
      for (let c = 0; c < channels; c++) sum += Math.exp(values[pixel * channels + c] - values[pixel * channels + category]);
      return Math.exp(score - values[pixel * channels + category]) / sum;
    });
  return { width, height, classes: channels, categories, confidence };
}

/**
 * The map in the first output of a network: labels of dtype int32 or int64, as DeepLab with ARG_MAX gives; [1, height, width, 1] confidences of
 * one class; or [1, height, width, classes] scores.
 * @throws ModelError `bad-shape` for other outputs
 */
export function segmentation({ graph, outputs }: { graph: Pick<Graph, 'nodes' | 'outputs'>; outputs: readonly Tensor[] }): SegmentationMap {
  const [output] = outputs;
  const map = mapShape(output);
  if (!map) throw new ModelError('bad-shape', `an output of shape [${output.shape}] is no map of a picture`);
  if (output.dtype === 'int64' || output.dtype === 'int32') return labelMap(map, output.data);
  const values = dequantize(output);
  return map.channels === 1 ? confidenceMap(map, values, hasProbabilities(graph)) : scoreMap(map, values, hasProbabilities(graph));
}

/**
 * The colour of a class, [R, G, B]: the bits of its number, three at a time, from the most significant bit of each channel down
 * (colormap of the PASCAL VOC development kit). Class 0 is black.
 */
export function classColor(index: number): [number, number, number] {
  const color: [number, number, number] = [0, 0, 0];
  for (let bit = 7, rest = index; bit >= 0 && rest > 0; bit--, rest >>= 3) {
    for (let c = 0; c < 3; c++) color[c] |= ((rest >> c) & 1) << bit;
  }
  return color;
}
