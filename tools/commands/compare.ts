// Owns `zeropoint compare`: flags, help and action; a float and a quantized network on the same data, as a whole or one shard of it.

import { basename } from 'node:path';
import { type Command, Option } from 'commander';
import { ModelError } from 'zeropoint';
import { type Graph, readModel } from 'zeropoint/tflite';
import { compare, compareShard } from '../compare/compare';
import type { CompareOptions } from '../compare/options';
import type { ComparisonShard } from '../compare/shard';
import { isAnnotations, openAnnotations } from '../dataset/annotations/open';
import { isForeign, readModelFiles } from '../import/index';
import { type FloatModel, loadFloat, quantizedAlready, sampleBatch } from '../model/float-model';
import { readLabels } from '../model/labels';
import { readMetadata } from '../model/metadata';
import { type OpenedFloatModel, openFloatModel, tfliteOf } from '../model/open';
import { readProvenance } from '../model/provenance';
import { type TaskKind, taskKinds } from '../model/tasks';
import { ownProperties } from '../options';
import { splitHeads } from '../quantize/split-heads';
import { print } from '../terminal/print';
import { showStages } from '../terminal/progress';
import type { Terminal } from '../terminal/terminal';
import { type ComparisonFlags, openOutputs, showComparison } from './comparison';
import { addDataOptions, type DataFlags, hashData, openFlaggedDataset, surveyed } from './data';
import { addImportOptions, type ImportFlags, importOptions } from './import';
import { integer, positiveInteger, shardOf } from './options';
import type { Output } from './output';

const examples = `
Pictures go through both networks with the same preprocessing. What is measured
follows from the network, each output for itself, or from --task: top-1 and top-5
of classifiers; mAP of detectors, or how many boxes both find; IoU of segmenters;
distances of landmarks; COCO's keypoint similarity of poses; cosines of embedders;
SQNR and errors of all others. Intervals are of 95 %.

Accuracy of classifiers needs labels: folders named after classes, a labels.csv in
the folder, or --labels FILE.csv. Detectors take --labels of COCO (instances as
.json), PASCAL VOC (a folder of .xml) or YOLO (a folder of .txt); segmenters a
folder of .png whose pixels are classes, 255 for none; poses and landmarks COCO's
keypoints as .json, of as many points. Files are named like the pictures. Classes
are found by their names, see --classes, else by their numbers.

With --shard i/n, n machines share the work: each writes its part to -o, and
zeropoint merge makes the comparison of all parts. Counts and errors are those of
one go. Layers are compared by shard 1 alone, on its own first samples; latencies
are of all machines together.

Examples:
  $ zeropoint compare float.tflite int8.tflite --data pictures --preprocess inception
  $ zeropoint compare float.onnx int8.tflite --data pictures -p raw --html report.html
  $ zeropoint compare float.tflite int8.tflite --data set.npz --json | jq .outputs
  $ zeropoint compare yolo.onnx yolo.tflite --data val2017 -p unit --labels instances_val2017.json
  $ zeropoint compare movenet.tflite movenet8.tflite --data val2017 -p movenet.json --labels person_keypoints_val2017.json
  $ zeropoint compare net.tflite net8.tflite --data faces -p tf --task embedder
  $ zeropoint compare float.tflite int8.tflite --data pictures -p raw --shard 3/8 -o part3.json`;

interface CompareFlags extends DataFlags, ComparisonFlags, ImportFlags {
  /** Path of a file with one class name per line. */
  classes?: string;
  task?: TaskKind;
  labelOffset?: number;
  layerSamples?: number;
}

/** Path of the shard's file; undefined without --shard. @throws ModelError `bad-argument` */
function shardOutput({ shard, output, html }: CompareFlags): string | undefined {
  if (!shard) return undefined;
  if (html !== undefined) {
    throw new ModelError('bad-argument', '--shard sees a part only, and --html reports on the whole; merge first: zeropoint merge --html');
  }
  if (output === undefined) throw new ModelError('bad-argument', '--shard needs -o FILE, where the part goes that zeropoint merge joins');
  return output;
}

/** Writes the shard's file and prints a summary; tables of a part would not describe the whole. */
async function writeShard(
  path: string,
  output: Output,
  part: ComparisonShard,
  json: boolean | undefined,
  terminal: Terminal,
): Promise<void> {
  await output.write(`${JSON.stringify(part)}\n`);
  const { index, count } = part.shard;
  const report = { output: path, shard: `${index + 1}/${count}`, samples: part.measures.samples, skipped: part.data.skipped };
  print(report, { json, aside: output.isStandard }, terminal, ({ output, shard, samples, skipped }) => {
    const lines = skipped.map(({ name, reason }) => `left out ${name}: ${reason}\n`);
    return `${lines.join('')}${output}: shard ${shard} of a comparison, ${samples} samples\n`;
  });
}

/** @throws ModelError what `openFloatModel` threw; of a quantized network, with the order of the arguments */
function explainOrder(error: unknown): never {
  if (!(error instanceof ModelError) || !error.message.includes(quantizedAlready)) throw error;
  const message = 'the network is quantized, and compare takes FLOAT, then QUANTIZED: name the float one first';
  throw new ModelError('bad-argument', message, { where: error.where, cause: error });
}

