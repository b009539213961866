// Owns the witness of a campaign: a good model whose results must stay exact whatever was loaded and run beside it.
import { loadSync, type Model } from '../../src/index';
import { expected, fill, results, samples } from '../api/samples';
import { assertSameData } from '../support/equal';

const seed = 31;
const file = samples.get('convolution int8')!;

/** Loaded before the campaign, core and host operators mixed. */
export class HealthyModel {
  private readonly old: Model = loadSync(file);
  private readonly outputs = expected(file, seed).outputs;

  /** Runs the old instance and a fresh one. */
  assertExact(when: string): void {
    this.compare(this.old, `the old healthy model, ${when}`);
    this.compare(loadSync(file), `a fresh healthy model, ${when}`);
  }

  private compare(model: Model, context: string): void {
    fill(model, seed);
    model.run();
    results(model).forEach((data, i) => {
      assertSameData(data, this.outputs[i], `output ${i} of ${context}`);
    });
  }
}
