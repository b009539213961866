// Owns the measurement in a page: zeropoint and LiteRT.js on one and on two threads, interleaved; the medians are posted to the server.
import { loadLiteRt, Tensor } from '@litertjs/core';
import { loadThreaded } from 'zeropoint/threads';

const arrays = { float32: Float32Array, int32: Int32Array, uint8: Uint8Array, int8: Int8Array };
const median = (times) => times.sort((a, b) => a - b)[times.length >> 1];

/** Runs of each contestant in turn, in lots of some 30 ms; milliseconds per run. */
async function interleave(contestants, rounds) {
  const lots = new Map();
  for (const { name, run } of contestants) {
    const start = performance.now();
    for (let i = 0; i < 20; i++) await run();
    lots.set(name, Math.max(1, Math.round(600 / (performance.now() - start))));
  }
  const times = new Map(contestants.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const { name, run } of contestants) {
      const start = performance.now();
      for (let i = 0; i < lots.get(name); i++) await run();
      times.get(name).push((performance.now() - start) / lots.get(name));
    }
  }
  return Object.fromEntries([...times].map(([name, list]) => [name, median(list)]));
}

let engine;

async function liteRt(threads, bytes) {
  engine ??= await loadLiteRt('/litert/', { threads: threads > 1 });
  const model = await engine.loadAndCompile(bytes, { accelerator: 'wasm', cpuOptions: { numThreads: threads } });
  const inputs = model.getInputDetails().map(({ dtype, shape }) => {
    return new Tensor(new arrays[dtype](shape.reduce((count, size) => count * size, 1)), shape);
  });
  return async () => {
    for (const output of await model.run(inputs)) output.delete();
  };
}

async function measure(name) {
  const bytes = new Uint8Array(await (await fetch(`/models/${name}`)).arrayBuffer());
  const [one, two] = [await loadThreaded(bytes, { threads: 1 }), await loadThreaded(bytes, { threads: 2 })];
  if (two.notice) throw new Error(two.notice);
  const contestants = [
    { name: 'zeropoint, 1 thread', run: () => one.runAsync() },
    { name: 'zeropoint, 2 threads', run: () => two.runAsync() },
  ];
  try {
    contestants.push({ name: 'LiteRT.js, 2 threads', run: await liteRt(2, bytes) });
  } catch (error) {
    return { ...(await interleave(contestants, 15)), refused: String(error?.message ?? error) };
  }
  const result = await interleave(contestants, 15);
  one.dispose();
  two.dispose();
  return result;
}

let result;
try {
  result = {};
  for (const name of await (await fetch('/models')).json()) result[name] = await measure(name);
} catch (error) {
  result = { error: String(error?.stack ?? error) };
}
await fetch('/result', { method: 'POST', body: JSON.stringify(result) });
