// Owns the outputs in an AudioWorklet, which has no fetch, no performance and, by the engine, no TextDecoder.
import { outputs } from './outputs.mjs';

class Outputs extends AudioWorkletProcessor {
  constructor() {
    super();
    outputs().then(
      (data) => this.port.postMessage(data),
      (error) => this.port.postMessage({ error: String(error.stack) }),
    );
  }

  process() {
    return false;
  }
}
registerProcessor('outputs', Outputs);
