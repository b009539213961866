// Owns boxes: their overlap, and the suppression of those that overlap better ones.

/** Edges in pixels of a picture, from its top left corner; they may lie outside of it. */
export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** Area of the intersection over area of the union, in [0, 1]; 0 for boxes without area. */
export function intersectionOverUnion(a: Box, b: Box): number {
  const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  if (!(width > 0 && height > 0)) return 0;
  const area = ({ left, top, right, bottom }: Box) => (right - left) * (bottom - top);
  return (width * height) / (area(a) + area(b) - width * height);
}

/** A box with its class and score. */
export interface ScoredBox {
  readonly box: Box;
  /** Index of the class. */
  readonly index: number;
  readonly score: number;
}

/**
 * The `count` best boxes, best first, without those that overlap a better one of their class by more than `iouThreshold`: greedy
 * non-maximum suppression, as torchvision.ops.batched_nms. Equal scores keep their order.
 */
export function suppressOverlaps<B extends ScoredBox>(boxes: readonly B[], iouThreshold: number, count: number): B[] {
  const kept: B[] = [];
  for (const candidate of [...boxes].sort((a, b) => b.score - a.score)) {
    if (kept.length >= count) break;
    const overlaps = kept.some(({ box, index }) => index === candidate.index && intersectionOverUnion(box, candidate.box) > iouThreshold);
    if (!overlaps) kept.push(candidate);
  }
  return kept;
}
