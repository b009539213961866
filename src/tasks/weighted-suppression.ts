// Owns the suppression of overlapping boxes that averages them: the results of BlazeFace and its relatives.
import type { KeypointBox, Point } from './anchors';
import { type Box, intersectionOverUnion } from './boxes';

const edges = ['left', 'top', 'right', 'bottom'] as const;

/** The mean of boxes and their key points, weighted by their scores, with the score of the first. */
function weightedMean(boxes: readonly KeypointBox[]): KeypointBox {
  const total = boxes.reduce((sum, { score }) => sum + score, 0);
  const mean = (of: (box: KeypointBox) => number) => boxes.reduce((sum, box) => sum + of(box) * box.score, 0) / total;
  const [{ score, keypoints }] = boxes;
  return {
    box: Object.fromEntries(edges.map((edge) => [edge, mean(({ box }) => box[edge])])) as unknown as Box,
    score,
    keypoints: keypoints.map((_, k): Point => ({ x: mean((box) => box.keypoints[k].x), y: mean((box) => box.keypoints[k].y) })),
  };
}

/**
 * Blended non-maximum suppression, best first: the best box and all that overlap it by more than `iouThreshold` become their mean, weighted
 * by the scores, and leave the list, until none is left: MediaPipe's NonMaxSuppressionCalculator with `algorithm: WEIGHTED` and
 * `INTERSECTION_OVER_UNION` (`mediapipe/calculators/util/non_max_suppression_calculator.cc`, WeightedNonMaxSuppression). Where the best
 * box has no area it overlaps nothing, itself neither, and it ends the results.
 */
export function suppressWeighted(boxes: readonly KeypointBox[], iouThreshold: number): KeypointBox[] {
  const results: KeypointBox[] = [];
  let left = [...boxes].sort((a, b) => b.score - a.score);
  while (left.length > 0) {
    const [best] = left;
    const overlaps = ({ box }: KeypointBox) => intersectionOverUnion(box, best.box) > iouThreshold;
    const merged = left.filter(overlaps);
    results.push(merged.length > 0 ? weightedMean(merged) : best);
    if (merged.length === 0) break;
    left = left.filter((box) => !overlaps(box));
  }
  return results;
}
