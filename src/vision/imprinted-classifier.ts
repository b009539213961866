// Owns the task of learning new classes from a few pictures each, by weight imprinting on an embedding network.

import { ModelError } from '../errors';
import type { Graph } from '../graph/graph';
import type { ModelSource } from '../model';
import type { OptionNames } from '../options';
import { loadTaskModel, type TaskModelHandle } from '../task-model';
import { isModel, readSource, type TaskSource } from '../task-source';
import { softmax } from '../tasks/probabilities';
import { dequantize } from '../tensor';
import { readModel } from '../tflite/read';
import { writeModel } from '../tflite/write';
import { type Classification, checkResultOptions, defaultMaxResults } from './image-classifier';
import { normalized } from './image-embedder';
import { type ImprintedClasses, imprintedGraph, parseImprinted } from './imprinting';
import type { Picture } from './picture';
import { type TaskOptions, taskOptionNames, VisionTask } from './task';

export interface ImprintedClassifierOptions extends Omit<TaskOptions, 'labels'> {
  /** What an ImprintedClassifier had learned on the same network: `JSON.parse` of its JSON. */
  classes?: unknown;
  /** Factor of the cosines before the softmax, > 0; default 20: the larger, the more certain. */
  scale?: number;
}

const { labels: _, ...names } = taskOptionNames;
const imprintedOptionNames: OptionNames<ImprintedClassifierOptions> = { ...names, classes: 1, scale: 1 };

const defaultScale = 20;

interface Learned {
  readonly sum: Float64Array;
  count: number;
}

function isGraph(source: ModelSource): source is Graph {
  return Array.isArray((source as Graph).nodes);
}

/** Classifies pictures by the class whose mean embedding is nearest, and learns classes in milliseconds, on the device. */
export class ImprintedClassifier extends VisionTask {
  private readonly learned = new Map<string, Learned>();
  private readonly scale: number;

  /**
   * Loads an embedding network from bytes, an address or a loaded model.
   * @throws ModelError as `load` of `zeropoint/float`; `bad-argument` for saved classes that do not fit, and where nothing says how
   * pictures become the network's input; `fetch-failed`
   */
  static async load(source: TaskSource, options: ImprintedClassifierOptions = {}): Promise<ImprintedClassifier> {
    const owner = 'ImprintedClassifier.load';
    if (isModel(source)) {
      return new ImprintedClassifier(await loadTaskModel(source, options, imprintedOptionNames, owner), options, undefined);
    }
    const file = await readSource(source, options);
    // The graph as the file has it, for toTflite: passes change that of the model.
    const graph = isGraph(file) ? file : readModel(file);
    return new ImprintedClassifier(await loadTaskModel(graph, options, imprintedOptionNames, owner), options, graph);
  }

  /** Use `load`. */
  private constructor(
    handle: TaskModelHandle,
    options: ImprintedClassifierOptions,
    private readonly graph: Graph | undefined,
  ) {
    super(handle, options);
    const { scale = defaultScale, classes } = options;
    if (!(typeof scale === 'number' && scale > 0)) throw new ModelError('bad-argument', `scale is ${String(scale)}; it must be > 0`);
    this.scale = scale;
    if (classes === undefined) return;
    for (const { label, count, sum } of parseImprinted(classes, this.size).classes) {
      this.learned.set(label, { sum: Float64Array.from(sum), count });
    }
  }

  /** Names of the classes, in the order in which they were first learned. */
  get classNames(): string[] {
    return [...this.learned.keys()];
  }

  private get size(): number {
    return this.model.outputs[0].data.length;
  }

  private embed(picture: Picture): Float32Array {
    this.run(picture);
    return normalized(dequantize(this.model.outputs[0]));
  }

  /**
   * Adds pictures to the class `label`, which is new or known: nothing that was learned is lost.
   * @throws ModelError `bad-argument` for what is no picture; nothing is learned then
   */
  learn(label: string, pictures: Iterable<Picture>): void {
    const embeddings = Array.from(pictures, (picture) => this.embed(picture));
    if (embeddings.length === 0) return;
    const learned = this.learned.get(label) ?? { sum: new Float64Array(this.size), count: 0 };
    for (const embedding of embeddings) for (let i = 0; i < embedding.length; i++) learned.sum[i] += embedding[i];
    learned.count += embeddings.length;
    this.learned.set(label, learned);
  }

  /** Forgets a class; returns whether there was one. */
  forget(label: string): boolean {
    return this.learned.delete(label);
  }

  /**
   * The nearest classes, nearest first: softmax of `scale` times the cosines between the picture's embedding and each class's mean.
   * @throws ModelError `bad-argument` before anything was learned, and for what is no picture
   */
  classify(picture: Picture, options: { maxResults?: number } = {}): Classification[] {
    checkResultOptions(options);
    if (this.learned.size === 0) throw new ModelError('bad-argument', 'no class was learned yet; learn(label, pictures) first');
    const embedding = this.embed(picture);
    const logits = this.weights().map((weights) => weights.reduce((sum, weight, i) => sum + weight * embedding[i], 0));
    const scores = softmax(logits);
    return this.classNames
      .map((label, index) => ({ label, index, score: scores[index] }))
      .sort((a, b) => b.score - a.score || a.index - b.index)
      .slice(0, options.maxResults ?? defaultMaxResults);
  }

  /** For each class the direction of its mean embedding, times the scale. */
  private weights(): Float32Array[] {
    return [...this.learned.values()].map(({ sum }) => normalized(sum).map((element) => element * this.scale));
  }

  /** What was learned, for `JSON.stringify`, and for the option `classes`. */
  toJSON(): ImprintedClasses {
    const classes = Array.from(this.learned, ([label, { count, sum }]) => ({ label, count, sum: [...sum] }));
    return { version: 1, size: this.size, classes };
  }

  /**
   * One `.tflite` file of the network and the classes, with labels and preprocessing: an ImageClassifier, and a file for any runtime.
   * @throws ModelError `bad-argument` before anything was learned, and for a network that was given loaded, without its file
   */
  toTflite(): Uint8Array {
    if (this.learned.size === 0) throw new ModelError('bad-argument', 'no class was learned yet; learn(label, pictures) first');
    if (!this.graph) throw new ModelError('bad-argument', 'the network was given loaded; load the classifier from its file');
    return writeModel(imprintedGraph(this.graph, this.weights(), { labels: this.classNames, preprocessing: this.preprocessing }));
  }
}
