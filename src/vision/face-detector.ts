// Owns the task of finding faces by BlazeFace: boxes, scores and six key points.

import type { Model } from '../model';
import type { OptionNames } from '../options';
import type { Preprocessing } from '../pixels/preprocessing';
import { loadTaskModel, type TaskModelHandle } from '../task-model';
import type { TaskSource } from '../task-source';
import type { Box } from '../tasks/boxes';
import { defaultIouThreshold, KeypointDetector } from './keypoint-detector';
import { checkDetection, type NamedPoint } from './landmarks';
import { type Picture, PictureReader } from './picture';
import { type TaskOptions, taskOptionNames } from './task';

/** One face in a picture. */
export interface DetectedFace {
  /** In (0, 1]. */
  readonly score: number;
  /** In pixels of the picture, which it may exceed. */
  readonly box: Box;
  /** Both eyes, the tip of the nose, the middle of the mouth and both tragions; `right_eye` is the right one of the person. */
  readonly keypoints: readonly NamedPoint[];
}

export interface FaceDetectionOptions {
  /** Faces that `detect` gives, an integer >= 1; default 100. */
  maxResults?: number;
  /** Faces with a lower score are left out, in 0..1; default 0.5, of the full-range network 0.6, as in MediaPipe's graphs. */
  scoreThreshold?: number;
  /** Boxes that overlap by more, in 0..1, are averaged to one; default 0.3. */
  iouThreshold?: number;
}

export interface FaceDetectorOptions extends TaskOptions, FaceDetectionOptions {}

const faceDetectorOptionNames: OptionNames<FaceDetectorOptions> = { ...taskOptionNames, maxResults: 1, scoreThreshold: 1, iouThreshold: 1 };

/** `FaceKeyPoint` of `mediapipe/tasks/cc/vision/face_detector`, in the order of the outputs. */
const keypointNames = ['right_eye', 'left_eye', 'nose_tip', 'mouth_center', 'right_ear_tragion', 'left_ear_tragion'];

/** `output_tensor_float_range` of `mediapipe/modules/face_detection/face_detection.pbtxt`. */
const preprocessing: Preprocessing = { mean: 127.5, std: 127.5, quantized: 'normalized' };

export const faceDetectorKind = { name: 'face detectors', keypoints: [keypointNames.length], preprocessing };

/** Side of the full-range network's input. */
const fullRangeSide = 192;

/** Finds faces by BlazeFace: its short-range network those within 2 metres of the camera, the full-range one those within 5. */
export class FaceDetector {
  private readonly detector: KeypointDetector;
  private readonly pictures = new PictureReader();
  private readonly settings: Required<FaceDetectionOptions>;

  /**
   * Loads BlazeFace, short range (128x128) or full range (192x192), from bytes, an address or a loaded model.
   * @throws ModelError as `load` of `zeropoint/float`; `bad-shape` for other networks; `bad-argument` for options; `fetch-failed`
   */
  static async load(source: TaskSource, options: FaceDetectorOptions = {}): Promise<FaceDetector> {
    return new FaceDetector(await loadTaskModel(source, options, faceDetectorOptionNames, 'FaceDetector.load'), options);
  }

  /** Use `load`. */
  private constructor(handle: TaskModelHandle, options: FaceDetectorOptions) {
    this.detector = new KeypointDetector(handle, options, faceDetectorKind);
    const scoreThreshold = this.model.inputs[0].shape.includes(fullRangeSide) ? 0.6 : 0.5;
    this.settings = this.settingsWith({ maxResults: 100, scoreThreshold, iouThreshold: defaultIouThreshold }, options);
  }

  get model(): Model {
    return this.detector.model;
  }

  get preprocessing(): Preprocessing {
    return this.detector.preprocessing;
  }

  private settingsWith(base: Required<FaceDetectionOptions>, options: FaceDetectionOptions): Required<FaceDetectionOptions> {
    const { maxResults = base.maxResults, scoreThreshold = base.scoreThreshold, iouThreshold = base.iouThreshold } = options;
    checkDetection(maxResults, { scoreThreshold, iouThreshold });
    return { maxResults, scoreThreshold, iouThreshold };
  }

  /**
   * The faces in a picture, best first.
   * @param options those of the detector, where they are left out
   * @throws ModelError `bad-argument` for what is no picture, `disposed`
   */
  detect(picture: Picture, options: FaceDetectionOptions = {}): DetectedFace[] {
    const { maxResults, scoreThreshold, iouThreshold } = this.settingsWith(this.settings, options);
    const faces = this.detector.find(this.pictures.read(picture), scoreThreshold, iouThreshold);
    return faces.slice(0, maxResults).map(({ box, score, keypoints }) => ({
      score,
      box,
      keypoints: keypoints.map((point, k) => ({ name: keypointNames[k], ...point })),
    }));
  }

  /** Releases the model, unless it was given loaded. */
  dispose(): void {
    this.detector.dispose();
  }
}
