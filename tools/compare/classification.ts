// Owns the counts of correct and changed classes of two classifiers over a dataset.
import { bestClass, rankOf } from 'zeropoint/tasks';
import type { Sample } from '../dataset/dataset';
import type { ChangedSample, Classification, PairedAccuracy, PairedCounts } from './figures';
import { pairedAccuracy, wilsonInterval } from './statistics';

/** Changed samples kept with their names and pictures, so that memory does not grow with the dataset. */
export const maxChanges = 1000;

/** The contingency table of one accuracy, while it is counted. */
class PairedCounter {
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

/** `index` is the sample's position in the dataset. */
interface IndexedChange extends ChangedSample {
  readonly index: number;
}

/** A ClassificationCounter as plain data; members as in `Classification`. */
export interface ClassificationState {
  readonly classes: number;
  readonly labelOffset: number;
  readonly samples: number;
  readonly labelled: number;
  readonly top1: PairedCounts;
  readonly top5: PairedCounts;
  readonly changes: number;
  /** The first `maxChanges` of them in the dataset's order. */
  readonly changed: readonly IndexedChange[];
}

export class ClassificationCounter {
  private readonly top1 = new PairedCounter();
  private readonly top5 = new PairedCounter();
  private changed: IndexedChange[] = [];
  private samples = 0;
  private labelled = 0;
  private changes = 0;

  /** `classes`: number of scores. Output index = label + `labelOffset`. */
  constructor(
    private readonly classes: number,
    private readonly labelOffset: number,
  ) {}

  /**
   * Counts one sample by the scores of both networks, [classes] real numbers each. Samples come in the dataset's order. A label beyond the
   * classes counts as misclassified by both networks.
   */
  add(sample: Pick<Sample, 'name' | 'index' | 'picture' | 'label'>, float: Float32Array, quantized: Float32Array): void {
    this.samples++;
    const label = sample.label === undefined ? undefined : sample.label + this.labelOffset;
    if (label !== undefined) {
      this.labelled++;
      const ranks = [float, quantized].map((scores) => (label in scores ? rankOf(scores, label) : this.classes));
      this.top1.add(ranks[0] < 1, ranks[1] < 1);
      this.top5.add(ranks[0] < 5, ranks[1] < 5);
    }
    const [floatClass, quantizedClass] = [bestClass(float), bestClass(quantized)];
    if (floatClass === quantizedClass) return;
    this.changes++;
    if (this.changed.length >= maxChanges) return;
    this.changed.push({
      index: sample.index,
      name: sample.name,
      picture: sample.picture,
      label,
      float: { class: floatClass, score: float[floatClass] },
      quantized: { class: quantizedClass, score: quantized[quantizedClass] },
    });
  }

  /** Adds the counts of another shard, which has as many classes and the same offset. */
  merge(other: ClassificationCounter): void {
    this.samples += other.samples;
    this.labelled += other.labelled;
    this.changes += other.changes;
    this.top1.merge(other.top1.counts);
    this.top5.merge(other.top5.counts);
    this.changed = [...this.changed, ...other.changed].sort((a, b) => a.index - b.index).slice(0, maxChanges);
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
