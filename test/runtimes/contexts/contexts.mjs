// Owns the contexts of a browser that one page reaches: each imports the package's files as a server sends them; the results are posted.
import { load, loadSync } from 'zeropoint/slim';
import { uint8 } from './models.mjs';
import { outputs } from './outputs.mjs';

const results = {};
const limit = 30_000;

async function attempt(name, body) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer')), limit);
  });
  try {
    results[name] = { outputs: await Promise.race([body(), late]) };
  } catch (error) {
    results[name] = { error: String(error?.stack ?? error) };
  }
  clearTimeout(timer);
}

/** What a worker, or a port, posts first. */
const answer = (port, onerror) =>
  new Promise((resolve, reject) => {
    port.onmessage = ({ data }) => (data.error ? reject(new Error(data.error)) : resolve(data));
    if (onerror) onerror.onerror = (event) => reject(new Error(event.message ?? 'it did not start'));
  });

async function inWorklet() {
  const context = new OfflineAudioContext(1, 128, 44100);
  await context.audioWorklet.addModule('/worklet.mjs');
  const { port } = new AudioWorkletNode(context, 'outputs');
  const answered = answer(port);
  await context.startRendering();
  return answered;
}

async function inServiceWorker() {
  const registration = await navigator.serviceWorker.register('/service-worker.mjs', { type: 'module' });
  const worker = registration.installing ?? registration.waiting ?? registration.active;
  const { port1, port2 } = new MessageChannel();
  const answered = answer(port1);
  worker.postMessage('outputs', [port2]);
  return answered;
}

/** zeropoint/slim by every source of the core, with the content types that servers send. */
async function slim() {
  const core = '/node_modules/zeropoint/wasm/core.wasm';
  const bytes = await (await fetch(core)).arrayBuffer();
  const refused = await load(uint8, { module: '/missing.wasm' }).catch(({ code }) => code);
  const early = (() => {
    try {
      return typeof loadSync(uint8);
    } catch ({ code }) {
      return code;
    }
  })();
  const sources = [undefined, core, new URL(core, location.href), `${core}?octets`, fetch(core), bytes, new Uint8Array(bytes)];
  sources.push(await WebAssembly.compile(bytes));
  const results = [];
  for (const module of sources) {
    const model = await load(uint8, { module });
    for (const { data } of model.inputs) for (let i = 0; i < data.length; i++) data[i] = (37 * i) % 251;
    model.run();
    results.push([...model.outputs[0].data]);
  }
  return { refused, early, late: typeof loadSync(uint8), results };
}

await attempt('page', outputs);
await attempt('slim', slim);
await attempt('module worker', () => {
  const worker = new Worker('/worker.mjs', { type: 'module' });
  return answer(worker, worker);
});
await attempt('classic worker', () => {
  const worker = new Worker('/classic-worker.js');
  return answer(worker, worker);
});
await attempt('shared worker', () => {
  const worker = new SharedWorker('/shared-worker.mjs', { type: 'module' });
  return answer(worker.port, worker);
});
await attempt('service worker', inServiceWorker);
await attempt('AudioWorklet', inWorklet);
await fetch('/result', { method: 'POST', body: JSON.stringify(results) });
