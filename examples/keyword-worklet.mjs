// Spots keywords in the thread that plays and records sound; keywords.html loads it. Import maps do not hold here, so the path is written out.
import { KeywordSpotter } from './node_modules/zeropoint/dist/audio.js';

class KeywordProcessor extends AudioWorkletProcessor {
  constructor({ processorOptions: { model, options } }) {
    super();
    this.nextReport = 0;
    // sampleRate, currentTime and registerProcessor are globals of AudioWorklets; the spotter resamples to its own rate.
    KeywordSpotter.load(model, { ...options, sampleRate }).then(
      (spotter) => {
        this.spotter = spotter;
        this.port.postMessage({ labels: spotter.labels });
      },
      (error) => this.port.postMessage({ error: error.message }),
    );
  }

  /** Called for every 128 samples. */
  process([[samples]]) {
    if (!samples || !this.spotter) return true;
    const keywords = this.spotter.process(samples);
    if (keywords.length > 0 || currentTime >= this.nextReport) {
      this.nextReport = currentTime + 0.1;
      this.port.postMessage({ keywords, scores: this.spotter.scores });
    }
    return true;
  }
}

registerProcessor('keyword-spotter', KeywordProcessor);
