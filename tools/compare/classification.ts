// Owns counting right and changed classes of two classifiers over a dataset.
import type { Sample } from '../dataset/dataset';
import type { ChangedSample, Classification, PairedAccuracy, PairedCounts } from './comparison';
import { pairedAccuracy, wilsonInterval } from './statistics';

/** Changed samples kept with their names and pictures, whatever the dataset's size. */
export const mostChanges = 1000;

/** Index of the largest score, the first among equals. */
export function bestClass(scores: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < scores.length; i++) if (scores[i] > scores[best]) best = i;
  return best;
}

/** How many classes come before `index` when sorted by score; equal scores in the order of their classes. */
export function rankOf(scores: ArrayLike<number>, index: number): number {
  let rank = 0;
  for (let i = 0; i < scores.length; i++) if (scores[i] > scores[index] || (scores[i] === scores[index] && i < index)) rank++;
  return rank;
}

/** Both right, one of them, none: one count per outcome. */
class Tally {
  readonly counts = { both: 0, floatOnly: 0, quantizedOnly: 0, neither: 0 };

  add(float: boolean, quantized: boolean): void {
    this.counts[float ? (quantized ? 'both' : 'floatOnly') : quantized ? 'quantizedOnly' : 'neither']++;
  }

  merge(counts: PairedCounts): void {
    for (const outcome of ['both', 'floatOnly', 'quantizedOnly', 'neither'] as const) this.counts[outcome] += counts[outcome];
  }

  accuracy(): PairedAccuracy {
    return pairedAccuracy({ ...this.counts });
  }
}

/** With the position in the dataset. */
interface PlacedChange extends ChangedSample {
  readonly index: number;
}

/** A ClassificationCounter as plain data. */
export interface ClassificationState {
  readonly classes: number;
  readonly labelOffset: number;
  readonly samples: number;
  readonly labelled: number;
  readonly top1: PairedCounts;
  readonly top5: PairedCounts;
  readonly changes: number;
  /** The first of them, in the dataset's order. */
  readonly changed: readonly PlacedChange[];
}

export class ClassificationCounter {
  private readonly top1 = new Tally();
  private readonly top5 = new Tally();
  private changed: PlacedChange[] = [];
  private samples = 0;
  private labelled = 0;
  private changes = 0;

  /** Labels of the dataset plus `labelOffset` are indices of `classes` scores. */
  constructor(
    private readonly classes: number,
    private readonly labelOffset: number,
  ) {}

  /** Counts one sample by its scores; samples come in the dataset's order. A label that names no class is wrong for both networks. */
  add(sample: Pick<Sample, 'name' | 'index' | 'picture' | 'label'>, float: Float32Array, quantized: Float32Array): void {
    this.samples++;
    const label = sample.label === undefined ? undefined : sample.label + this.labelOffset;
    if (label !== undefined) {
      this.labelled++;
      const ranks = [float, quantized].map((scores) => (label in scores ? rankOf(scores, label) : this.classes));
      this.top1.add(ranks[0] < 1, ranks[1] < 1);
      this.top5.add(ranks[0] < 5, ranks[1] < 5);
    }
    const [from, to] = [bestClass(float), bestClass(quantized)];
    if (from === to) return;
    this.changes++;
    if (this.changed.length >= mostChanges) return;
    this.changed.push({
      index: sample.index,
      name: sample.name,
      picture: sample.picture,
      label,
      float: { class: from, score: float[from] },
      quantized: { class: to, score: quantized[to] },
    });
  }

  /** Adds another shard's counts, of as many classes and the same offset. */
  merge(other: ClassificationCounter): void {
    this.samples += other.samples;
    this.labelled += other.labelled;
    this.changes += other.changes;
    this.top1.merge(other.top1.counts);
    this.top5.merge(other.top5.counts);
    this.changed = [...this.changed, ...other.changed].sort((a, b) => a.index - b.index).slice(0, mostChanges);
  }

  state(): ClassificationState {
    const { classes, labelOffset, samples, labelled, changes, changed } = this;
    return { classes, labelOffset, samples, labelled, top1: this.top1.counts, top5: this.top5.counts, changes, changed };
  }

  static from({ classes, labelOffset, samples, labelled, top1, top5, changes, changed }: ClassificationState): ClassificationCounter {
    const counter = new ClassificationCounter(classes, labelOffset);
    Object.assign(counter, { samples, labelled, changes, changed: [...changed] });
    counter.top1.merge(top1);
    counter.top5.merge(top5);
    return counter;
  }

  result(): Classification {
    const { classes, labelled, labelOffset, changes, samples } = this;
    const changed = this.changed.map(({ index: _, ...sample }) => sample);
    return {
      classes,
      labelled,
      labelOffset,
      top1: labelled > 0 ? this.top1.accuracy() : undefined,
      top5: labelled > 0 && classes > 5 ? this.top5.accuracy() : undefined,
      agreement: samples > 0 ? (samples - changes) / samples : 1,
      agreementInterval: wilsonInterval(samples - changes, samples),
      changes,
      changed,
    };
  }
}
