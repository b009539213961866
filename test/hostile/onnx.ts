// Owns the command that imports hostile ONNX files: npx tsx test/hostile/onnx.ts [FILES] [SEED]. Half of them are changed, half absurd.
import { Random } from '../support/random';
import { onnxFile } from '../tools/import/onnx/file';
import { absurdFile, changedFile, everything, survives } from '../tools/import/onnx/mutations';

const files = Number(process.argv[2] ?? 10000);
const seed = Number(process.argv[3] ?? 1);
const generator = new Random(seed);
const good = onnxFile(everything);
const start = performance.now();
let [accepted, bugs, slowest] = [0, 0, 0];
for (let i = 0; i < files; i++) {
  const { bytes, context } = i % 2 ? absurdFile(generator) : changedFile(good, generator);
  const began = performance.now();
  try {
    if (survives(bytes, context)) accepted++;
  } catch (error) {
    bugs++;
    console.error(`BUG ${(error as Error).message}`);
  }
  slowest = Math.max(slowest, performance.now() - began);
  if ((i + 1) % 10000 === 0) console.log(`${i + 1} files, ${((performance.now() - start) / 1000).toFixed(0)} s`);
}
console.log(`${files} files, seed ${seed}: accepted ${accepted}; slowest ${slowest.toFixed(0)} ms, bugs ${bugs}`);
process.exitCode = bugs > 0 ? 1 : 0;
