// Owns the smoke in engines that run a file and print: Node, Deno, Bun.
import { smoke } from './smoke.mjs';
import { smokeThreads } from './smoke-threads.mjs';

console.log(JSON.stringify({ hashes: await smoke(), threads: await smokeThreads() }));
