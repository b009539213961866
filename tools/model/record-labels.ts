// Owns putting class names into a model as TFLite's metadata has them: a file of labels in an archive behind the model.
import { ModelError } from 'zeropoint';
import { type Graph, operatorName, type Value } from 'zeropoint/graph';
import type { Preprocessing } from 'zeropoint/image';
import { labelOffset, outputLabels, readTfliteMetadata, type TensorMetadata } from 'zeropoint/tasks';
import { tfliteMetadataEntry } from 'zeropoint/tflite';
import { quoteList } from '../quote';
import { storedArchive } from './stored-archive';

const labelFile = 'labels.txt';
const detector = 'TFLite_Detection_PostProcess';

const classesOf = ({ shape }: Value): number => shape[shape.length - 1] ?? 1;

/** Names by index of an output's class; with one more class than names, of 1001, the first is the background. */
function namesFor(output: Value, classes: readonly string[]): string[] | undefined {
  const names = outputLabels(classes, labelOffset(classesOf(output), classes.length));
  return names.length === classesOf(output) ? names : undefined;
}

/** Which outputs have the labels, and all of these. */
function labelled({ nodes, outputs }: Graph, classes: readonly string[]): { names: readonly string[]; has: (output: Value) => boolean } {
  const fitting = outputs.flatMap((output) => namesFor(output, classes) ?? []);
  if (fitting.length > 0)
    return {
      names: namesFor(outputs.find((output) => namesFor(output, classes))!, classes)!,
      has: (output) => namesFor(output, classes) !== undefined,
    };
  // Its outputs are as many as objects that it finds.
  if (nodes.some((node) => operatorName(node) === detector)) return { names: classes, has: () => true };
  const sizes = quoteList(outputs.map((output) => `'${output.name}' has ${classesOf(output)}`));
  throw new ModelError('bad-argument', `there are ${classes.length} names of classes, and no output has so many classes: ${sizes}`);
}

/** As NormalizationOptions say it, where they can. */
function normalizationOf(preprocessing: Preprocessing | undefined): TensorMetadata['normalization'] {
  if (!preprocessing || preprocessing.colors === 'bgr') return undefined;
  const { mean = 0, std = 1 } = preprocessing;
  const numbers = (value: number | readonly number[]) => (typeof value === 'number' ? value : [...value]);
  return { mean: numbers(mean), std: numbers(std) };
}

/** @throws ModelError `bad-argument` for names that are empty or hold line breaks, and where no output has as many classes */
export function checkClasses(graph: Graph, classes: readonly string[]): void {
  const bad = classes.findIndex((name) => typeof name !== 'string' || name.trim() === '' || /[\r\n]/.test(name));
  if (bad >= 0) throw new ModelError('bad-argument', `the name of class ${bad} is empty or more than one line`);
  labelled(graph, classes);
}

/**
 * The graph with class names on the outputs that have as many classes, and the normalization of its only input, as TFLite's task libraries
 * read them. An archive that the graph had is replaced.
 * @throws ModelError, as checkClasses does
 */
export function withClasses(graph: Graph, classes: readonly string[], preprocessing: Preprocessing | undefined): Graph {
  checkClasses(graph, classes);
  const { names, has } = labelled(graph, classes);
  const known = readTfliteMetadata(graph.metadata);
  const normalization = graph.inputs.length === 1 ? normalizationOf(preprocessing) : undefined;
  const inputs = graph.inputs.map((_, i) => (normalization ? { normalization } : { normalization: known.inputs[i]?.normalization }));
  const entry = tfliteMetadataEntry(
    inputs,
    graph.outputs.map((output) => (has(output) ? { labelFile } : {})),
  );
  return {
    ...graph,
    metadata: [...graph.metadata.filter(({ name }) => name !== entry.name), entry],
    trailer: storedArchive(labelFile, new TextEncoder().encode(`${names.join('\n')}\n`)),
  };
}
