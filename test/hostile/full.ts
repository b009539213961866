// Owns the command that runs the whole campaign: npx tsx test/hostile/full.ts [mutations] [seed]. Exits with 1 on a bug.
// First of all, so that work is counted in every function.
import '../support/steps';

import { type CampaignReport, runCampaign } from './campaign';
import { loadAndRun, loadAndRunFloat } from './check';
import { HealthyModel } from './healthy';
import { customSeeds, familySeeds, seedModels, truncated } from './seeds';

const mutations = Number(process.argv[2] ?? 160000);
const seed = Number(process.argv[3] ?? 1);
const start = performance.now();
const healthy = new HealthyModel();
const progress = (files: number): void => {
  healthy.assertExact(`after ${files} hostile files`);
  console.log(`${files} files, ${((performance.now() - start) / 1000).toFixed(0)} s`);
};

function print({ files, accepted, refused, slowestMs, mostSteps, bugs }: CampaignReport): void {
  for (const bug of bugs) console.error(`BUG ${bug}`);
  const codes = [...refused].map(([code, count]) => `${code} ${count}`).join(', ');
  console.log(`${files} files, seed ${seed}: accepted ${accepted}; refused: ${codes}`);
  console.log(`slowest ${slowestMs.toFixed(0)} ms, at most ${mostSteps} blocks of code per lot, bugs ${bugs.length}`);
  if (bugs.length > 0) process.exitCode = 1;
}

const models = new Map([...seedModels(), ...familySeeds()]);
print(runCampaign({ models, mutations, random: 10000, truncated, truncationStep: 1, seed, check: loadAndRun, progress }));
// Custom operators, which are a twentieth of all, through the entry that knows them.
const custom = { models: customSeeds(), mutations: mutations / 20, random: 0, truncated: [...customSeeds().keys()], truncationStep: 1 };
print(runCampaign({ ...custom, seed, check: loadAndRunFloat, progress }));
healthy.assertExact('after all hostile files');
