// Owns the check of a head's measures that come from a file: types of all members, and consistency between them.
import {
  type Check,
  consistent,
  count,
  ensure,
  integer,
  isObject,
  list,
  literal,
  Mismatch,
  maybe,
  real,
  record,
  text,
  within,
} from '../../json';
import type { ClassificationState } from '../classification';
import { type BootstrapState, replicates } from './bootstrap';
import type { ClassifierState } from './classifier';
import type { DetectorState } from './detector';
import type { EmbedderState } from './embedder';
import type { LandmarksState } from './landmarks';
import type { HeadState } from './measure';
import type { PictureState } from './paired-precision';
import type { PoseState } from './pose';
import type { RegressorState } from './regressor';
import type { SegmenterState } from './segmenter';
import { type Findings, type IndexedWorst, maxWorst, type ShownBox, type ShownMask } from './worst';

const numbers = list(real);

/** Sums of so many columns. */
const sumsOf = (columns: number): Check<BootstrapState> =>
  consistent(record<BootstrapState>({ columns: count, samples: count, sums: numbers }), (state, at) => {
    ensure(state.columns === columns, at, `has ${state.columns} columns, not ${columns}`);
    ensure(state.sums.length <= columns * (1 + replicates), at, 'has too many sums');
  });

/** Pictures of masks, whose pixels are drawn. */
const maxSide = 2 ** 12;
const side = within(1, maxSide);
const runs: Check<number[]> = list(count);
const mask = consistent(
  record<ShownMask>({ width: side, height: side, left: real, top: real, right: real, bottom: real, runs }),
  ({ width, height, runs: counts }, at) => {
    const pixels = counts.reduce((sum, number, i) => (i % 2 === 1 ? sum + number : sum), 0);
    ensure(counts.length % 2 === 0 && pixels === width * height, at, `is not of ${width}x${height} pixels`);
  },
);
const shownBox = record<ShownBox>({ class: integer, score: real, left: real, top: real, right: real, bottom: real });
const person = consistent(numbers, (values, at) => ensure(values.length === 51, at, 'is not x, y and score of 17 keypoints'));
const findings = record<Findings>({
  boxes: maybe(list(shownBox)),
  poses: maybe(list(person)),
  points: maybe(consistent(numbers, (values, at) => ensure(values.length % 2 === 0, at, 'is not x and y in turn'))),
  mask: maybe(mask),
});
const worst = consistent(
  list(record<IndexedWorst>({ index: count, name: text, picture: maybe(text), figure: real, float: findings, quantized: findings })),
  (samples, at) => ensure(samples.length <= maxWorst, at, `has more than ${maxWorst} samples`),
);

/** Numbers in groups of `size`, each after the other. */
const grouped = (size: number): Check<number[]> =>
  consistent(numbers, (values, at) => ensure(values.length % size === 0, at, `is not numbers in groups of ${size}`));
const picture = record<PictureState>({ index: count, float: grouped(4), quantized: grouped(4), objects: grouped(2) });
const detector = record<DetectorState>({
  task: literal('detector'),
  name: text,
  sums: sumsOf(5),
  worst,
  unknown: maybe(list(text)),
  pictures: list(picture),
});

/** Classes of maps of bytes. */
const maxClasses = 256;
const segmenter: Check<SegmenterState> = (value, at) => {
  const classes = within(1, maxClasses)(isObject(value) ? value.classes : undefined, `${at}.classes`);
  const sums = sumsOf(5 + 6 * classes);
  return record<SegmenterState>({ task: literal('segmenter'), name: text, classes: count, sums, labelled: count, worst })(value, at);
};

const landmarks = record<LandmarksState>({
  task: literal('landmarks'),
  name: text,
  points: count,
  sums: sumsOf(2),
  worst,
  labelled: maybe(sumsOf(3)),
});
const pose = record<PoseState>({
  task: literal('pose'),
  name: text,
  sums: sumsOf(5),
  worst,
  labelled: maybe(record<NonNullable<PoseState['labelled']>>({ sums: sumsOf(3), pictures: list(picture) })),
});
const regressor = record<RegressorState>({ task: literal('regressor'), name: text, shape: list(count), sums: sumsOf(4), worst });

/** Base64 of so many float32. */
const vector = (size: number): Check<string> =>
  consistent(text, (value, at) =>
    ensure(value.length === 4 * Math.ceil((4 * size) / 3) && /^[\w+/]*={0,2}$/.test(value), at, `is not ${size} numbers`),
  );
const embedder: Check<EmbedderState> = (value, at) => {
  const size = count(isObject(value) ? value.size : undefined, `${at}.size`);
  const entry = record<EmbedderState['gallery'][number]>({ index: count, float: vector(size), quantized: vector(size) });
  return record<EmbedderState>({
    task: literal('embedder'),
    name: text,
    size: count,
    sums: sumsOf(2),
    lowest: real,
    gallery: list(entry),
    worst,
  })(value, at);
};

/** `classification`: the check of counts of classes. */
export function headCheck(classification: Check<ClassificationState>): Check<HeadState> {
  const checks: { readonly [T in HeadState['task']]: Check<Extract<HeadState, { task: T }>> } = {
    classifier: record<ClassifierState>({ task: literal('classifier'), name: text, counts: classification }),
    detector,
    segmenter,
    landmarks,
    pose,
    embedder,
    regressor,
  };
  return (value, at) => {
    const task = isObject(value) ? value.task : undefined;
    if (typeof task !== 'string' || !Object.hasOwn(checks, task)) throw new Mismatch(`${at}.task`, 'is no task that is known');
    return checks[task as HeadState['task']](value, at);
  };
}
