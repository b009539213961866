// Owns what a network finds in a picture as plain data, where its outputs are those of a detector, a segmentation or a pose network.
import type { Model } from 'zeropoint';
import type { Pixels, Preprocessing } from 'zeropoint/image';
import { type Detection, detectorHead } from 'zeropoint/tasks';
import { ImageSegmenter, type Landmark, MoveNet, ObjectDetector, type Pose, type Segmentation, type SegmentShare } from 'zeropoint/vision';
import { findLandmarks, landmarkOutput, landmarkPreprocessing } from './landmarks';
import { headsOf } from './tasks';

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

/** A task whose runs are not timed. */
interface Finder {
  readonly preprocessing: Preprocessing;
  find(pixels: Pixels, top?: number): Omit<PictureFindings, 'milliseconds'>;
}

const relative = ({ width, height }: Pixels, { left, top, right, bottom }: Detection['box']): Detection['box'] => ({
  top: top / height,
  left: left / width,
  bottom: bottom / height,
  right: right / width,
});

/** A MoveNet on pictures. */
async function poseTask(model: Model, options: PictureTaskOptions): Promise<Finder> {
  const poses = await MoveNet.load(model, options);
  return {
    preprocessing: poses.preprocessing,
    find: (pixels, top = defaultCount) => ({ findings: { poses: poses.detect(pixels).slice(0, top) } }),
  };
}

/** A detector of objects on pictures; undefined for MediaPipe's detectors of one kind of objects. */
async function detectorTask(model: Model, options: PictureTaskOptions): Promise<Finder | undefined> {
  if (detectorHead(model, options.labels?.length) === undefined) return undefined;
  const detector = await ObjectDetector.load(model, options);
  const find = (pixels: Pixels, top = defaultCount): Detection[] =>
    detector.detect(pixels, { maxResults: top }).map(({ index, label, score, box }) => {
      const named = detector.classNames?.[index] === undefined ? {} : { label };
      return { class: index, ...named, score, box: relative(pixels, box) };
    });
  return { preprocessing: detector.preprocessing, find: (pixels, top) => ({ findings: { detections: find(pixels, top) } }) };
}

async function segmenterTask(model: Model, { labels, preprocessing }: PictureTaskOptions): Promise<Finder> {
  const segmenter = await ImageSegmenter.load(model, { labels, preprocessing });
  return {
    preprocessing: segmenter.preprocessing,
    find: (pixels) => {
      const mask = segmenter.segment(pixels);
      return { findings: { segments: mask.shares }, mask };
    },
  };
}

/** Landmarks are those of networks that are fed as MediaPipe feeds them. */
function landmarksTask(model: Model, { preprocessing }: PictureTaskOptions): Finder | undefined {
  const points = landmarkOutput(model);
  if (points === undefined || preprocessing !== undefined) return undefined;
  return {
    preprocessing: landmarkPreprocessing,
    find: (pixels) => ({ findings: { landmarks: findLandmarks(model, points, pixels) } }),
  };
}

/** The task of a network of one input; undefined for those without results in the picture. */
async function finderOf(model: Model, options: PictureTaskOptions): Promise<Finder | undefined> {
  const heads = headsOf(model, options.labels);
  if (heads.some(({ task }) => task === 'landmarks')) return landmarksTask(model, options);
  const [{ task }] = heads;
  if (task === 'pose') return poseTask(model, options);
  if (task === 'detector') return detectorTask(model, options);
  return task === 'segmenter' && heads.length === 1 ? segmenterTask(model, options) : undefined;
}

/**
 * The task of a network of one input on pictures; undefined for classifiers and for networks whose outputs are of no task that is known.
 * @throws ModelError as the tasks of `zeropoint/vision`
 */
export async function pictureTask(loaded: Model, options: PictureTaskOptions): Promise<PictureTask | undefined> {
  if (loaded.inputs.length !== 1) return undefined;
  const { model, milliseconds } = timed(loaded);
  const finder = await finderOf(model, options);
  return (
    finder && {
      preprocessing: finder.preprocessing,
      find: (pixels, top) => ({ ...finder.find(pixels, top), milliseconds: milliseconds() }),
    }
  );
}
