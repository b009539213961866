// Owns the worker of trials: a thread that runs what messages hold, and answers with errors on held samples.
import { parentPort, workerData } from 'node:worker_threads';
import { runTrial, type TrialSetting } from './trial';
import type { TrialMessage } from './trial-worker';

const setting = workerData as TrialSetting;

parentPort!.on('message', async ({ id, data }: TrialMessage) => {
  try {
    parentPort!.postMessage({ id, errors: await runTrial(data, setting, async () => {}) });
  } catch {
    // The thread that asked runs the trial itself, and meets the same error.
    parentPort!.postMessage({ id });
  }
});
