// Owns what every hostile file goes through: loading with little memory and two runs, where only a fitting ModelError may come up.
import { loadSync as loadFloatSync } from '../../src/float';
import { type ErrorCode, loadSync, type Model, ModelError } from '../../src/index';

const maxBytes = 64 * 2 ** 20;
/** Half a second of running: networks within the default limit may take minutes. */
const maxOperations = 5e8;

/** What a file can be blamed for; the other codes blame the caller or the engine. */
const notTheFile: ReadonlySet<ErrorCode> = new Set(['bad-argument', 'disposed', 'host-operator-forbidden', 'simd-required']);

/** Loads and runs on zeros, then on bytes of ones, which are NaN as floats and -1 as indices. Throws what loading or running threw. */
export function loadAndRun(bytes: Uint8Array, load = loadSync): void {
  const model = blamingTheFile(() => load(bytes, { maxBytes, maxOperations }));
  try {
    run(model);
    for (const { data } of model.inputs) new Uint8Array(data.buffer, data.byteOffset, data.byteLength).fill(0xff);
    run(model);
  } finally {
    model.dispose();
  }
}

/** The same through the entry zeropoint/float, which knows more custom operators. */
export function loadAndRunFloat(bytes: Uint8Array): void {
  loadAndRun(bytes, loadFloatSync);
}

function blamingTheFile(load: () => Model): Model {
  try {
    return load();
  } catch (error) {
    if (error instanceof ModelError && notTheFile.has(error.code)) throw new Error(`loading ends in ${error.code}`, { cause: error });
    throw error;
  }
}

function run(model: Model): void {
  try {
    model.run();
  } catch (error) {
    if (error instanceof ModelError && error.code !== 'bad-data') throw new Error(`run() ends in ${error.code}`, { cause: error });
    throw error;
  }
}
