// Owns the command that runs the whole campaign: npx tsx test/hostile/full.ts [mutations] [seed]. Exits with 1 on a bug.
// First of all, so that work is counted in every function.
import '../support/steps';

import { runCampaign } from './campaign';
import { loadAndRun } from './check';
import { HealthyModel } from './healthy';
import { familySeeds, seedModels, truncated } from './seeds';

const mutations = Number(process.argv[2] ?? 160000);
const seed = Number(process.argv[3] ?? 1);
const start = performance.now();
const healthy = new HealthyModel();
const report = runCampaign({
  models: new Map([...seedModels(), ...familySeeds()]),
  mutations,
  random: 10000,
  truncated,
  truncationStep: 1,
  seed,
  check: loadAndRun,
  progress: (files) => {
    healthy.assertExact(`after ${files} hostile files`);
    console.log(`${files} files, ${((performance.now() - start) / 1000).toFixed(0)} s`);
  },
});
healthy.assertExact('after all hostile files');
for (const bug of report.bugs) console.error(`BUG ${bug}`);
const refused = [...report.refused].map(([code, count]) => `${code} ${count}`).join(', ');
console.log(`${report.files} files, seed ${seed}: accepted ${report.accepted}; refused: ${refused}`);
console.log(`slowest ${report.slowestMs.toFixed(0)} ms, at most ${report.mostSteps} blocks of code per lot, bugs ${report.bugs.length}`);
process.exitCode = report.bugs.length > 0 ? 1 : 0;
