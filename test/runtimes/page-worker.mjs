// Owns the smoke in a module worker of a page; bundled, since import maps do not reach workers.
import { blocksEval } from './policy.mjs';
import { smoke } from './smoke.mjs';
import { smokeThreads } from './smoke-threads.mjs';

postMessage({ blocksEval: blocksEval(), hashes: await smoke(), threads: await smokeThreads() });
