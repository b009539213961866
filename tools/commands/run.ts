// Owns `zeropoint run`: flags, help and action; files to classes, detections or tensors.

import { basename, join } from 'node:path';
import type { Command } from 'commander';
import { type Model, ModelError } from 'zeropoint';
import { checkTargetFolder, writeBytes } from '../files';
import { fillInput } from '../images/fill';
import { readLabels } from '../model/labels';
import { readMetadata } from '../model/metadata';
import { openModel } from '../model/open';
import { interpret } from '../model/results';
import { ownProperties } from '../options';
import { type RunReport, renderRun } from '../report/run';
import { formatShape } from '../report/tensors';
import { print } from '../terminal/print';
import type { Terminal } from '../terminal/terminal';
import { addImportOptions, type ImportFlags, importOptions } from './import';
import { append, positiveInteger } from './options';

const examples = `
A file is a JPEG, PNG, WebP or BMP picture, or a .bin that holds exactly the
input's bytes (little-endian). Models of one input run once per file; models of
several inputs take one file per input, in order.

By default 8-bit inputs take the whole picture as it is (raw). MobileNets were
evaluated on its central 87.5 % (inception); torchvision is for networks from
PyTorch. Float inputs need the model's own metadata, or --preprocess. A .json
file describes any other way; every member may be left out:

  { "crop": 0.875, "resize": { "shortSide": 256 }, "layout": "nhwc",
    "colors": "bgr", "mean": [124, 116, 104], "std": 58 }

Examples:
  $ zeropoint run mobilenet.tflite cat.jpg
  $ zeropoint run mobilenet.tflite *.jpg --preprocess inception --top 3
  $ zeropoint run detector.tflite street.jpg --labels coco.txt --json
  $ zeropoint run keywords.tflite spectrogram.bin --output results`;

interface RunFlags extends ImportFlags {
  input?: string[];
  top: number;
  labels?: string;
  output?: string;
  json?: boolean;
  preprocess?: string;
}

/** One run per file for models of one input; for others one run, the files in the order of the inputs. */
function groupFiles(files: readonly string[], inputs: Model['inputs']): string[][] {
  const wanted = inputs.map(({ name, shape, dtype }) => `'${name}' ${formatShape(shape)} ${dtype}`).join(', ');
  if (files.length === 0) throw new ModelError('bad-argument', `nothing to run on; give a file for ${wanted}`);
  if (inputs.length === 1) return files.map((file) => [file]);
  if (files.length !== inputs.length) {
    throw new ModelError(
      'bad-argument',
      `the model takes ${inputs.length} inputs, ${files.length} files were given; give one each for ${wanted}`,
    );
  }
  return [[...files]];
}

/** Where each run's outputs go: the folder itself for one run, else a folder named after the run's first file. */
function outputFolders(folder: string, runs: readonly string[][]): string[] {
  if (runs.length === 1) return [folder];
  const names = runs.map(([file]) => basename(file));
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined)
    throw new ModelError('bad-argument', `two files are called '${twice}', so their outputs would meet; run them one by one`);
  return names.map((name) => join(folder, name));
}

async function writeOutputs(folder: string, outputs: Model['outputs']): Promise<void> {
  for (const [index, { data }] of outputs.entries()) {
    await writeBytes(join(folder, `${index}.bin`), new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
}

/** Runs the model on every group of files and prints one block, or one JSON document for all. */
async function run(path: string, files: readonly string[], flags: RunFlags, terminal: Terminal): Promise<void> {
  const { model } = await openModel(path, importOptions(flags));
  try {
    const runs = groupFiles(files, model.inputs);
    const folders = flags.output === undefined ? undefined : outputFolders(flags.output, runs);
    if (flags.output !== undefined) await checkTargetFolder(flags.output);
    const metadata = readMetadata(model.metadata);
    const labels = await readLabels(flags.labels, model, metadata);
    const reports: RunReport[] = [];
    for (const [index, group] of runs.entries()) {
      const inputs: RunReport['inputs'] = [];
      for (const [i, file] of group.entries()) {
        inputs.push({ file, preprocessing: await fillInput(model.inputs[i], file, flags.preprocess, metadata.inputs[i]) });
      }
      const started = performance.now();
      model.run();
      const report = { inputs, milliseconds: performance.now() - started, ...interpret(model, labels, flags.top) };
      if (folders) await writeOutputs(folders[index], model.outputs);
      if (flags.json) reports.push(report);
      else print(report, {}, terminal, (shown) => `${index > 0 ? '\n' : ''}${renderRun(shown, terminal)}`);
    }
    if (flags.json) print(reports, flags, terminal, String);
  } finally {
    model.dispose();
  }
}

export function addRun(program: Command, terminal: Terminal): void {
  const command = program
    .command('run')
    .summary('run a model on pictures or raw tensors')
    .description('Run MODEL on files and print the best classes, the detected objects, or statistics of each output.')
    .argument('<model>', 'a .tflite or ONNX file')
    .argument('[files...]', 'inputs; the same as --input');
  addImportOptions(command)
    .option('-i, --input <file>', 'a picture or .bin; may be repeated', append)
    .option('-t, --top <n>', 'how many classes or objects to print', positiveInteger, 5)
    .option('-l, --labels <file>', "one label per line (default: the model's own)")
    .option('-p, --preprocess <how>', 'raw, inception, torchvision or a .json file')
    .option('-o, --output <DIR>', 'also write outputs: DIR/<index>.bin, or after several runs DIR/<file name>/<index>.bin')
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples)
    .action((model: string, files: string[], flags: RunFlags) =>
      run(model, [...(flags.input ?? []), ...files], ownProperties(flags), terminal),
    );
}
