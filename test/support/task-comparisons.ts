// Owns figures of heads of every task for tests of reports, with names that are markup or long, and samples with findings of every kind.
import type { TaskComparison } from '../../tools/compare/figures';
import type { WorstSample } from '../../tools/compare/tasks/worst';
import { comparison, nasty } from './comparison';

const interval = { low: 0.91, high: 0.98 };
const estimate = { value: 0.95, interval };
const paired = { float: 0.4321, quantized: 0.4, drop: 0.0321, interval: { low: 0.01, high: 0.05 } };

export const longName = `a_rather/long_${'name_'.repeat(12)}`;

/** Both networks found something, one alone, nothing. */
export function worstSamples(picture: string | undefined): WorstSample[] {
  const box = { class: 1, score: 0.75, left: 0.1, top: 0.2, right: 0.6, bottom: 0.9 };
  const pose = Array.from({ length: 51 }, (_, i) => [0.05 * Math.floor(i / 3), 0.5, 0.9][i % 3]);
  const mask = { width: 2, height: 2, left: 0, top: 0, right: 1, bottom: 1, runs: [0, 1, 1, 2, 3, 1] };
  return [
    { name: nasty, picture, figure: 0.25, float: { boxes: [box] }, quantized: { boxes: [] } },
    { name: longName, picture, figure: 0.5, float: { poses: [pose] }, quantized: { poses: [pose, pose] } },
    { name: 'mask.png', picture, figure: 0.5, float: { mask }, quantized: { mask } },
    { name: 'points.png', picture, figure: 0.5, float: { points: [0.1, 0.2, 0.9, 0.9] }, quantized: { points: [0.1, 0.2, 0.8, 0.9] } },
    { name: 'nothing.png', picture, figure: Number.NaN, float: {}, quantized: {} },
    { name: 'array#3', figure: 0.9, float: {}, quantized: {} },
  ];
}

/** Heads of all tasks; one of each, in this order. */
export function taskComparisons(picture?: string): TaskComparison[] {
  const worst = worstSamples(picture);
  const counts = { floatBoxes: 118_000, quantizedBoxes: 117_500, matchedBoxes: 110_000 };
  const labelled = { samples: 5000, objects: 36_781, ap50: paired, ap: { ...paired, drop: 0 }, unknown: ['zebra'] };
  return [
    { task: 'detector', name: `${nasty}boxes`, worst, ...counts, found: estimate, iou: estimate, scoreDifference: estimate, labelled },
    {
      task: 'segmenter',
      name: longName,
      worst,
      meanIou: estimate,
      pixels: estimate,
      classes: Array.from({ length: 14 }, (_, i) => ({ class: i, iou: i / 20 })),
      labelled: { samples: 10, meanIou: paired, pixels: paired },
    },
    {
      task: 'landmarks',
      name: 'mesh',
      worst,
      points: 468,
      normalizedBy: 'inter-ocular distance',
      error: estimate,
      labelled: { samples: 300, error: { float: 0.031, quantized: 0.034, drop: -0.003, interval: { low: -0.005, high: -0.001 } } },
    },
    {
      task: 'pose',
      name: 'people',
      worst,
      floatPeople: 12,
      quantizedPeople: 11,
      similarity: estimate,
      scoreDifference: estimate,
      labelled: { samples: 2346, people: 6352, ap50: paired, ap: paired, similarity: paired },
    },
    {
      task: 'embedder',
      name: 'features',
      worst,
      size: 1280,
      cosine: estimate,
      lowest: 0.5,
      retrieval: { samples: 512, share: 0.99, interval },
    },
    {
      task: 'regressor',
      name: 'depth',
      worst,
      shape: [1, 9],
      sqnr: { value: 150 },
      error: { value: 123_456_789, interval },
      magnitude: 1e9,
    },
    { task: 'classifier', name: 'weather', classification: comparison.classification! },
  ];
}
