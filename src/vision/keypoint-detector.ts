// Owns MediaPipe's detectors of objects with key points, BlazeFace and its relatives, as part of the tasks that use them.

import { ModelError } from '../errors';
import type { Pixels } from '../pixels/pixels';
import type { Preprocessing } from '../pixels/preprocessing';
import { type Region, regionPoint, sampleRegion, wholePicture, withProportions } from '../pixels/region';
import type { TaskModelHandle } from '../task-model';
import { decodeKeypointBoxes, type KeypointBox, type KeypointHeads, keypointHeads } from '../tasks/anchors';
import { suppressWeighted } from '../tasks/weighted-suppression';
import { dequantize, type Tensor } from '../tensor';
import { type TaskOptions, VisionTask } from './task';

/** `min_suppression_threshold` of all of MediaPipe's graphs. */
export const defaultIouThreshold = 0.3;

export interface DetectorKind {
  /** What it finds, as messages say it. */
  readonly name: string;
  /** Numbers of key points that its networks give. */
  readonly keypoints: readonly number[];
  readonly preprocessing: Preprocessing;
}

/** Positions of a box with key points, from shares of a region that is not turned to pixels of its picture. */
function inPicture({ box, score, keypoints }: KeypointBox, region: Region): KeypointBox {
  const { x: left, y: top } = regionPoint(region, box.left, box.top);
  const { x: right, y: bottom } = regionPoint(region, box.right, box.bottom);
  return { box: { left, top, right, bottom }, score, keypoints: keypoints.map(({ x, y }) => regionPoint(region, x, y)) };
}

export class KeypointDetector extends VisionTask {
  private readonly heads: KeypointHeads<Tensor>;

  /** @throws ModelError `bad-shape` for other networks */
  constructor(handle: TaskModelHandle, options: TaskOptions, kind: DetectorKind) {
    super(handle, options, kind.preprocessing);
    const [height, width] = this.input.shape.slice(-3);
    const heads = keypointHeads(this.model.outputs, kind.keypoints, width, height);
    if (!heads) {
      const shapes = this.model.outputs.map(({ shape }) => `[${shape}]`).join(', ');
      throw new ModelError(
        'bad-shape',
        `outputs of shapes ${shapes} over ${width}x${height} pixels are not those of MediaPipe's ${kind.name}`,
      );
    }
    this.heads = heads;
  }

  /** Boxes in pixels of the picture, which they may exceed, best first. */
  find(pixels: Pixels, scoreThreshold: number, iouThreshold = defaultIouThreshold): KeypointBox[] {
    const [height, width] = this.input.shape.slice(-3);
    const region = withProportions(wholePicture(pixels), width, height);
    sampleRegion(pixels, region, this.preprocessing, 'zero', this.input, this.input.data);
    this.model.run();
    const { boxes, logits, centres } = this.heads;
    const found = decodeKeypointBoxes(dequantize(boxes), dequantize(logits), centres, { width, height, scoreThreshold });
    return suppressWeighted(found, iouThreshold).map((box) => inPicture(box, region));
  }
}
