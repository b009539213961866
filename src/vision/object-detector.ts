// Owns the task of finding objects: SSD networks that end in TFLite_Detection_PostProcess, and heads of YOLO.

import { ModelError } from '../errors';
import type { OptionNames } from '../options';
import { type Fit, fit, pictureX, pictureY } from '../pixels/crop';
import type { Preprocessing } from '../pixels/preprocessing';
import { loadTaskModel, type TaskModelHandle } from '../task-model';
import type { TaskSource } from '../task-source';
import type { Box } from '../tasks/boxes';
import { className } from '../tasks/classification';
import { isDetector } from '../tasks/detection';
import { type DetectorHead, detectedObjects, detectorHead, inputSize } from '../tasks/objects';
import type { InputSize } from '../tasks/yolo';
import type { Picture } from './picture';
import { type TaskOptions, taskOptionNames, VisionTask } from './task';

/** One object in a picture. */
export interface DetectedObject {
  /** The class's name, or `class 7` where there is none. */
  label: string;
  /** Index of the class. */
  index: number;
  /** In [0, 1]. */
  score: number;
  /** In pixels of the picture, kept inside of it. */
  box: Box;
}

export interface DetectionOptions {
  /** Objects that `detect` gives, an integer >= 1; default 100. */
  maxResults?: number;
  /** Objects with a lower score are left out; default 0.25. */
  scoreThreshold?: number;
  /** Of two boxes of one class that overlap by more, in [0, 1], the better one stays; default 0.45. Of heads without suppression only. */
  iouThreshold?: number;
}

export interface ObjectDetectorOptions extends TaskOptions, DetectionOptions {}

const detectorOptionNames: OptionNames<ObjectDetectorOptions> = { ...taskOptionNames, maxResults: 1, scoreThreshold: 1, iouThreshold: 1 };

const defaults = { maxResults: 100, scoreThreshold: 0.25, iouThreshold: 0.45 };

/** As Ultralytics feeds them: in proportion on grey 114, pixel / 255. */
const yoloPreprocessing: Preprocessing = { resize: { letterbox: 114 }, mean: 0, std: 255, quantized: 'normalized' };

function checked({ maxResults, scoreThreshold, iouThreshold }: Required<DetectionOptions>): void {
  if (!(Number.isInteger(maxResults) && maxResults >= 1))
    throw new ModelError('bad-argument', `maxResults is ${String(maxResults)}; it must be an integer >= 1`);
  for (const [name, value] of Object.entries({ scoreThreshold, iouThreshold })) {
    if (!(typeof value === 'number' && value >= 0 && value <= 1))
      throw new ModelError('bad-argument', `${name} is ${String(value)}; it must be in 0..1`);
  }
}

function headOf({ model }: TaskModelHandle, labels: readonly string[] | undefined): DetectorHead {
  const head = detectorHead(model, labels?.length);
  if (head) return head;
  const shapes = model.outputs.map(({ shape }) => `[${shape}]`).join(', ');
  throw new ModelError(
    'bad-shape',
    `outputs of shapes ${shapes} are not those of a detector that is known: SSD with TFLite_Detection_PostProcess, YOLO`,
  );
}

/** Finds objects of many classes, with their boxes. */
export class ObjectDetector extends VisionTask {
  private readonly head: DetectorHead;
  private readonly size: InputSize;
  private readonly settings: Required<DetectionOptions>;

  /**
   * Loads a detector from bytes, an address or a loaded model: SSD networks with their post-processing, as EfficientDet-Lite and
   * MobileNet-SSD; YOLOv5, v8, v10, v11 and 26 as Ultralytics exports them, or cut before their decoding.
   * @throws ModelError as `load` of `zeropoint/float`; `bad-shape` for other networks; `bad-argument` for options; `fetch-failed`
   */
  static async load(source: TaskSource, options: ObjectDetectorOptions = {}): Promise<ObjectDetector> {
    return new ObjectDetector(await loadTaskModel(source, options, detectorOptionNames, 'ObjectDetector.load'), options);
  }

  /** Use `load`. */
  private constructor(handle: TaskModelHandle, options: ObjectDetectorOptions) {
    const isSsd = isDetector(handle.model);
    super(handle, options, isSsd ? undefined : yoloPreprocessing);
    this.head = headOf(handle, this.classNames);
    this.size = inputSize(this.model);
    this.settings = this.settingsWith(options);
  }

  /** By class; absent: the model has no labels. */
  get classNames(): readonly string[] | undefined {
    return this.labels.find((labels) => labels !== undefined);
  }

  private settingsWith({ maxResults, scoreThreshold, iouThreshold }: DetectionOptions): Required<DetectionOptions> {
    const base = this.settings ?? defaults;
    const settings = {
      maxResults: maxResults ?? base.maxResults,
      scoreThreshold: scoreThreshold ?? base.scoreThreshold,
      iouThreshold: iouThreshold ?? base.iouThreshold,
    };
    checked(settings);
    return settings;
  }

  /**
   * The objects in a picture, best first.
   * @param options those of the detector, where they are left out
   * @throws ModelError `bad-argument` for what is no picture, `disposed`
   */
  detect(picture: Picture, options: DetectionOptions = {}): DetectedObject[] {
    const settings = this.settingsWith(options);
    const pixels = this.pixels(picture);
    this.runPixels(pixels);
    const place = fit(pixels, this.preprocessing, this.size.width, this.size.height);
    const found = detectedObjects(this.head, this.model, this.size, { ...settings, classes: this.classNames?.length });
    return found.map(({ box, index, score }) => ({
      label: className(index, this.classNames),
      index,
      score,
      box: insidePicture(box, place, pixels),
    }));
  }
}

function insidePicture({ left, top, right, bottom }: Box, place: Fit, { width, height }: InputSize): Box {
  const x = (position: number) => Math.min(width, Math.max(0, pictureX(place, position)));
  const y = (position: number) => Math.min(height, Math.max(0, pictureY(place, position)));
  return { left: x(left), top: y(top), right: x(right), bottom: y(bottom) };
}
