// Owns the command line's grammar, its help, and what every failure is called: argv -> command -> exit code.
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { ModelError } from 'zeropoint';
import { observerNames } from './calibrate/ranges';
import { type BenchFlags, bench } from './commands/bench';
import { type CalibrateFlags, calibrate } from './commands/calibrate';
import { type CompareFlags, compareFiles } from './commands/compare';
import { inspect } from './commands/inspect';
import { type MergeFlags, merge } from './commands/merge';
import { addQuantizeCommand } from './commands/quantize';
import { type RunFlags, run } from './commands/run';
import type { Shard } from './dataset/dataset';
import about from './package.json' with { type: 'json' };
import { defaultSettings } from './quantize/model';
import type { Terminal } from './terminal/terminal';

/**
 * 0 all went well; 1 the user can mend it, one line on standard error says how; 2 a bug of ours, with its stack; 130 interrupted, as
 * shells say.
 */
export type ExitCode = 0 | 1 | 2 | 130;

const runExamples = `
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

const inspectExamples = `
Examples:
  $ zeropoint inspect mobilenet.tflite
  $ zeropoint inspect mobilenet.tflite --json | jq .totals`;

const benchExamples = `
Cold start is what a process pays once: compiling the core (first load less
second load), loading the model (second load) and the first run. Runs are timed
one by one on random inputs after half a second of warming up.

Examples:
  $ zeropoint bench mobilenet.tflite
  $ zeropoint bench mobilenet.tflite --runs 500 --layers`;

const calibrateExamples = `
DATA is a folder of pictures (searched through), a CSV of file and label, an .npy
or .npz array of samples, or raw .bin files of exactly the inputs' bytes. The
result is reused when model, data and settings are the same, and an interrupted
calibration goes on where it stopped when the command is repeated.

Examples:
  $ zeropoint calibrate float.tflite -o ranges.json --data pictures --preprocess inception
  $ zeropoint calibrate float.tflite -o ranges.json --data set.npz --observer mse --limit 200
  $ zeropoint calibrate float.tflite -o part3.json --data pictures -p raw --shard 3/8`;

const mergeExamples = `
Each file is the result of one zeropoint calibrate --shard i/n, or each of one
zeropoint compare --shard i/n; all n are needed, in any order. Ranges go to -o. A
comparison is printed as zeropoint compare does, and goes to -o as JSON.

Examples:
  $ zeropoint merge part*.json -o ranges.json
  $ zeropoint merge part*.json --html report.html
  $ zeropoint merge part*.json -o comparison.json --json | jq .outputs`;

const compareExamples = `
Pictures go through both networks with the same preprocessing. Accuracy needs
labels: folders named after classes, a labels.csv in the folder, or --labels.

With --shard i/n, n machines share the work: each writes its part to -o, and
zeropoint merge makes the comparison of all parts. Counts and errors are those of
one go. Layers are compared by shard 1 alone, on its own first samples; latencies
are of all machines together.

