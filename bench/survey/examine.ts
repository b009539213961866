// Owns the examination of one model file in a process of its own, since peers may crash on what they cannot read: prints an Examination.
//   tsx bench/survey/examine.ts FILE ROUNDS SHARE OPTIONS
import { load } from '../../src/float';
import { type Model, ModelError } from '../../src/index';
import { type Graph, writeModel } from '../../src/tflite';
import { graphOf, isOnnx, isTflite, type ModelFiles, readModelFiles } from '../../tools/import/index';
import type { OpenOptions } from '../../tools/model/open';
import { fillRandom } from '../../tools/random';
import { interleave } from '../peers/interleave';
import type { Examination, Numbers } from './examination';
import { onnxRuntime, type Rival, type RivalEngine, tfjsTflite } from './rival';

const [, , file, rounds, share, text] = process.argv;
/** Shapes of free dimensions and constants of inputs, for the import. */
const options: OpenOptions = JSON.parse(text);

function numbersOf({ nodes, inputs }: Graph): Numbers {
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
function steps(data: ArrayLike<number | bigint>, zeroPoint = 0): number[] {
  return Array.from(data, (code) => Number(code) - zeroPoint);
}

/** The peer that reads the file, or the .tflite file that a TensorFlow.js model becomes, and what it is given. */
function peerOf({ main, shards }: ModelFiles, graph: Graph): { engine: RivalEngine; bytes: Uint8Array } {
  if (isOnnx(main)) return { engine: onnxRuntime(options.constants), bytes: main };
  return { engine: tfjsTflite(), bytes: shards ? writeModel(graph) : main };
}

async function comparison(model: Model, { engine, bytes }: ReturnType<typeof peerOf>): Promise<Pick<Examination, 'milliseconds' | 'peer'>> {
  const timed = async (rival?: Rival): Promise<number[]> => {
    const contestants = [{ name: 'zeropoint', run: () => model.run() }];
    return interleave(rival ? [...contestants, { name: engine.name, run: rival.run }] : contestants, Number(rounds), Number(share));
  };
  try {
    const rival = await engine.open(bytes, model);
    await rival.run();
    const results = await rival.results();
    const differences = model.outputs.flatMap(({ data, zeroPoint }, i) => {
      const theirs = results[i];
      return theirs ? [difference(steps(data, zeroPoint), steps(theirs, zeroPoint))] : [];
    });
    const [milliseconds, theirs] = await timed(rival);
    const worst = differences.length > 0 ? Math.max(...differences) : undefined;
    return { milliseconds, peer: { name: engine.name, milliseconds: theirs, difference: worst } };
  } catch (error) {
    const [milliseconds] = await timed();
    return { milliseconds, peer: { name: engine.name, refused: String((error as Error)?.message ?? error).split('\n')[0] } };
  }
}

async function examine(): Promise<Examination> {
  try {
    const files = await readModelFiles(file);
    const graph = graphOf(files, file, options);
    const peer = peerOf(files, graph);
    const numbers = numbersOf(graph);
    const model = await load(isTflite(files.main) && !options.shapes ? files.main : graph, { maxBytes: 2 ** 31 });
    fillRandom(model.inputs.map(({ data }) => data));
    model.run();
    return { file, numbers, host: hostOperators(model), ...(await comparison(model, peer)) };
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    return { file, refused: { code: error.code, message: error.message } };
  }
}

process.stdout.write(`\n${JSON.stringify(await examine())}\n`);
// The peer may keep timers.
process.exit(0);
