// Owns all that a comparison measures on every sample: latencies, output errors, classes. Constant memory; shards add up.
import type { Sample } from '../dataset/dataset';
import { ClassificationCounter, type ClassificationState } from './classification';
import { ErrorSums, type ErrorSumsState } from './error-sums';
import { Latencies, type LatenciesState } from './latencies';
import { type HeadMeasure, type HeadState, headMeasure } from './tasks/measure';
import { type NetworkRun, realsOf } from './tasks/measured';

/** Outputs and latencies of both networks on one sample. */
export interface BothRuns {
  readonly float: NetworkRun;
  readonly quantized: NetworkRun;
  readonly floatMilliseconds: number;
  readonly quantizedMilliseconds: number;
}

/** Measures as plain data. */
export interface MeasuresState {
  readonly samples: number;
  readonly milliseconds: { readonly float: LatenciesState; readonly quantized: LatenciesState };
  readonly sums: readonly ErrorSumsState[];
  readonly classification?: ClassificationState;
  readonly heads: readonly HeadState[];
}

export class Measures {
  /** Number of samples added. */
  samples = 0;

  /**
   * `sums`: one per output in `compared`, which are indices of outputs. `counter`: of networks whose one output are scores of classes. `heads`: of all
   * others, which are added to by who has opened them.
   */
  constructor(
    readonly sums: readonly ErrorSums[],
    readonly counter: ClassificationCounter | undefined,
    readonly heads: readonly HeadMeasure[] = [],
    readonly milliseconds = { float: new Latencies(), quantized: new Latencies() },
    private readonly compared: readonly number[] = [...sums.keys()],
  ) {}

  add(sample: Sample, { float, quantized, floatMilliseconds, quantizedMilliseconds }: BothRuns): void {
    this.samples++;
    this.milliseconds.float.add(floatMilliseconds);
    this.milliseconds.quantized.add(quantizedMilliseconds);
    this.sums.forEach((sum, i) => {
      sum.add(realsOf(float, this.compared[i]), realsOf(quantized, this.compared[i]));
    });
    this.counter?.add(sample, realsOf(float, 0), realsOf(quantized, 0));
  }

  /** Adds the measures of another shard, which has the same outputs, classes and heads. */
  merge({ samples, sums, counter, heads, milliseconds }: Measures): void {
    this.samples += samples;
    this.milliseconds.float.merge(milliseconds.float);
    this.milliseconds.quantized.merge(milliseconds.quantized);
    this.sums.forEach((sum, i) => {
      sum.merge(sums[i]);
    });
    if (counter) this.counter?.merge(counter);
    this.heads.forEach((head, i) => {
      head.merge(heads[i]);
    });
  }

  state(): MeasuresState {
    return {
      samples: this.samples,
      milliseconds: { float: this.milliseconds.float.state(), quantized: this.milliseconds.quantized.state() },
      sums: this.sums.map((sum) => sum.state()),
      classification: this.counter?.state(),
      heads: this.heads.map((head) => head.state()),
    };
  }

  static from({ samples, milliseconds: { float, quantized }, sums, classification, heads }: MeasuresState): Measures {
    const counter = classification && ClassificationCounter.from(classification);
    const milliseconds = { float: Latencies.from(float), quantized: Latencies.from(quantized) };
    const measures = new Measures(sums.map(ErrorSums.from), counter, heads.map(headMeasure), milliseconds);
    measures.samples = samples;
    return measures;
  }
}
