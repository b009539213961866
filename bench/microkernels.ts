// Owns the benchmark of the microkernels: pointwise layers of real networks as shares of the measured dot product peak.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pc from 'picocolors';
import { compile } from '../tools/build/asc';
import { renderTable } from '../tools/report/table';
import { convolutionGraph, layerStep } from './layers';
import { machineLine, medianMilliseconds } from './measure';

const here = import.meta.dirname;
const terminal = { colors: pc.createColors(process.stdout.isTTY === true) };
const peakIterations = 100_000;
const macsPerIteration = 64;

/** Billions of multiply-adds per second of the bare dot product. */
async function measurePeak(): Promise<number> {
  const options = [
    'peak.ts',
    '-O2',
    '--noAssert',
    '--runtime',
    'stub',
    '--enable',
    'simd',
    '--initialMemory',
    '1',
    '--outFile',
    'peak.wasm',
  ];
  let binary = new Uint8Array();
  await compile(options, {
    readFile: (name) => (name === 'peak.ts' ? readFileSync(join(here, 'assembly', name), 'utf8') : null),
    writeFile: (_name, contents) => {
      binary = new Uint8Array(contents as Uint8Array);
    },
    listFiles: () => [],
  });
  const { instance } = await WebAssembly.instantiate(binary);
  const dotPeak = instance.exports.dotPeak as (at: number, iterations: number) => void;
  const milliseconds = medianMilliseconds('peak', () => dotPeak(1024, peakIterations), 500);
  return (peakIterations * macsPerIteration) / milliseconds / 1e6;
}

function readShapes(file: string): number[][] {
  const lines = readFileSync(join(here, 'shapes', file), 'utf8').split('\n');
  return lines.filter((line) => line && !line.startsWith('#')).map((line) => line.split(' ').map(Number));
}

const peak = await measurePeak();
console.log(`${machineLine()}\ndot_i16x8 peak ${peak.toFixed(1)} GMAC/s\n`);
for (const file of readdirSync(join(here, 'shapes')).sort()) {
  const rows = readShapes(file).map(([pixels, depth, outputs]) => {
    const run = layerStep(convolutionGraph('CONV_2D', [1, 1, pixels, depth], [outputs, 1, 1, depth], 1), 'Convolution');
    const milliseconds = medianMilliseconds(file, run);
    const rate = (pixels * depth * outputs) / milliseconds / 1e6;
    return [
      String(pixels),
      String(depth),
      String(outputs),
      milliseconds.toFixed(4),
      rate.toFixed(1),
      `${((100 * rate) / peak).toFixed(0)} %`,
    ];
  });
  const heads = ['pixels', 'K', 'N', 'ms', 'GMAC/s', 'of peak'].map((head) => ({ head, align: 'right' as const }));
  console.log(`${file.replace('.txt', '')}\n${renderTable(heads, rows, terminal)}`);
}
