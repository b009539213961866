// Owns the command line as a whole: the list of commands, and the exit code and message of every failure.
import { Command, CommanderError } from 'commander';
import { ModelError } from 'zeropoint';
import { addBench } from './commands/bench';
import { addCalibrate } from './commands/calibrate';
import { addCompare } from './commands/compare';
import { addCompletions } from './commands/completions';
import { addConvert } from './commands/convert';
import { addInspect } from './commands/inspect';
import { addMerge } from './commands/merge';
import { addQuantize } from './commands/quantize';
import { addRun } from './commands/run';
import about from './package.json' with { type: 'json' };
import { quote } from './quote';
import { cleanText } from './terminal/clean';
import { isInterruption, ResumableInterruption } from './terminal/interruption';
import type { Terminal } from './terminal/terminal';

/**
 * 0 done; 1 a mistake that the user can correct, one line on standard error says how; 2 a bug in zeropoint, with its stack; 130
 * interrupted (128 + SIGINT, as shells report it).
 */
export type ExitCode = 0 | 1 | 2 | 130;

/** In the order of the help. */
const commands = [addRun, addInspect, addBench, addCalibrate, addMerge, addQuantize, addCompare, addConvert, addCompletions];

function createProgram(terminal: Terminal): Command {
  const program = new Command('zeropoint')
    .description('Quantize float networks; run, inspect and time 8-bit .tflite models.')
    .version(about.version)
    .exitOverride()
    .configureOutput({ writeOut: terminal.write, writeErr: terminal.warn, outputError: () => {} })
    .showSuggestionAfterError();
  for (const add of commands) add(program, terminal);
  return program;
}

/** Longest message; those of the library quote no more than this of a file. */
const maxMessage = 4000;

/** File names and quoted content may hold line breaks and escape sequences, which must not reach the terminal. */
const oneLine = (message: string): string => quote(cleanText(message).replace(/\s+/g, ' ').trim(), maxMessage);

/** `zeropoint run --help` for a command line that begins with a command, else `zeropoint --help`. */
function helpOf([first]: readonly string[], program: Command): string {
  const command = program.commands.find((known) => known.name() === first);
  return command ? `zeropoint ${command.name()} --help` : 'zeropoint --help';
}

/** `help`: the command line that says more of what was mistaken. */
function explain(error: unknown, terminal: Terminal, help: string): ExitCode {
  const { colors } = terminal;
  const say = (message: string) => terminal.warn(`${colors.red('zeropoint:')} ${message}\n`);
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    if (error.code !== 'commander.help') say(`${oneLine(error.message).replace(/^error: |\.$/g, '')}; see ${help}`);
    return 1;
  }
  if (error instanceof ModelError) {
    say(oneLine(error.message));
    return 1;
  }
  const isResumable = error instanceof ResumableInterruption;
  if (isResumable || isInterruption(error)) {
    say(`interrupted; ${isResumable ? 'repeat the command to go on' : 'nothing was written, and the same command begins anew'}`);
    return 130;
  }
  const lines = String((error as Error)?.stack ?? error).split('\n');
  say(`this is a bug in zeropoint, please report it with the model and these lines\n${lines.map(cleanText).join('\n')}`);
  return 2;
}

/** Carries out one command line, given without the program's own name. Never throws. */
export async function runCommandLine(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const program = createProgram(terminal);
  try {
    await program.parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    return explain(error, terminal, helpOf(args, program));
  }
}
