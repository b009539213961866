// Owns running a model in TensorFlow.js in Node, on its backend in plain JavaScript; this folder is a package of its own.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Tensor, TfjsFile } from '../file';

const folder = join(import.meta.dirname, 'node_modules');

/** Path of a file of an installed package. */
export const stockPath = (...parts: string[]): string => join(folder, ...parts);
export const isInstalled: boolean = existsSync(stockPath('@tensorflow/tfjs-layers'));

interface StockTensor {
  readonly shape: number[];
  dataSync(): ArrayLike<number>;
}

interface StockModel {
  predict(inputs: StockTensor[]): StockTensor | StockTensor[];
  execute(inputs: Readonly<Record<string, StockTensor>>, outputs: readonly string[]): StockTensor | StockTensor[];
}

interface Stock {
  readonly core: {
    setBackend(name: string): Promise<boolean>;
    tensor(data: unknown, shape: readonly number[], dtype: string): StockTensor;
  };
  readonly layers: { loadLayersModel(handler: unknown): Promise<StockModel> };
  readonly converter: { loadGraphModel(handler: unknown): Promise<StockModel> };
}

let loading: Promise<Stock> | undefined;

async function loadStock(): Promise<Stock> {
  const require = createRequire(stockPath('..', 'package.json'));
  const core = require('@tensorflow/tfjs-core');
  require('@tensorflow/tfjs-backend-cpu');
  const [layers, converter] = [require('@tensorflow/tfjs-layers'), require('@tensorflow/tfjs-converter')];
  await core.setBackend('cpu');
  return { core, layers, converter };
}

interface Manifest {
  readonly weightsManifest: readonly { readonly paths: readonly string[]; readonly weights: readonly object[] }[];
  readonly modelTopology: { readonly node?: unknown };
}

/** The outputs of a model on inputs: of a graph model those that `outputs` names, by the names of its inputs. */
export async function runStock(
  { json, shards }: TfjsFile,
  inputs: Readonly<Record<string, Tensor>>,
  outputs: readonly string[] = [],
): Promise<{ shape: readonly number[]; data: ArrayLike<number> }[]> {
  loading ??= loadStock();
  const { core, layers, converter } = await loading;
  const { weightsManifest, modelTopology } = json as unknown as Manifest;
  const weightSpecs = weightsManifest.flatMap(({ weights }) => weights);
  const bytes = Buffer.concat(weightsManifest.flatMap(({ paths }) => paths.map((path) => shards.get(path)!)));
  const weightData = new Uint8Array(bytes).buffer;
  const handler = { load: async () => ({ ...json, weightSpecs, weightData }) };
  const entries = Object.entries(inputs).map(
    ([name, { shape, data, dtype = 'float32' }]) => [name, core.tensor(data, shape, dtype)] as const,
  );
  const model = await (modelTopology.node ? converter.loadGraphModel(handler) : layers.loadLayersModel(handler));
  const results = modelTopology.node
    ? model.execute(Object.fromEntries(entries), outputs)
    : model.predict(entries.map(([, tensor]) => tensor));
  return [results].flat().map((tensor) => ({ shape: tensor.shape, data: tensor.dataSync() }));
}
