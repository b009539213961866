// Owns the smoke in a page: unbundled in the page itself, bundled in a module worker; the page's text becomes the result.
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

try {
  const page = { blocksEval: blocksEval(), hashes: await smoke(), threads: await smokeThreads() };
  document.body.textContent = JSON.stringify({ page, worker: await smokeInWorker() });
} catch (error) {
  document.body.textContent = JSON.stringify({ error: String(error?.stack ?? error) });
}
