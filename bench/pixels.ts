// Owns the measurement of preprocessing: decoded pictures to input tensors, beside sharp's resize of the same pixels, first calls and repeated ones.
// npm run bench:pixels
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { type ImageInput, type Pixels, preprocess, presets } from '../src/image';
import { type Region, sampleRegion } from '../src/pixels/region';
import { machineLine } from './measure';

const side = 224;
/** Of the first calls, as many processes; of the repeated ones, as many rounds. */
const processes = 9;
const rounds = 31;

const sizes = [
  { width: 640, height: 480 },
  { width: 1920, height: 1080 },
  { width: 4000, height: 3000 },
] as const;

/** Noise that differs from row to row, as pictures do. */
function picture(width: number, height: number): Pixels {
  const data = new Uint8Array(width * height * 4);
  for (let i = 0, state = 1; i < data.length; i++) {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    data[i] = state >> 16;
  }
  return { data, width, height, channels: 4 };
}

const codes: ImageInput = { shape: [1, side, side, 3], dtype: 'int8', scale: 1 / 127.5, zeroPoint: 0 };
const reals: ImageInput = { shape: [1, side, side, 3], dtype: 'float32' };

/** What becomes of a picture. */
const cases: Record<string, (pixels: Pixels) => () => void> = {
  'int8 codes'(pixels) {
    const into = new Int8Array(side * side * 3);
    return () => preprocess(pixels, presets.tf, codes, into);
  },
  'float32, torchvision'(pixels) {
    const into = new Float32Array(side * side * 3);
    return () => preprocess(pixels, presets.torchvision, reals, into);
  },
  'a turned region, float32'(pixels) {
    const into = new Float32Array(side * side * 3);
    const { width, height } = pixels;
    const region: Region = { x: width / 2, y: height / 2, width: height / 2, height: height / 2, rotation: 0.3 };
    return () => sampleRegion(pixels, region, presets.unit, 'edge', reals, into);
  },
};

const milliseconds = (run: () => void): number => {
  const start = performance.now();
  run();
  return performance.now() - start;
};

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1];

/** Of the first call in a process. */
function first(name: string, size: { width: number; height: number }): number {
  const times = Array.from({ length: processes }, () => {
    const of = ['--first', name, '--width', String(size.width), '--height', String(size.height)];
    const { stdout, stderr, status } = spawnSync(process.execPath, [...process.execArgv, import.meta.filename, ...of], {
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(stderr);
    return Number(stdout);
  });
  return median(times);
}

/** sharp to the same size by the same triangle filter (libvips' `linear`, reduced without a shrink-on-load), on one thread. */
async function sharpResize({ data, width, height }: Pixels): Promise<void> {
  const image = sharp(data, { raw: { width, height, channels: 4 } }).removeAlpha();
  await image.resize(side, side, { fit: 'fill', kernel: 'linear', fastShrinkOnLoad: false }).raw().toBuffer();
}

async function main(): Promise<void> {
  sharp.concurrency(1);
  sharp.cache(false);
  console.log(
    `${machineLine()}; milliseconds, medians of ${processes} first calls in processes of their own and of ${rounds} repeated ones\n`,
  );
  console.log(`${'picture'.padEnd(12)}${`to ${side}x${side}`.padEnd(28)}${'first'.padStart(8)}${'repeated'.padStart(10)}`);
  for (const size of sizes) {
    const pixels = picture(size.width, size.height);
    const runs = Object.entries(cases).map(([name, make]) => ({ name, run: make(pixels), times: [] as number[] }));
    const sharpTimes: number[] = [];
    for (let round = -3; round < rounds; round++) {
      const start = performance.now();
      await sharpResize(pixels);
      if (round >= 0) sharpTimes.push(performance.now() - start);
      for (const { run, times } of runs) {
        const time = milliseconds(run);
        if (round >= 0) times.push(time);
      }
    }
    const label = `${size.width}x${size.height}`.padEnd(12);
    const line = (name: string, cold: string, warm: number) =>
      console.log(`${label}${name.padEnd(28)}${cold.padStart(8)}${warm.toFixed(2).padStart(10)}`);
    for (const { name, times } of runs) line(name, first(name, size).toFixed(1), median(times));
    line(`sharp ${sharp.versions.sharp}, resize alone`, '', median(sharpTimes));
  }
}

const { values } = parseArgs({ options: { first: { type: 'string' }, width: { type: 'string' }, height: { type: 'string' } } });
if (values.first === undefined) await main();
else console.log(milliseconds(cases[values.first](picture(Number(values.width), Number(values.height)))));
