// Owns what the benchmarks need of any engine, and how browser scripts of npm packages are evaluated in Node.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileFunction } from 'node:vm';

/** Element arrays that a peer takes and gives. */
export type PeerData = Float32Array | Int32Array | Uint8Array | Int8Array | Int16Array;

/** One loaded model of one engine. `data()` of inputs is written before `run`, that of outputs read after it. */
export interface PeerModel {
  inputs: { data(): PeerData }[];
  outputs: { data(): PeerData }[];
  run(): void | Promise<void>;
}

/** One engine, one thread. `load` throws with the engine's own words when it refuses a model. */
export interface Peer {
  /** Name and version, as it stands in tables. */
  name: string;
  load(bytes: Uint8Array): PeerModel | Promise<PeerModel>;
}

const packages = join(dirname(fileURLToPath(import.meta.url)), 'node_modules');

/** Absolute path inside an installed peer. */
export function peerPath(...parts: string[]): string {
  return join(packages, ...parts);
}

/** `version` of an installed peer's package.json. */
export function peerVersion(name: string): string {
  return JSON.parse(readFileSync(peerPath(name, 'package.json'), 'utf8')).version;
}

/** Evaluates a classic browser script in the global realm and returns the variable it declares; Emscripten's Node branch finds `require`. */
export function evaluateScript<T>(path: string, variable: string): T {
  const body = `${readFileSync(path, 'utf8')}\nreturn ${variable};`;
  return compileFunction(body, ['require', '__filename', '__dirname'])(createRequire(path), path, dirname(path)) as T;
}
