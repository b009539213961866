// Owns pictures of plain greys in a folder, and the commands that quantize networks of every task and compare them on these pictures.
import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import * as assert from 'uvu/assert';
import type { Graph } from '../../src/graph/graph';
import { writeModel } from '../../src/tflite';
import type { TaskComparison } from '../../tools/compare/figures';
import { runCommandLine } from '../../tools/program';
import { temporaryFolder } from './folder';
import { side } from './task-networks';
import { recordingTerminal } from './terminal';

/** Holds the pictures below `pictures/`, whose halves differ, and below `plain/`, of one grey each. */
export const folder = temporaryFolder();
const { at } = folder;

/** Grey values of the pictures; of those with halves that of the left one. */
export const greys = [10, 60, 110, 160, 210, 250];
export const pictureSize = { width: 2 * side, height: side };

/** Runs the command line; paths of the folder are left out of what it prints. */
export async function zeropoint(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const terminal = recordingTerminal();
  const code = await runCommandLine(args, terminal);
  return { code, out: terminal.out.replaceAll(at(), ''), err: terminal.err.replaceAll(at(), '') };
}

/** Before all tests: writes the pictures. */
export async function writePictures(): Promise<void> {
  for (const [i, grey] of greys.entries()) {
    const { width, height } = pictureSize;
    const pixels = Uint8Array.from({ length: width * height * 3 }, (_, at) => ((at / 3) % width < width / 2 ? grey : 255 - grey));
    const picture = sharp(pixels, { raw: { width, height, channels: 3 } }).png();
    folder.write(`pictures/p${i}.png`, new Uint8Array(await picture.toBuffer()));
    // Brightness that differs from picture to picture.
    const plain = sharp({ create: { width, height, channels: 3, background: { r: grey, g: grey, b: grey } } }).png();
    folder.write(`plain/p${i}.png`, new Uint8Array(await plain.toBuffer()));
  }
}

interface Made {
  readonly float: string;
  readonly quantized: string;
}

/** Writes a network and its quantized form. */
export async function make(name: string, graph: Graph, data = 'plain', ...more: string[]): Promise<Made> {
  const float = folder.write(`${name}.tflite`, writeModel(graph));
  const quantized = at(`${name}8.tflite`);
  const made = await zeropoint(
    'quantize',
    float,
    '-o',
    quantized,
    '--fast',
    '--data',
    at(data),
    '-p',
    'unit',
    '--outputs',
    'float32',
    ...more,
  );
  assert.is(made.code, 0, made.err);
  return { float, quantized };
}

/** Text, JSON and page of a comparison on the plain pictures. */
export async function compared(
  { float, quantized }: Made,
  ...more: string[]
): Promise<{ text: string; heads: TaskComparison[]; page: string }> {
  const args = ['compare', float, quantized, '--data', at('plain'), '-p', 'unit', ...more];
  const { code, out, err } = await zeropoint(...args, '-o', at('c.json'), '--html', at('c.html'));
  assert.is(code, 0, err);
  const { heads, classification } = JSON.parse(readFileSync(at('c.json'), 'utf8'));
  assert.is(classification, undefined);
  return { text: out, heads, page: readFileSync(at('c.html'), 'utf8') };
}

export const near = (actual: number, expected: number, tolerance: number) =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual}, expected ${expected}`);
