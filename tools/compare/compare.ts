// Owns comparing a float network with its quantized form on a dataset: accuracy, outputs, layers, speed and size.
import { ModelError } from '../../src/errors';
import { type FloatModel, loadSync } from '../../src/float';
import { validate } from '../../src/graph/validate';
import { dequantize, type Model } from '../../src/index';
import { runPasses } from '../../src/passes';
import { evaluate } from '../../src/reference/run';
import { type Graph, readModel, type TensorData } from '../../src/tflite';
import type { Samples } from '../dataset/dataset';
import { sha256 } from '../hash';
import { readProvenance } from '../quantize/provenance';
import { isClassifier } from '../report/results';
import { ClassificationCounter } from './classification';
import { fillFromReal } from './codes';
import type { Comparison, OutputComparison } from './comparison';
import { ErrorSums } from './error-sums';
import { compareLayers } from './layers';
import { median } from './statistics';

export interface CompareOptions {
  /** Class names by output index. */
  labels?: readonly string[];
  /** Added to the dataset's labels to get output indices. Default: 1 for 1001 classes, of which 'background' is the first, else 0. */
  labelOffset?: number;
  /** Samples that the layers are compared on, the first ones; default 16. */
  layerSamples?: number;
  /** What the networks are called in the report, and the float network's file. */
  names?: { float: string; quantized: string };
  floatFile?: { bytes: number; sha256: string };
  /** Told after every step of each stage. */
  onProgress?: (progress: CompareProgress) => void;
  /** Ends the comparison between two samples, with the signal's reason. */
  signal?: AbortSignal;
}

export interface CompareProgress {
  readonly stage: 'samples' | 'layers';
  readonly done: number;
  readonly total: number;
}

const endsInSoftmax = (types: readonly string[]): boolean =>
  types.filter((type) => !['QUANTIZE', 'DEQUANTIZE', 'RESHAPE', 'SQUEEZE'].includes(type)).at(-1) === 'SOFTMAX';

/** Sums over the outputs; none where one network gives probabilities and the other logits. @throws ModelError `bad-shape` */
function outputSums(float: FloatModel, model: Model): ErrorSums[] {
  if (float.inputs.length !== model.inputs.length || float.outputs.length !== model.outputs.length) {
    throw new ModelError(
      'bad-shape',
      'the networks differ in their numbers of inputs or outputs; compare a network with its own quantized form',
    );
  }
  const softmax = [float.graph.nodes, model.operators].map((nodes) => endsInSoftmax(nodes.map(({ type }) => type)));
  if (softmax[0] !== softmax[1]) return [];
  return float.outputs.map(({ shape }) => new ErrorSums(Math.max(1, shape.at(-1) ?? 1)));
}

/** What one walk over the dataset gives. */
interface Walk {
  readonly samples: number;
  /** Inputs of the first samples, copied. */
  readonly kept: readonly (readonly TensorData[])[];
  readonly floatMilliseconds: number;
  readonly quantizedMilliseconds: number;
}

/** Runs both networks on one sample and returns their outputs in real numbers with the milliseconds each took. */
function runBoth(float: FloatModel, model: Model, inputs: readonly TensorData[]) {
  model.inputs.forEach((input, i) => {
    fillFromReal(input, inputs[i]);
  });
  const start = performance.now();
  const floatOutputs = float.run(inputs);
  const middle = performance.now();
  model.run();
  const milliseconds = [middle - start, performance.now() - middle] as const;
  return { floatOutputs, quantizedOutputs: model.outputs.map((output) => dequantize(output, output.data)), milliseconds };
}

async function walk(
  float: FloatModel,
  model: Model,
  dataset: Samples,
  sums: readonly ErrorSums[],
  counter: ClassificationCounter | undefined,
  { layerSamples = 16, onProgress, signal }: CompareOptions,
): Promise<Walk> {
  const kept: (readonly TensorData[])[] = [];
  const times: [number[], number[]] = [[], []];
  let samples = 0;
  for await (const sample of dataset) {
    signal?.throwIfAborted();
    const { floatOutputs, quantizedOutputs, milliseconds } = runBoth(float, model, sample.inputs);
    milliseconds.forEach((time, i) => {
      times[i].push(time);
    });
    sums.forEach((sum, i) => {
      sum.add(floatOutputs[i] as Float32Array, quantizedOutputs[i]);
    });
    counter?.add(sample, floatOutputs[0] as Float32Array, quantizedOutputs[0]);
    if (kept.length < layerSamples) kept.push(sample.inputs.map((input) => input.slice()));
    samples++;
    onProgress?.({ stage: 'samples', done: samples, total: dataset.size ?? samples });
  }
  if (samples === 0)
    throw new ModelError('bad-data', 'the dataset gave no sample that could be read; check the folder and what was skipped');
  return { samples, kept, floatMilliseconds: median(times[0]), quantizedMilliseconds: median(times[1]) };
}

/** The nodes that `loadSync` runs: the same checks and passes. */
function preparedGraph(bytes: Uint8Array): Graph {
  const graph = readModel(bytes);
  validate(graph, { evaluate });
  runPasses(graph, { evaluate });
  return graph;
}

function labelOffsetFor(classes: number, { labelOffset }: CompareOptions, dataset: Samples): number {
  return labelOffset ?? (classes === 1001 && (dataset.classes ?? 0) <= 1000 ? 1 : 0);
}

/**
 * Compares `float` with `quantized`, the bytes of a `.tflite`, on samples whose inputs are the float network's. Both see the same
 * pictures: an 8-bit input gets the float one quantized. Accuracy, outputs and latency are measured on every sample, layers on the
 * first `layerSamples`; memory does not grow with the dataset.
 * @throws ModelError `bad-shape` where the networks do not belong together, `bad-data` where there is no sample, and what loading throws
 */
export async function compare(
  float: FloatModel,
  quantized: Uint8Array,
  dataset: Samples,
  options: CompareOptions = {},
): Promise<Comparison> {
  const model = loadSync(quantized);
  try {
    const settings = readProvenance(model.metadata);
    const sums = outputSums(float, model);
    const classes = model.outputs[0].data.length;
    const offset = labelOffsetFor(classes, options, dataset);
    const counter = isClassifier(model) ? new ClassificationCounter(classes, offset) : undefined;
    const result = await walk(float, model, dataset, sums, counter, options);
    const total = 2 * result.kept.length;
    const report = (done: number) => {
      options.signal?.throwIfAborted();
      options.onProgress?.({ stage: 'layers', done, total });
    };
    const layers = await compareLayers(float, model, preparedGraph(quantized), result.kept, settings, report);
    const { floatFile, names } = options;
    const ownLabels = dataset.classNames && [...new Array<string>(offset).fill('background'), ...dataset.classNames];
    const outputs = sums.map(
      (sum, i): OutputComparison => ({ name: float.outputs[i].name, shape: float.outputs[i].shape, ...sum.figures() }),
    );
    return {
      format: 'zeropoint comparison',
      version: 1,
      float: {
        name: names?.float ?? float.graph.name,
        ...floatFile,
        milliseconds: result.floatMilliseconds,
      },
      quantized: {
        name: names?.quantized ?? model.name,
        bytes: quantized.length,
        sha256: sha256(quantized),
        milliseconds: result.quantizedMilliseconds,
      },
      data: { samples: result.samples, sha256: await dataset.hash?.(), skipped: [...(dataset.skipped ?? [])] },
      classification: counter?.result(),
      outputs,
      ...layers,
      layerSamples: result.kept.length,
      settings,
      labels: options.labels ?? ownLabels,
    };
  } finally {
    model.dispose();
  }
}
