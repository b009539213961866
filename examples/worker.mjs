// Classifies picture files on a thread of its own, while the main thread stays free: node worker.mjs MODEL PICTURE ...
// MODEL is a file or an http(s) address. (npm install zeropoint sharp) Pages do the same with `new Worker(url, { type: 'module' })`.
import { readFile } from 'node:fs/promises';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import sharp from 'sharp';
import { ImageClassifier } from 'zeropoint/vision';

if (isMainThread) {
  const [model, ...pictures] = process.argv.slice(2);
  const worker = new Worker(new URL(import.meta.url), { workerData: model });
  let turns = 0;
  const timer = setInterval(() => turns++);
  worker.on('message', ({ progress, file, classes }) => {
    if (progress) console.error(`loaded ${progress.loaded} of ${progress.total ?? 'unknown'} bytes`);
    else console.log(`${file}: ${classes[0].label} (${classes[0].score.toFixed(3)})`);
  });
  worker.on('exit', () => {
    clearInterval(timer);
    console.error(`the main thread ran ${turns} timers meanwhile`);
  });
  for (const picture of pictures) worker.postMessage(picture);
  worker.postMessage(undefined);
} else {
  // Gives up where the server takes more than a minute.
  const signal = AbortSignal.timeout(60_000);
  const onProgress = (loaded, total) => parentPort.postMessage({ progress: { loaded, total } });
  const source = /^https?:/.test(workerData) ? workerData : await readFile(workerData);
  const classifier = await ImageClassifier.load(source, { signal, onProgress });
  for await (const file of messages()) {
    const pixels = await sharp(file).toColourspace('srgb').removeAlpha().raw().toBuffer({ resolveWithObject: true });
    parentPort.postMessage({ file, classes: classifier.classify(pixels, { maxResults: 1 }) });
  }
  classifier.dispose();
}

/** What the main thread sends, until it sends nothing. */
async function* messages() {
  const queue = [];
  let wake = () => {};
  parentPort.on('message', (message) => {
    queue.push(message);
    wake();
  });
  for (;;) {
    if (queue.length === 0) await new Promise((resolve) => (wake = resolve));
    const message = queue.shift();
    if (message === undefined) break;
    yield message;
  }
  parentPort.close();
}
