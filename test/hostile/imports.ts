// Owns the command that imports hostile files: npx tsx test/hostile/imports.ts onnx|tfjs [FILES] [SEED]. Half are changed, half absurd.
import { Random } from '../support/random';
import { onnxFile } from '../tools/import/onnx/file';
import * as onnx from '../tools/import/onnx/mutations';
import { bytesOfJson } from '../tools/import/tfjs/file';
import * as tfjs from '../tools/import/tfjs/mutations';

/** Makes file `i` and imports it. @throws Error for anything but a ModelError; whether it was accepted */
type Attempt = (i: number, generator: Random) => boolean;

const good = onnxFile(onnx.everything);
const models = [tfjs.everyLayer, tfjs.everyOperator];

const attempts: Readonly<Record<string, Attempt>> = {
  onnx: (i, generator) => {
    const { bytes, context } = i % 2 ? onnx.absurdFile(generator) : onnx.changedFile(good, generator);
    return onnx.survives(bytes, context);
  },
  tfjs: (i, generator) => {
    const file = models[(i >> 1) % models.length];
    const { bytes, context } = i % 2 ? tfjs.absurdFile(file, generator) : tfjs.changedFile(bytesOfJson(file), generator);
    return tfjs.survives(bytes, file.shards, context);
  },
};

const [, , format = '', ...numbers] = process.argv;
const [files = 10000, seed = 1] = numbers.map(Number);
const attempt = attempts[format];
if (!attempt) throw new Error(`name one of ${Object.keys(attempts)}`);
const generator = new Random(seed);
const start = performance.now();
let [accepted, bugs, slowest] = [0, 0, 0];
for (let i = 0; i < files; i++) {
  const began = performance.now();
  try {
    if (attempt(i, generator)) accepted++;
  } catch (error) {
    bugs++;
    console.error(`BUG ${(error as Error).message}`);
  }
  slowest = Math.max(slowest, performance.now() - began);
  if ((i + 1) % 10000 === 0) console.log(`${i + 1} files, ${((performance.now() - start) / 1000).toFixed(0)} s`);
}
console.log(`${files} files, seed ${seed}: accepted ${accepted}; slowest ${slowest.toFixed(0)} ms, bugs ${bugs}`);
process.exitCode = bugs > 0 ? 1 : 0;
