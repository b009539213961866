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
interface Labelled {
  readonly names: readonly string[];
  readonly has: (output: Value) => boolean;
}

function labelled({ nodes, outputs }: Graph, classes: readonly string[]): Labelled {
  const fitting = new Map(
    outputs.flatMap((output) => {
      const names = namesFor(output, classes);
      return names ? [[output, names] as const] : [];
    }),
  );
  const [names] = fitting.values();
  if (names) return { names, has: (output) => fitting.has(output) };
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

/** Which outputs have the labels. @throws ModelError `bad-argument` for names that are empty or hold line breaks, and where no output has as many classes */
export function checkClasses(graph: Graph, classes: readonly string[]): Labelled {
  const bad = classes.findIndex((name) => typeof name !== 'string' || name.trim() === '' || /[\r\n]/.test(name));
  if (bad >= 0) throw new ModelError('bad-argument', `the name of class ${bad} is empty or more than one line`);
  return labelled(graph, classes);
}

/**
 * The graph with class names on the outputs that have as many classes, and the normalization of its only input, as TFLite's task libraries
 * read them. An archive that the graph had is replaced.
 * @throws ModelError, as checkClasses does
 */
export function withClasses(graph: Graph, classes: readonly string[], preprocessing: Preprocessing | undefined): Graph {
  const { names, has } = checkClasses(graph, classes);
  const known = readTfliteMetadata(graph.metadata);
  const own = graph.inputs.length === 1 ? normalizationOf(preprocessing) : undefined;
  const inputs = graph.inputs.map((_, i) => ({ normalization: own ?? known.inputs[i]?.normalization }));
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