/**
 * Whether heads were split before quantization: by the quantizer's record, of files without one by more outputs than the float network has.
 * The numbers alone do not tell: where a head is an output beside the join of it, splitting keeps their number.
 */
function hasSplitHeads({ metadata, outputs }: Graph, float: FloatModel): boolean {
  const record = readProvenance(metadata);
  return record ? record.settings.splitHeads === true : outputs.length > float.outputs.length;
}

/** The float network, its heads split where those of the quantized one are (see splitHeads). */
function withHeadsOf(quantized: Graph, { model, graph }: Pick<OpenedFloatModel, 'model' | 'graph'>): FloatModel {
  if (!hasSplitHeads(quantized, model)) return model;
  try {
    const split = splitHeads(graph);
    if (split.outputs.length !== quantized.outputs.length) return model;
    const divided = loadFloat(split, { batch: sampleBatch(split) });
    model.dispose();
    return divided;
  } catch (error) {
    // Other networks are refused by the comparison, which names what differs.
    if (error instanceof ModelError && error.code === 'bad-argument') return model;
    throw error;
  }
}

/** Compares both files on the data; prints tables or one JSON document, and writes the report where --html is given. */
async function compareFiles(floatPath: string, quantizedPath: string, flags: CompareFlags, terminal: Terminal): Promise<void> {
  const part = shardOutput(flags);
  const outputs = await openOutputs(flags, terminal, [floatPath, quantizedPath, flags.data]);
  const files = await readModelFiles(quantizedPath);
  // Shapes are those of the float file, whose dimensions may have another order.
  const quantized = tfliteOf(files, quantizedPath, isForeign(files) ? importOptions(flags) : {});
  const own = readModel(quantized);
  const opened = await openFloatModel(floatPath, importOptions(flags)).catch(explainOrder);
  const { graph, hash, fileBytes } = opened;
  const model = withHeadsOf(own, opened);
  const progress = showStages(terminal);
  try {
    const labels = (await readLabels(flags.classes, own, readMetadata(own.metadata))).find(Boolean);
    const annotations = flags.labels !== undefined && (await isAnnotations(flags.labels)) ? await openAnnotations(flags.labels) : undefined;
    const recorded = readProvenance(own.metadata)?.preprocessing;
    const dataFlags = annotations ? { ...flags, labels: undefined } : flags;
    const { dataset: given, preprocessing } = await openFlaggedDataset(dataFlags, {
      inputs: model.inputs,
      metadata: graph.metadata,
      preprocessing: recorded,
    });
    const dataset = surveyed(given, model.graph, preprocessing, flags, terminal);
    await hashData(dataset, terminal);
    const options: CompareOptions = {
      labels,
      task: flags.task,
      preprocessing,
      annotations,
      labelOffset: flags.labelOffset,
      layerSamples: flags.layerSamples,
      names: { float: basename(floatPath), quantized: basename(quantizedPath) },
      floatFile: { bytes: fileBytes, sha256: hash },
      onProgress: ({ stage, done, total }) => progress.update(`compare ${stage}`, done, total),
      signal: terminal.interruption?.(),
    };
    if (part !== undefined) {
      const shard = await compareShard(model, quantized, dataset, {
        ...options,
        data: { preprocessing, limit: flags.limit, seed: flags.seed },
      });
      progress.stop();
      await writeShard(part, outputs.output!, shard, flags.json, terminal);
    } else {
      const comparison = await compare(model, quantized, dataset, options);
      progress.stop();
      await showComparison(comparison, flags, outputs, terminal);
    }
  } finally {
    progress.stop();
    model.dispose();
  }
}

export function addCompare(program: Command, terminal: Terminal): void {
  const command = program
    .command('compare')
    .summary('show what quantization cost')
    .description('Run FLOAT and QUANTIZED on the same data and compare what they find, outputs, layers, speed and size.')
    .argument('<float>', 'a float model')
    .argument('<quantized>', 'the .tflite or quantized ONNX file that was made of it');
  addImportOptions(addDataOptions(command))
    .addOption(new Option('--task <kind>', 'what the network is for (default: found by its outputs)').choices(taskKinds))
    .option('--labels <path>', 'a .csv of files and classes; for other tasks a .json of COCO, or a folder of labels')
    .option('--classes <file>', "one class name per line (default: the model's own)")
    .option('--label-offset <n>', 'added to every label (default: 1 for 1001 classes, else 0; of detectors by the format)', integer)
    .option('--layer-samples <n>', 'how many samples the layers are compared on (default: 16)', positiveInteger)
    .option('--shard <i/n>', 'take only every n-th sample and write a part to -o, for zeropoint merge', shardOf)
    .option('-o, --output <file>', 'where the shard goes, or without --shard the comparison as JSON')
    .option('--html <file>', 'also write a report to look at')
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples)
    .action((float: string, quantized: string, flags: CompareFlags) => compareFiles(float, quantized, ownProperties(flags), terminal));
}
