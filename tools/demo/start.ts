// Owns `npm start`: quantize a network on rendered digits, compare it with the float network, run it, write a report.
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import picocolors from 'picocolors';
import { runCommandLine } from '../program';
import { formatBytes, formatCount } from '../report/numbers';
import type { Terminal } from '../terminal/terminal';
import { digitSeeds, digitSize, renderDigit } from './digits';
import { drawPicture } from './draw';
import { picturePath, writePictures } from './pictures';

const pc = picocolors.createColors(process.stdout.isTTY === true && !process.env.NO_COLOR);

// Paths are relative to the project's folder, as in the commands that are printed.
const folder = 'build/demo';
const floatModel = 'tools/demo/digits.tflite';
const quantizedModel = join(folder, 'digits_int8.tflite');
const report = join(folder, 'report.html');
const calibration = { folder: join(folder, 'calibration'), seed: digitSeeds.calibration, count: 100 };
const heldOut = { folder: join(folder, 'held-out'), seed: digitSeeds.heldOut, count: 1000 };
/** The held-out digit that is run and drawn. */
const shown = 17;

const terminal: Terminal = {
  write: (content) => void process.stdout.write(content),
  warn: (text) => void process.stderr.write(text),
  colors: pc,
  runtime: `Node ${process.versions.node}`,
  screen: process.stderr.isTTY ? process.stderr : undefined,
};

function title(text: string): void {
  terminal.write(`\n${pc.bold(pc.cyan(text))}\n`);
}

/** Prints a command line as the user would type it, then carries it out. */
async function command(...words: string[]): Promise<void> {
  terminal.write(`${pc.dim(`$ npx -p @zeropoint/tools zeropoint ${words.join(' ')}`)}\n`);
  const code = await runCommandLine(words, terminal);
  if (code !== 0) process.exit(code);
}

async function main(): Promise<void> {
  const started = performance.now();
  process.chdir(join(import.meta.dirname, '../..'));
  rmSync(folder, { recursive: true, force: true });
  title('A float network and the pictures it was made for');
  for (const set of [calibration, heldOut]) await writePictures(set.folder, set.seed, set.count);
  terminal.write(
    `${floatModel}: ${formatBytes(readFileSync(floatModel).length)}, a MobileNet that reads handwritten digits, learnt from its own pictures\n` +
      `${calibration.folder}: ${formatCount(calibration.count)} digits drawn now, to calibrate on\n` +
      `${heldOut.folder}: ${formatCount(heldOut.count)} more, to judge by\n`,
  );

  title('Calibrate and quantize');
  await command('quantize', floatModel, '-o', quantizedModel, '--data', calibration.folder, '--preprocess', 'raw');

  title('Compare with the float network');
  await command('compare', floatModel, quantizedModel, '--data', heldOut.folder, '--preprocess', 'raw', '--html', report);

  title('Run one picture');
  const digit = renderDigit(heldOut.seed, shown);
  terminal.write(drawPicture(digit.pixels, digitSize, pc));
  await command('run', quantizedModel, picturePath(heldOut.folder, digit, shown), '--top', '3');

  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  terminal.write(`\n${pc.bold('Report')}  ${pathToFileURL(report).href}\n`);
  terminal.write(pc.dim(`all of it in ${seconds} s; speed and proof on a MobileNetV1: npm run start:mobilenet\n\n`));
}

await main();
