// Tests imported ONNX networks beside stock ONNX Runtime (onnxruntime-web): operators one by one, small cases, and those of public packages.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type OnnxTensor, runOnnxRuntime } from '../../bench/peers/onnxruntime';
import { peerPath } from '../../bench/peers/peer';
import { filesBeside } from '../../tools/files';
import { importOnnx } from '../../tools/import/onnx/import';
import type { ImportOptions } from '../../tools/import/options';
import { Random } from '../support/random';
import { hasShared, sharedPath } from '../support/shared';
import { onnxFile } from '../tools/import/onnx/file';
import { inputsOf, operatorCases } from '../tools/import/onnx/operator-cases';
import { assertNear, decodeArray, runImported } from '../tools/import/onnx/operator-runs';

const isInstalled = existsSync(peerPath('onnxruntime-web'));
if (!isInstalled) console.log('skipped, bench/peers is not installed (npm ci --prefix bench/peers): ONNX networks beside ONNX Runtime');

function stockTest(title: string, body: () => Promise<void>): void {
  if (isInstalled) test(title, body);
  else test.skip(title, () => {});
}

const recorded = JSON.parse(readFileSync(new URL('../tools/import/onnx/recorded.json', import.meta.url), 'utf8')) as Record<string, string>;

stockTest('operators are recorded as ONNX Runtime computes them', async () => {
  for (const model of operatorCases) {
    const [output] = (await runOnnxRuntime(onnxFile(model), inputsOf(model))).values();
    const expected = decodeArray(recorded[model.title]);
    assert.equal([...output.shape], expected.shape, model.title);
    assertNear(output, expected, 1e-6, model.title);
  }
});

interface Beside extends Omit<ImportOptions, 'external'> {
  /** Range of inputs; default -1 to 1. */
  readonly low?: number;
  readonly high?: number;
}

/** Asserts that a file's outputs agree to 1e-4 of their range, or of 1 where that is more, for random inputs. */
async function besideStock(path: string, { low = -1, high = 1, ...options }: Beside): Promise<void> {
  const bytes = new Uint8Array(readFileSync(path));
  const graph = importOnnx(bytes, { ...options, external: filesBeside(path) });
  const generator = new Random(17);
  const inputs = new Map<string, OnnxTensor & { data: Float32Array }>();
  for (const { name, shape } of graph.inputs) {
    const own = options.shapes?.[name] ?? (shape.length === 4 ? [0, 3, 1, 2].map((axis) => shape[axis]) : shape);
    const data = Float32Array.from({ length: own.reduce((a, b) => a * b, 1) }, () => low + (high - low) * generator.real());
    inputs.set(name, { shape: own, data });
  }
  const constants = Object.entries(options.constants ?? {}).map(([name, value]) => {
    return [name, { shape: [], data: BigInt64Array.of(BigInt(value as number)) }] as const;
  });
  const beside = readdirSync(dirname(path)).filter((name) => name === `${basename(path)}.data`);
  const files = new Map(beside.map((name) => [name, new Uint8Array(readFileSync(join(dirname(path), name)))]));
  const stock = await runOnnxRuntime(bytes, new Map<string, OnnxTensor>([...inputs, ...constants]), files);
  const ours = runImported(graph, inputs, stock);
  for (const [name, tensor] of ours) assertNear(tensor, stock.get(name)!, 1e-4, `${basename(path)}, '${name}'`, 1);
}

const rate = { constants: { sr: 16000 } };
const networks: readonly [path: readonly string[], options: Beside][] = [
  ...['hello_deepa', 'hello_deepa_old', 'namaste_deepa'].map((name) => {
    return [['openwakeword-js', 'models', `${name}.onnx`], {}] as [string[], Beside];
  }),
  ...['v5', 'v6'].map((version) => {
    const shapes = { input: [1, 576], state: [2, 1, 128] };
    return [['@ricky0123', 'vad-web', 'dist', `silero_vad_${version}.onnx`], { ...rate, shapes }] as [string[], Beside];
  }),
  [['@ricky0123', 'vad-web', 'dist', 'silero_vad_v5.onnx'], { constants: { sr: 8000 }, shapes: { input: [1, 288], state: [2, 1, 128] } }],
  [['@ricky0123', 'vad-web', 'dist', 'silero_vad_legacy.onnx'], { ...rate, shapes: { input: [1, 1536], h: [2, 1, 64], c: [2, 1, 64] } }],
  [['@gutenye', 'ocr-models', 'assets', 'ch_ppocr_mobile_v2.0_cls_infer.onnx'], { shapes: { x: [1, 3, 48, 192] } }],
  [['@gutenye', 'ocr-models', 'assets', 'ch_PP-OCRv4_rec_infer.onnx'], { shapes: { x: [1, 3, 48, 96] } }],
  [['@gutenye', 'ocr-models', 'assets', 'ch_PP-OCRv4_det_infer.onnx'], { shapes: { x: [1, 3, 96, 64] }, low: -2, high: 2 }],
];
for (const [path, options] of networks) {
  stockTest(`${path.join('/')} ${JSON.stringify(options)}`, () => besideStock(peerPath(...path), options));
}

/** Quantized files are tested where they are imported. */
const quantized = ['qdq_conv.onnx'];
const folder = sharedPath('cases', 'onnx');
for (const name of hasShared ? readdirSync(folder).filter((file) => file.endsWith('.onnx') && !quantized.includes(file)) : []) {
  const options: Beside = name === 'dynamic_hw.onnx' ? { shapes: { x: [1, 3, 20, 12] } } : {};
  stockTest(`cases/onnx/${name}`, () => besideStock(join(folder, name), options));
}

test.run();
