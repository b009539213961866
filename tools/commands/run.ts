// Owns `zeropoint run`: flags, help and action; files to classes, objects, poses, masks or tensors, and pictures of them.

import { join } from 'node:path';
import type { Command } from 'commander';
import { type Model, ModelError } from 'zeropoint';
import type { Pixels } from 'zeropoint/image';
import { checkTargetFolder, writeBytes } from '../files';
import { decodeImage } from '../images/decode';
import { fillPicture, fillRaw, type InputBytes, isRaw } from '../images/fill';
import { choosePreprocessing, type NamedPreprocessing, presetList } from '../images/preprocessing';
import { readLabels } from '../model/labels';
import { type ModelMetadata, readMetadata } from '../model/metadata';
import { openModel } from '../model/open';
import { type PictureFindings, type PictureTask, pictureTask } from '../model/picture-tasks';
import { interpret } from '../model/results';
import { ownProperties } from '../options';
import { drawRun } from '../report/draw-run';
import { type RunReport, renderRun } from '../report/run';
import { formatShape } from '../report/tensors';
import { print, warnLine } from '../terminal/print';
import type { Terminal } from '../terminal/terminal';
import { addImportOptions, type ImportFlags, importOptions } from './import';
import { expandInputs, type InputFile } from './inputs';
import { append, positiveInteger, share } from './options';
import { isStandardOutput, type Output, openOutput } from './output';

const examples = `
A file is a JPEG, PNG, WebP or BMP picture, or a .bin that holds exactly the
input's bytes (little-endian); a folder, for all of them below it; a pattern in
quotes, as 'photos/**/*.jpg'; - for standard input; or an http(s) address. Models
of one input run once per file; models of several inputs take one file per input,
in order.

Classifiers print classes; SSD and YOLO networks objects; MoveNets key points;
segmentations the shares of their classes; MediaPipe's networks of hands, faces and
bodies the landmarks of what fills the picture. --draw shows them on the picture.

By default 8-bit inputs take the whole picture as it is (raw). MobileNets were
evaluated on its central 87.5 % (inception); torchvision is for networks from
PyTorch; unit is 0..1, tf -1..1, and YOLO and MoveNet are fed as their authors do.
Float inputs need the model's own metadata, or --preprocess. A .json file
describes any other way; every member may be left out:

  { "crop": 0.875, "resize": { "shortSide": 256 }, "layout": "nhwc",
    "colors": "bgr", "mean": [124, 116, 104], "std": 58 }

Examples:
  $ zeropoint run mobilenet.tflite cat.jpg
  $ zeropoint run mobilenet.tflite '*.jpg' --preprocess inception --top 3
  $ zeropoint run detector.tflite street.jpg --labels coco.txt --draw found.png
  $ curl https://example.com/cat.jpg | zeropoint run mobilenet.tflite -
  $ zeropoint run keywords.tflite spectrogram.bin --output results`;

interface RunFlags extends ImportFlags {
  input?: string[];
  /** Default: 5 classes, 100 objects. */
  top?: number;
  /** In 0..1. */
  score: number;
  labels?: string;
  output?: string;
  draw?: string;
  json?: boolean;
  preprocess?: string;
}

const defaultClasses = 5;

/** One run per file for models of one input; for others one run, the files in the order of the inputs. */
function groupFiles(files: readonly InputFile[], inputs: Model['inputs']): InputFile[][] {
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

/** Below a folder of results, a name per run, after its first file: '' for a single run. */
function resultNames(runs: readonly InputFile[][]): string[] {
  if (runs.length === 1) return [''];
  const names = runs.map(([{ shortName }]) => shortName);
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name))
      throw new ModelError('bad-argument', `two files are called '${name}', so their outputs would meet; run them one by one`);
    seen.add(name);
  }
  return names;
}

