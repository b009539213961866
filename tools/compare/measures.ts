// Owns all that a comparison measures on every sample: latencies, output errors, classes. Constant memory; shards add up.
import type { TensorData } from 'zeropoint/tflite';
import type { Sample } from '../dataset/dataset';
import { ClassificationCounter, type ClassificationState } from './classification';
import { ErrorSums, type ErrorSumsState } from './error-sums';
import { Latencies, type LatenciesState } from './latencies';

/** Outputs and latencies of both networks on one sample. */
export interface BothRuns {
  readonly floatOutputs: readonly TensorData[];
  /** Dequantized. */
  readonly quantizedOutputs: readonly Float32Array[];
  readonly floatMilliseconds: number;
  readonly quantizedMilliseconds: number;
}

/** Measures as plain data. */
export interface MeasuresState {
  readonly samples: number;
  readonly milliseconds: { readonly float: LatenciesState; readonly quantized: LatenciesState };
  readonly sums: readonly ErrorSumsState[];
  readonly classification?: ClassificationState;
}

export class Measures {
  /** Number of samples added. */
  samples = 0;

  /** `sums`: one per compared output, in the order of outputs. `counter`: of classifiers only. */
  constructor(
    readonly sums: readonly ErrorSums[],
    readonly counter: ClassificationCounter | undefined,
    readonly milliseconds = { float: new Latencies(), quantized: new Latencies() },
  ) {}

  add(sample: Sample, { floatOutputs, quantizedOutputs, floatMilliseconds, quantizedMilliseconds }: BothRuns): void {
    this.samples++;
    this.milliseconds.float.add(floatMilliseconds);
    this.milliseconds.quantized.add(quantizedMilliseconds);
    this.sums.forEach((sum, i) => {
      sum.add(floatOutputs[i] as Float32Array, quantizedOutputs[i]);
    });
    this.counter?.add(sample, floatOutputs[0] as Float32Array, quantizedOutputs[0]);
  }

  /** Adds the measures of another shard, which has the same outputs and classes. */
  merge({ samples, sums, counter, milliseconds }: Measures): void {
    this.samples += samples;
    this.milliseconds.float.merge(milliseconds.float);
    this.milliseconds.quantized.merge(milliseconds.quantized);
    this.sums.forEach((sum, i) => {
      sum.merge(sums[i]);
    });
    if (counter) this.counter?.merge(counter);
  }

  state(): MeasuresState {
    return {
      samples: this.samples,
      milliseconds: { float: this.milliseconds.float.state(), quantized: this.milliseconds.quantized.state() },
      sums: this.sums.map((sum) => sum.state()),
      classification: this.counter?.state(),
    };
  }

  static from({ samples, milliseconds: { float, quantized }, sums, classification }: MeasuresState): Measures {
    const counter = classification && ClassificationCounter.from(classification);
    const milliseconds = { float: Latencies.from(float), quantized: Latencies.from(quantized) };
    const measures = new Measures(sums.map(ErrorSums.from), counter, milliseconds);
    measures.samples = samples;
    return measures;
  }
}
