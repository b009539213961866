// Owns the smoke in a module worker of a page; bundled, since import maps do not reach workers.
import { blocksEval } from './policy.mjs';
import { smoke } from './smoke.mjs';

postMessage({ blocksEval: blocksEval(), hashes: await smoke() });
