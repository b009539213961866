// Owns the command line's grammar, its help, and what every failure is called: argv -> command -> exit code.
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { ModelError } from '../src/errors';
import { type BenchFlags, bench } from './commands/bench';
import { inspect } from './commands/inspect';
import { type RunFlags, run } from './commands/run';
import about from './package.json' with { type: 'json' };
import type { Terminal } from './terminal';

/** 0 all went well; 1 the user can mend it, one line on standard error says how; 2 a bug of ours, with its stack. */
export type ExitCode = 0 | 1 | 2;

const runExamples = `
A file is a JPEG, PNG, WebP or BMP picture, or a .bin that holds exactly the
input's bytes (little-endian). Models of one input run once per file; models of
several inputs take one file per input, in order.

By default 8-bit inputs take the whole picture as it is (raw). MobileNets were
evaluated on its central 87.5 % (inception); torchvision is for networks from
PyTorch. Float inputs need the model's own metadata, or --preprocess.

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

const append = (value: string, before: string[] = []): string[] => [...before, value];

function positiveInteger(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > 1_000_000) throw new InvalidArgumentError('Give a whole number from 1 to 1000000.');
  return value;
}

function createProgram(terminal: Terminal): Command {
  const program = new Command('zeropoint')
    .description('Run, inspect and time 8-bit quantized .tflite models.')
    .version(about.version)
    .exitOverride()
    .configureOutput({ writeOut: terminal.write, writeErr: terminal.warn, outputError: () => {} })
    .showSuggestionAfterError();
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
  program
    .command('inspect')
    .summary("show a model's operators, sizes and memory")
    .description('Show the operators of MODEL with shapes, quantization, kernels and costs, and the exact memory it will use.')
    .argument('<model>', 'a .tflite file')
    .option('--json', 'print one JSON document')
    .addHelpText('after', inspectExamples)
    .action((model: string, flags: { json?: boolean }) => inspect(model, flags, terminal));
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
  return program;
}

function explain(error: unknown, terminal: Terminal): ExitCode {
  const { colors } = terminal;
  const say = (message: string) => terminal.warn(`${colors.red('zeropoint:')} ${message}\n`);
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    if (error.code !== 'commander.help') say(`${error.message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ')}; see zeropoint --help`);
    return 1;
  }
  if (error instanceof ModelError) {
    say(error.message);
    return 1;
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