Examples:
  $ zeropoint compare float.tflite int8.tflite --data pictures --preprocess inception
  $ zeropoint compare float.onnx int8.tflite --data pictures -p raw --html report.html
  $ zeropoint compare float.tflite int8.tflite --data set.npz --json | jq .outputs
  $ zeropoint compare float.tflite int8.tflite --data pictures -p raw --shard 3/8 -o part3.json`;

const append = (value: string, before: string[] = []): string[] => [...before, value];

function positiveInteger(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > 1_000_000) throw new InvalidArgumentError('Give a whole number from 1 to 1000000.');
  return value;
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Give a whole number from 0.');
  return Number(text);
}

function percentage(text: string): number {
  const value = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || value > 100) throw new InvalidArgumentError('Give a percentage from 0 to 100.');
  return value;
}

function shardOf(text: string): Shard {
  const [, index, count] = /^(\d{1,6})\/(\d{1,6})$/.exec(text) ?? [];
  if (index === undefined || Number(index) < 1 || Number(index) > Number(count)) {
    throw new InvalidArgumentError('Give i/n with i from 1 to n, as 3/8.');
  }
  return { index: Number(index) - 1, count: Number(count) };
}

/** The flags of every command that reads a dataset; see DataFlags. */
function addDataOptions(command: Command): Command {
  return command
    .requiredOption('-d, --data <path>', 'a folder, .csv, .npy, .npz or .bin')
    .option('-p, --preprocess <how>', 'how pictures become inputs: raw, inception, torchvision or a .json file')
    .option('--limit <n>', 'take only n samples, chosen at random', positiveInteger)
    .option('--seed <n>', 'another choice of samples', wholeNumber, 0)
    .option('--max-corrupt <percent>', 'how many samples may be unreadable before that is an error', percentage, 5);
}

function addCalibrate(program: Command, terminal: Terminal): void {
  const command = program
    .command('calibrate')
    .summary("find the ranges of a float model's tensors")
    .description('Run FLOAT on data and write the range of every tensor as JSON, for zeropoint quantize.')
    .argument('<float>', 'a float model')
    .requiredOption('-o, --output <file>', 'where the ranges go');
  addDataOptions(command)
    .addOption(
      new Option('--observer <name>', 'how a range is chosen').choices(observerNames).default(defaultSettings.calibration.observer),
    )
    .option('--percentile <percent>', 'of the observer percentile (default: 99.99)', percentage)
    .option('--shard <i/n>', 'take only every n-th sample, for zeropoint merge', shardOf)
    .option('--json', 'print one JSON document')
    .addHelpText('after', calibrateExamples)
    .action((model: string, flags: CalibrateFlags) => calibrate(model, flags, terminal));
}

function addCompare(program: Command, terminal: Terminal): void {
  const command = program
    .command('compare')
    .summary('show what quantization cost')
    .description('Run FLOAT and QUANTIZED on the same data and compare accuracy, outputs, layers, speed and size.')
    .argument('<float>', 'a float model')
    .argument('<quantized>', 'the .tflite that was made of it');
  addDataOptions(command)
    .option('--labels <csv>', 'classes of the samples, file and label')
    .option('--classes <file>', "one class name per line (default: the model's own)")
    .option('--label-offset <n>', 'added to every label (default: 1 for 1001 classes, else 0)', wholeNumber)
    .option('--layer-samples <n>', 'how many samples the layers are compared on (default: 16)', positiveInteger)
    .option('--shard <i/n>', 'take only every n-th sample and write a part to -o, for zeropoint merge', shardOf)
    .option('-o, --output <file>', 'where the shard goes, or without --shard the comparison as JSON')
    .option('--html <file>', 'also write a report to look at')
    .option('--json', 'print one JSON document')
    .addHelpText('after', compareExamples)
    .action((float: string, quantized: string, flags: CompareFlags) => compareFiles(float, quantized, flags, terminal));
}

function addMerge(program: Command, terminal: Terminal): void {
  program
    .command('merge')
    .summary('join the shards of a calibration or comparison')
    .description('Join the results of zeropoint calibrate --shard or zeropoint compare --shard to those of the whole dataset.')
    .argument('<shards...>', 'one file of every shard')
    .option('-o, --output <file>', 'where the ranges go, or the comparison as JSON')
    .option('--html <file>', 'also write the report of a comparison')
    .option('--json', 'print one JSON document')
    .addHelpText('after', mergeExamples)
    .action((shards: string[], flags: MergeFlags) => merge(shards, flags, terminal));
}

function addRun(program: Command, terminal: Terminal): void {
  program
    .command('run')
    .summary('run a model on pictures or raw tensors')
    .description('Run MODEL on files and print the best classes, the detected objects, or statistics of each output.')
    .argument('<model>', 'a .tflite file')
    .argument('[files...]', 'inputs; the same as --input')
    .option('-i, --input <file>', 'a picture or .bin; may be repeated', append)
    .option('-t, --top <n>', 'how many classes or objects to print', positiveInteger, 5)
    .option('-l, --labels <file>', "one label per line (default: the model's own)")
    .option('-p, --preprocess <how>', 'raw, inception, torchvision or a .json file')
    .option('-o, --output <DIR>', 'also write outputs: DIR/<index>.bin, or after several runs DIR/<file name>/<index>.bin')
    .option('--json', 'print one JSON document')
    .addHelpText('after', runExamples)
    .action((model: string, files: string[], flags: RunFlags) => run(model, [...(flags.input ?? []), ...files], flags, terminal));
}

function addInspect(program: Command, terminal: Terminal): void {
  program
    .command('inspect')
    .summary("show a model's operators, sizes and memory")
    .description('Show the operators of MODEL with shapes, quantization, kernels and costs, and the exact memory it will use.')
    .argument('<model>', 'a .tflite file')
    .option('--json', 'print one JSON document')
    .addHelpText('after', inspectExamples)
    .action((model: string, flags: { json?: boolean }) => inspect(model, flags, terminal));
}

function addBench(program: Command, terminal: Terminal): void {
  program
    .command('bench')
    .summary('time a model here')
    .description('Time MODEL on this machine: median, minimum, 95th percentile, GMAC/s and cold start, one thread.')
    .argument('<model>', 'a .tflite file')
    .option('-n, --runs <n>', 'how many runs to time', positiveInteger, 100)
    .option('--layers', 'also time every operator')
    .option('--json', 'print one JSON document')
    .addHelpText('after', benchExamples)
    .action((model: string, flags: BenchFlags) => bench(model, flags, terminal));
}

function createProgram(terminal: Terminal): Command {
  const program = new Command('zeropoint')
    .description('Quantize float networks; run, inspect and time 8-bit .tflite models.')
    .version(about.version)
    .exitOverride()
    .configureOutput({ writeOut: terminal.write, writeErr: terminal.warn, outputError: () => {} })
    .showSuggestionAfterError();
  for (const add of [addRun, addInspect, addBench, addCalibrate, addMerge]) add(program, terminal);
  addQuantizeCommand(program, terminal, addDataOptions);
  addCompare(program, terminal);
  return program;
}

/** Names of files and quotations of their content may hold line ends and escape sequences. */
const oneLine = (message: string): string => message.replace(/[\s\p{Cc}]+/gu, ' ').trim();

function explain(error: unknown, terminal: Terminal): ExitCode {
  const { colors } = terminal;
  const say = (message: string) => terminal.warn(`${colors.red('zeropoint:')} ${message}\n`);
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    if (error.code !== 'commander.help') say(`${oneLine(error.message).replace(/^error: |\.$/g, '')}; see zeropoint --help`);
    return 1;
  }
  if (error instanceof ModelError) {
    say(oneLine(error.message));
    return 1;
  }
  if (error instanceof DOMException && error.name === 'AbortError') {
    say('interrupted; repeat the command to go on');
    return 130;
  }
  say(`this is a bug in zeropoint, please report it with the model and these lines\n${(error as Error)?.stack ?? error}`);
  return 2;
}

/** Carries out one command line, given without the program's own name. Never throws. */
export async function runCommandLine(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  try {
    await createProgram(terminal).parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    return explain(error, terminal);
  }
}