async function writeOutputs(folder: string, outputs: Model['outputs']): Promise<void> {
  for (const [index, { data }] of outputs.entries()) {
    await writeBytes(join(folder, `${index}.bin`), new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
}

/** Where pictures of results go, by index of the run. @throws ModelError `bad-argument` where nothing can be written */
async function drawTarget(draw: string, names: readonly string[], terminal: Terminal): Promise<(index: number) => Promise<Output>> {
  if (names.length === 1) {
    const output = await openOutput(draw, terminal);
    return async () => output;
  }
  if (isStandardOutput(draw) || /\.png$/i.test(draw))
    throw new ModelError('bad-argument', `--draw ${draw} is one picture, and there are ${names.length} runs; name a folder`);
  await checkTargetFolder(draw);
  return (index) => openOutput(join(draw, `${names[index]}.png`), terminal);
}

/** What runs share. */
interface Session {
  readonly model: Model;
  readonly metadata: ModelMetadata;
  readonly labels: (string[] | undefined)[];
  readonly flags: RunFlags;
  /** Of pictures; undefined until the first one, and where the model's outputs are of no task that is known. */
  task?: Promise<{ task: PictureTask; name: string } | undefined>;
}

/**
 * The task of the model on pictures, and a name for its preprocessing.
 * @throws ModelError `bad-argument` where nothing says how pictures become the input
 */
async function openTask({ model, metadata, labels, flags }: Session): Promise<{ task: PictureTask; name: string } | undefined> {
  let chosen: NamedPreprocessing | undefined;
  let unknown: unknown;
  try {
    chosen = await choosePreprocessing(flags.preprocess, model.inputs[0], metadata.inputs[0]);
  } catch (error) {
    if (flags.preprocess !== undefined) throw error;
    unknown = error;
  }
  const preprocessing = flags.preprocess === undefined ? undefined : chosen?.preprocessing;
  const options = { labels: labels.find(Boolean), preprocessing, scoreThreshold: flags.score };
  const task = await pictureTask(model, options).catch((error: unknown) => {
    throw error instanceof ModelError && error.code === 'bad-argument' && unknown !== undefined ? unknown : error;
  });
  if (!task) return undefined;
  const isChosen = chosen && JSON.stringify(chosen.preprocessing) === JSON.stringify(task.preprocessing);
  return { task, name: isChosen ? chosen!.name : 'as such networks take it' };
}

interface FilledRun {
  readonly inputs: RunReport['inputs'];
  /** The picture, where there is one. */
  readonly pixels?: Pixels;
  /** Of the model's run, where it ran already. */
  readonly found?: PictureFindings;
}

/** Fills the inputs; runs the model where its task does both. */
async function fill(session: Session, group: readonly InputFile[]): Promise<FilledRun> {
  const { model, metadata, flags } = session;
  const inputs: RunReport['inputs'] = [];
  let pixels: Pixels | undefined;
  for (const [i, { name, isNameless, read }] of group.entries()) {
    const file: InputBytes = { name, isNameless, bytes: await read() };
    if (isRaw(file, model.inputs[i])) {
      fillRaw(model.inputs[i], file);
      inputs.push({ file: name, preprocessing: 'raw bytes' });
      continue;
    }
    const picture = await decodeImage(file.bytes, name);
    pixels ??= picture;
    const size = `${picture.width}x${picture.height} pixels`;
    session.task ??= openTask(session);
    const opened = model.inputs.length === 1 ? await session.task : undefined;
    if (opened) {
      const found = opened.task.find(picture, flags.top);
      return { inputs: [{ file: name, preprocessing: `${size}, ${opened.name}` }], pixels, found };
    }
    const chosen = await choosePreprocessing(flags.preprocess, model.inputs[i], metadata.inputs[i]);
    fillPicture(model.inputs[i], name, picture, chosen);
    inputs.push({ file: name, preprocessing: `${size}, ${chosen.name}` });
  }
  return { inputs, pixels };
}

/** One run: its report, and its picture where it has one. */
async function runGroup(
  session: Session,
  group: readonly InputFile[],
): Promise<{ report: RunReport; drawing?: () => Promise<Uint8Array> }> {
  const { model, labels, flags } = session;
  const { inputs, pixels, found } = await fill(session, group);
  const started = performance.now();
  if (!found) model.run();
  const milliseconds = found?.milliseconds ?? performance.now() - started;
  const result = interpret(model, labels, flags.top ?? defaultClasses, found?.findings);
  return { report: { inputs, milliseconds, ...result }, drawing: pixels && (() => drawRun(pixels, result, found?.mask)) };
}

/** Runs the model on every group of files and prints one block, or one JSON document for all. */
async function run(path: string, given: readonly string[], flags: RunFlags, terminal: Terminal): Promise<void> {
  const files = await expandInputs(given, terminal);
  const { model } = await openModel(path, importOptions(flags));
  try {
    const runs = groupFiles(files, model.inputs);
    const isWritten = flags.output !== undefined || flags.draw !== undefined;
    const names = isWritten ? resultNames(runs) : [];
    if (flags.output !== undefined) await checkTargetFolder(flags.output);
    const draw = flags.draw === undefined ? undefined : await drawTarget(flags.draw, names, terminal);
    const metadata = readMetadata(model.metadata);
    const session: Session = { model, metadata, labels: await readLabels(flags.labels, model, metadata), flags };
    const reports: RunReport[] = [];
    const aside = isStandardOutput(flags.draw);
    for (const [index, group] of runs.entries()) {
      const { report, drawing } = await runGroup(session, group);
      if (flags.output !== undefined) await writeOutputs(join(flags.output, names[index]), model.outputs);
      if (draw && drawing) await (await draw(index)).write(await drawing());
      else if (draw) warnLine(`${report.inputs[0].file}: --draw needs a picture, and these are a tensor's bytes`, terminal);
      if (flags.json) reports.push(report);
      else print(report, { aside }, terminal, (shown) => `${index > 0 ? '\n' : ''}${renderRun(shown, terminal)}`);
    }
    if (flags.json) print(reports, { json: true, aside }, terminal, String);
  } finally {
    model.dispose();
  }
}

export function addRun(program: Command, terminal: Terminal): void {
  const command = program
    .command('run')
    .summary('run a model on pictures or raw tensors')
    .description(
      'Run MODEL on files and print the best classes, objects, key points, landmarks, shares of masks, or statistics of each output.',
    )
    .argument('<model>', 'a .tflite or ONNX file, or a TensorFlow.js model')
    .argument('[files...]', 'inputs; the same as --input');
  addImportOptions(command)
    .option('-i, --input <file>', 'a picture, .bin, folder, pattern, address, or -; may be repeated', append)
    .option('-t, --top <n>', 'how many classes (default: 5) or objects (default: 100) to print', positiveInteger)
    .option('-s, --score <share>', 'leave out objects and poses of a lower score, in 0..1', share, 0.25)
    .option('-l, --labels <file>', "one label per line (default: the model's own)")
    .option('-p, --preprocess <how>', presetList)
    .option('-o, --output <DIR>', 'also write outputs: DIR/<index>.bin, or after several runs DIR/<file name>/<index>.bin')
    .option('--draw <file>', 'also write the picture with what was found on it, as PNG; after several runs a folder')
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples)
    .action((model: string, files: string[], flags: RunFlags) =>
      run(model, [...(flags.input ?? []), ...files], ownProperties(flags), terminal),
    );
}
