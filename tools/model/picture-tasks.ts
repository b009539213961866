// Owns what a network finds in a picture as plain data, where its outputs are those of a detector, a segmentation or a pose network.
import { type Model, ModelError } from 'zeropoint';
import type { Pixels, Preprocessing } from 'zeropoint/image';
import { type Detection, isClassifier } from 'zeropoint/tasks';
import { ImageSegmenter, type Landmark, MoveNet, ObjectDetector, type Pose, type Segmentation, type SegmentShare } from 'zeropoint/vision';
import { findLandmarks, landmarkOutput, landmarkPreprocessing } from './landmarks';
import { isMask } from './tasks';

/** What was found; positions are in pixels of the picture, boxes relative to its size. */
export interface Findings {
  /** Best first. */
  detections?: Detection[];
  /** Best first. */
  poses?: Pose[];
  /** Shares of the pixels, the largest first. */
  segments?: SegmentShare[];
  /** In the network's order. */
  landmarks?: Landmark[];
}

/** Findings in one picture. */
export interface PictureFindings {
  readonly findings: Findings;
  /** The class of every pixel, of segmentations. */
  readonly mask?: Segmentation;
  /** Of the model's run alone. */
  readonly milliseconds: number;
}

export interface PictureTask {
  readonly preprocessing: Preprocessing;
  find(pixels: Pixels, top: number | undefined): PictureFindings;
}

export interface PictureTaskOptions {
  /** Names of the classes. */
  readonly labels: readonly string[] | undefined;
  /** Absent: the model's own, else that of the task. */
  readonly preprocessing: Preprocessing | undefined;
  /** Objects and poses of a lower score are left out, in 0..1. */
  readonly scoreThreshold: number;
}

/** Objects and people that are given where the command line does not say how many. */
const defaultCount = 100;

/** The model, and how long its last run took. */
function timed(model: Model): { model: Model; milliseconds(): number } {
  let last = 0;
  const run = (): void => {
    const started = performance.now();
    model.run();
    last = performance.now() - started;
  };
  const proxy = new Proxy(model, {
    get(target, name) {
      if (name === 'run') return run;
      const member = Reflect.get(target, name, target) as unknown;
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
  return { model: proxy, milliseconds: () => last };
}

/** What `load` gives; undefined where the outputs are not those of the task. @throws ModelError for all other reasons */
async function fitting<T>(load: () => Promise<T>): Promise<T | undefined> {
  try {
    return await load();
  } catch (error) {
    if (error instanceof ModelError && error.code === 'bad-shape') return undefined;
    throw error;
  }
}

const relative = ({ width, height }: Pixels, { left, top, right, bottom }: Detection['box']): Detection['box'] => ({
  top: top / height,
  left: left / width,
  bottom: bottom / height,
  right: right / width,
});

/**
 * The task of a network of one input on pictures; undefined for classifiers and for networks whose outputs are of no task that is known.
 * @throws ModelError as the tasks of `zeropoint/vision`
 */
export async function pictureTask(
  loaded: Model,
  { labels, preprocessing, scoreThreshold }: PictureTaskOptions,
): Promise<PictureTask | undefined> {
  if (isClassifier(loaded) || loaded.inputs.length !== 1) return undefined;
  const { model, milliseconds } = timed(loaded);
  const points = preprocessing === undefined ? landmarkOutput(loaded) : undefined;
  if (points !== undefined) {
    const find = (pixels: Pixels) => ({ findings: { landmarks: findLandmarks(model, points, pixels) }, milliseconds: milliseconds() });
    return { preprocessing: landmarkPreprocessing, find };
  }
  const options = { labels, preprocessing, scoreThreshold };
  const poses = await fitting(() => MoveNet.load(model, options));
  if (poses) {
    const find = (pixels: Pixels, top = defaultCount) => ({ findings: { poses: poses.detect(pixels).slice(0, top) } });
    return { preprocessing: poses.preprocessing, find: (pixels, top) => ({ ...find(pixels, top), milliseconds: milliseconds() }) };
  }
  const detector = await fitting(() => ObjectDetector.load(model, options));
  if (detector) {
    const find = (pixels: Pixels, top = defaultCount): Detection[] =>
      detector.detect(pixels, { maxResults: top }).map(({ index, label, score, box }) => {
        const named = detector.classNames?.[index] === undefined ? {} : { label };
        return { class: index, ...named, score, box: relative(pixels, box) };
      });
    return {
      preprocessing: detector.preprocessing,
      find: (pixels, top) => ({ findings: { detections: find(pixels, top) }, milliseconds: milliseconds() }),
    };
  }
  if (model.outputs.length !== 1 || !isMask(model, 0, labels, true)) return undefined;
  const segmenter = await fitting(() => ImageSegmenter.load(model, { labels, preprocessing }));
  return (
    segmenter && {
      preprocessing: segmenter.preprocessing,
      find: (pixels) => {
        const mask = segmenter.segment(pixels);
        return { findings: { segments: mask.shares }, mask, milliseconds: milliseconds() };
      },
    }
  );
}
