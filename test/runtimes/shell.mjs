// Owns the smoke in engines that run a file and print: Node, Deno, Bun.
import { smoke } from './smoke.mjs';

console.log(JSON.stringify(await smoke()));
