// Owns the smoke in a page: unbundled in the page itself, bundled in a module worker; the result is posted to the server.
import { blocksEval } from './policy.mjs';
import { smoke } from './smoke.mjs';
import { smokeThreads } from './smoke-threads.mjs';

function smokeInWorker() {
  return new Promise((resolve, reject) => {
    const worker = new Worker('/page-worker.bundle.js', { type: 'module' });
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(`worker: ${message}`));
  });
}

let result;
try {
  const page = { blocksEval: blocksEval(), hashes: await smoke(), threads: await smokeThreads() };
  result = { page, worker: await smokeInWorker() };
} catch (error) {
  result = { error: String(error?.stack ?? error) };
}
await fetch('/result', { method: 'POST', body: JSON.stringify(result) });
