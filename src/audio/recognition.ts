// Owns keywords from scores over time: averages over a window, a threshold, and a pause after each.

export interface RecognitionOptions {
  /** Milliseconds over which scores are averaged. */
  readonly averageWindow: number;
  /** Least average score, in [0, 1), of a keyword that is reported. */
  readonly detectionThreshold: number;
  /** Milliseconds after a keyword within which it is not reported again, unless another one was in between. */
  readonly suppression: number;
  /** Least number of scores in the window. */
  readonly minimumCount: number;
}

interface Result {
  readonly time: number;
  readonly scores: ArrayLike<number>;
}

/**
 * `RecognizeCommands` of tflite-micro's example micro_speech (`recognize_commands.cc`, Apache-2.0), on real scores instead of codes. A
 * result is new where its average is above the threshold and it is another class than the last one, or long enough ago.
 */
export class Recognition {
  /** Average scores by class, of the window that ends with the newest ones; zeros before there are any. */
  readonly averages: Float64Array;
  private results: Result[] = [];
  private last = -1;
  private lastTime = 0;

  constructor(
    private readonly options: RecognitionOptions,
    classes: number,
  ) {
    this.averages = new Float64Array(classes);
  }

  /**
   * Adds scores, by class; returns the class that is new, undefined for none. The scores are kept.
   * @param time in milliseconds, not before the last ones'
   */
  add(scores: ArrayLike<number>, time: number): number | undefined {
    const { averageWindow, detectionThreshold, suppression, minimumCount } = this.options;
    this.results.push({ time, scores });
    this.results = this.results.filter((result) => result.time >= time - averageWindow);
    const { averages, results } = this;
    for (let i = 0; i < averages.length; i++) {
      averages[i] = results.reduce((sum, result) => sum + result.scores[i], 0) / results.length;
    }
    if (results.length < minimumCount || time - results[0].time < averageWindow / 4) return undefined;
    let best = 0;
    for (let i = 1; i < averages.length; i++) if (averages[i] > averages[best]) best = i;
    const isNew = best !== this.last || time - this.lastTime > suppression;
    if (!(averages[best] > detectionThreshold && isNew)) return undefined;
    this.last = best;
    this.lastTime = time;
    return best;
  }

  reset(): void {
    this.averages.fill(0);
    this.results = [];
    this.last = -1;
  }
}
