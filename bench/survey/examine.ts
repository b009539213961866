// Owns the examination of one model file in a process of its own, since peers may crash on what they cannot read: prints an Examination.
//   tsx bench/survey/examine.ts FILE ROUNDS SHARE
import { readFileSync } from 'node:fs';
import { load } from '../../src/float';
import { type Model, ModelError } from '../../src/index';
import { readModel, type TensorData } from '../../src/tflite';
import { fillRandom } from '../../tools/random';
import { interleave } from '../peers/interleave';
import type { PeerModel } from '../peers/peer';
import { createTfjsTflite } from '../peers/tfjs-tflite';
import type { Examination, Numbers } from './examination';

const [, , file, rounds, share] = process.argv;

function numbersOf(bytes: Uint8Array): Numbers {
  const { nodes, inputs } = readModel(bytes);
  const values = nodes.flatMap((node) => [...node.inputs, ...node.outputs]).filter((value) => value !== undefined);
  const has = (dtype: string, isConstant: boolean) =>
    values.some((value) => value.dtype === dtype && value.quantization && !value.data === !isConstant);
  if (has('int16', false)) return 'int16';
  if (has('int8', false) || has('uint8', false) || inputs.some(({ dtype }) => dtype === 'uint8' || dtype === 'int8')) return '8-bit';
  if (has('int8', true) || has('uint8', true)) return 'hybrid';
  return values.some(({ dtype }) => dtype === 'float16') ? 'float16' : 'float32';
}

function hostOperators(model: Model): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { type, kernel } of model.operators) if (kernel === 'host') counts[type] = (counts[type] ?? 0) + 1;
  return counts;
}

/** Root mean square of a - b over that of b; infinite where they have different sizes or other numbers than finite ones. */
function difference(a: ArrayLike<number | bigint>, b: ArrayLike<number | bigint>): number {
  if (a.length !== b.length) return Infinity;
  let [error, power] = [0, 0];
  for (let i = 0; i < b.length; i++) {
    error += (Number(a[i]) - Number(b[i])) ** 2;
    power += Number(b[i]) ** 2;
  }
  if (Number.isNaN(error)) return Infinity;
  return error === 0 ? 0 : Math.sqrt(error / (power || 1));
}

/** Codes as steps from the zero point, so that they compare like the numbers that they stand for. */
function steps(data: TensorData, zeroPoint = 0): number[] {
  return Array.from(data as ArrayLike<number | bigint>, (code) => Number(code) - zeroPoint);
}

async function comparison(model: Model, bytes: Uint8Array): Promise<Pick<Examination, 'milliseconds' | 'peer'>> {
  const engine = createTfjsTflite();
  const load = async (): Promise<PeerModel> => {
    // It reads variables as zeros, or outside its memory.
    if (model.states.length > 0) throw new Error('the model keeps a state, which the peer does not');
    return engine.load(bytes);
  };
  const timed = async (peer?: PeerModel): Promise<number[]> => {
    const contestants = [{ name: 'zeropoint', run: () => model.run() }];
    return interleave(peer ? [...contestants, { name: engine.name, run: peer.run }] : contestants, Number(rounds), Number(share));
  };
  try {
    const peer = await load();
    fillRandom(peer.inputs.map((input) => input.data()));
    await peer.run();
    const results = peer.outputs.map((output) => output.data().slice());
    const differences = model.outputs.map(({ data, zeroPoint }, i) => difference(steps(data, zeroPoint), steps(results[i], zeroPoint)));
    const [milliseconds, theirs] = await timed(peer);
    return { milliseconds, peer: { name: engine.name, milliseconds: theirs, difference: Math.max(0, ...differences) } };
  } catch (error) {
    const [milliseconds] = await timed();
    return { milliseconds, peer: { name: engine.name, refused: String((error as Error)?.message ?? error).split('\n')[0] } };
  }
}

async function examine(): Promise<Examination> {
  const bytes = new Uint8Array(readFileSync(file));
  try {
    const numbers = numbersOf(bytes);
    const model = await load(bytes, { maxBytes: 2 ** 31 });
    fillRandom(model.inputs.map(({ data }) => data));
    model.run();
    return { file, numbers, host: hostOperators(model), ...(await comparison(model, bytes)) };
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    return { file, refused: { code: error.code, message: error.message } };
  }
}

process.stdout.write(`\n${JSON.stringify(await examine())}\n`);
// The peer may keep timers.
process.exit(0);
