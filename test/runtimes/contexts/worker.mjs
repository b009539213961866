// Owns the outputs in a module worker.
import { outputs } from './outputs.mjs';

outputs().then(
  (data) => postMessage(data),
  (error) => postMessage({ error: String(error.stack) }),
);
