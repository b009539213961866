// Owns importing a TensorFlow.js model, of layers or as a graph, from model.json and the bytes of its shards.
import type { Graph } from 'zeropoint/graph';
import { readOptions } from '../../options';
import { ImportAccount } from '../account';
import { foldLayers } from '../fold';
import { type ImportOptions, shapesOf } from '../options';
import { TfjsBuilder } from './builder';
import { importGraph } from './graph/model';
import type { InputShapes } from './input';
import { type Ends, importLayers } from './layers/model';
import { type ModelFile, readModelFile } from './model';
import { Weights } from './weights';

/** Shapes of inputs are NHWC, as the file has them. */
export type TfjsOptions = Pick<ImportOptions, 'shapes'>;

/**
 * Reads a TensorFlow.js model, which becomes a float network: weights that are stored as codes or as float16 are decoded. Batch
 * normalizations are folded into the layers before or after them; an open batch becomes 1 and stays open for the option `batch`. The
 * signature `serving_default` keeps the file's names of inputs and outputs.
 * @param model bytes of model.json
 * @param shards bytes of the files that its weights manifest names, by the paths as they stand there
 * @throws ModelError `unsupported-operator` naming all layers or operators without a converter; `dynamic-shape` for open dimensions
 * without a shape; `malformed` for what is no such model and for shards that are missing or have another length than their weights;
 * `bad-data`, `bad-graph`, `bad-shape`, `bad-option`, `bad-dtype`, `bad-quantization`, `unsupported-feature`, `bad-argument`; `too-large`
 * as importOnnx does, by the bytes of all files
 */
export function importTfjs(model: Uint8Array, shards: ReadonlyMap<string, Uint8Array>, options: TfjsOptions = {}): Graph {
  const shapes = shapesOf(readOptions<TfjsOptions>(options, { shapes: 1 }, 'importTfjs'));
  const fileBytes = [...shards.values()].reduce((sum, { length }) => sum + length, model.length);
  const account = new ImportAccount(fileBytes);
  // A value of JSON takes a few bytes of the file and a few words of memory.
  account.charge(model.length, 'model.json');
  const file = readModelFile(model);
  const weights = new Weights(file.groups, shards, account);
  const builder = new TfjsBuilder('', file.description, account);
  const ends = convert(builder, file, weights, shapes);
  const { graph } = builder;
  for (const { name, value } of ends.outputs) {
    builder.rename(value, name);
    graph.outputs.push(value);
  }
  graph.signatures.push({ key: 'serving_default', inputs: [...ends.inputs], outputs: [...ends.outputs] });
  foldLayers(graph, account);
  return graph;
}

function convert(builder: TfjsBuilder, { topology }: ModelFile, weights: Weights, shapes: InputShapes): Ends {
  const { account } = builder;
  if (topology.kind === 'layers') return importLayers(builder, topology, weights, account, shapes);
  return importGraph(builder, topology, weights, account, shapes);
}
