// Owns the task of finding the poses of people by MoveNet, of one person or of several.

import { ModelError } from '../errors';
import type { OptionNames } from '../options';
import { fit, pictureX, pictureY } from '../pixels/crop';
import type { Preprocessing } from '../pixels/preprocessing';
import { loadTaskModel, type TaskModelHandle } from '../task-model';
import type { TaskSource } from '../task-source';
import { poseRow, readPoses } from '../tasks/poses';
import { dequantize } from '../tensor';
import type { Picture } from './picture';
import type { Pose } from './pose';
import { type TaskOptions, taskOptionNames, VisionTask } from './task';

export interface MoveNetOptions extends TaskOptions {
  /** Poses with a lower score are left out, in 0..1; default 0.2. */
  scoreThreshold?: number;
}

const moveNetOptionNames: OptionNames<MoveNetOptions> = { ...taskOptionNames, scoreThreshold: 1 };

const defaultScoreThreshold = 0.2;

/** As TensorFlow's tutorial of MoveNet feeds it: in proportion on black, pixels 0..255. */
const moveNetPreprocessing: Preprocessing = { resize: { letterbox: 0 }, quantized: 'pixel' };

/** Finds the poses of people: 17 keypoints each. */
export class MoveNet extends VisionTask {
  private readonly scoreThreshold: number;
  private readonly row: number;

  /**
   * Loads a MoveNet, Lightning, Thunder or MultiPose, from bytes, an address or a loaded model. MultiPose leaves its input's size open:
   * give `shapes`, multiples of 32.
   * @throws ModelError as `load` of `zeropoint/float`; `bad-shape` for other networks; `bad-argument` for options; `fetch-failed`
   */
  static async load(source: TaskSource, options: MoveNetOptions = {}): Promise<MoveNet> {
    return new MoveNet(await loadTaskModel(source, options, moveNetOptionNames, 'MoveNet.load'), options);
  }

  /** Use `load`. */
  private constructor(handle: TaskModelHandle, options: MoveNetOptions) {
    super(handle, options, moveNetPreprocessing);
    const { scoreThreshold = defaultScoreThreshold } = options;
    if (!(typeof scoreThreshold === 'number' && scoreThreshold >= 0 && scoreThreshold <= 1))
      throw new ModelError('bad-argument', `scoreThreshold is ${String(scoreThreshold)}; it must be in 0..1`);
    this.scoreThreshold = scoreThreshold;
    const [{ shape }] = this.model.outputs;
    const row = poseRow(shape);
    if (row === undefined)
      throw new ModelError('bad-shape', `an output of shape [${shape}] is not that of a MoveNet, [1,1,17,3] or [1,n,56]`);
    this.row = row;
  }

  /**
   * The people in a picture, best first: at most one from a network for one. The score of a network for one is the mean of its keypoints'.
   * @throws ModelError `bad-argument` for what is no picture, `disposed`
   */
  detect(picture: Picture): Pose[] {
    const pixels = this.pixels(picture);
    this.runPixels(pixels);
    const [height, width] = this.input.shape.slice(-3);
    const place = fit(pixels, this.preprocessing, width, height);
    return readPoses(dequantize(this.model.outputs[0]), this.row)
      .filter(({ score }) => score >= this.scoreThreshold)
      .sort((a, b) => b.score - a.score)
      .map(({ score, keypoints }) => ({
        score,
        keypoints: keypoints.map(({ x, y, ...point }) => ({ ...point, x: pictureX(place, x * width), y: pictureY(place, y * height) })),
      }));
  }
}
