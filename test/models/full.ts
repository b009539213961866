// Owns the command that runs every golden input through the reference kernels, which takes minutes: npx tsx test/models/full.ts [model].
// Exits with 1 on a difference.
import { loadReference } from '../../src/reference';
import { checkReference, goldenCases, goldenModels, modelFile } from './golden';

const only = process.argv[2] ?? '';
let runs = 0;
let failures = 0;
for (const name of goldenModels('quantized').filter((candidate) => candidate.includes(only))) {
  const reference = loadReference(modelFile(name));
  const start = performance.now();
  for (const golden of goldenCases(name)) {
    runs++;
    try {
      checkReference(reference, golden);
    } catch (error) {
      failures++;
      console.error(error instanceof Error ? error.message : error);
    }
  }
  console.log(`${name}: ${((performance.now() - start) / 1000).toFixed(1)} s`);
}
console.log(`${runs} runs, ${failures} with differences`);
process.exitCode = failures > 0 || runs === 0 ? 1 : 0;
