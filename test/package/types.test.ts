// Owns the proof that TypeScript finds and accepts the published types, whatever way it resolves modules.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { nodePrograms } from '../guides/snippets';
import { installedProject, readManifest, root } from './installed';

const project = installedProject(['.']);

/** Uses every entry; an entry without types, or with types that fell back to any, is an error. */
const consumer = `import { load, loadSync, dequantize, ModelError, type ErrorCode, type LoadOptions, type Model, type Tensor } from 'zeropoint';
import { type FloatLoadOptions, loadSync as loadFloat } from 'zeropoint/float';
import { copyGraph, elementCount } from 'zeropoint/graph';
import { preprocess, presets } from 'zeropoint/image';
import { mobilenetV1 } from 'zeropoint/mobilenet';
import { loadReference } from 'zeropoint/reference';
import { loadThreaded, type ThreadedModel } from 'zeropoint/threads';
import { load as loadSlim, type SlimLoadOptions } from 'zeropoint/slim';
import { type ClassScore, detections, topClasses } from 'zeropoint/tasks';
import { type Classification, type DetectedFace, type DetectedObject, FaceDetector, FaceLandmarker, type FaceLandmarks, HandLandmarker, ImageClassifier, ImageEmbedder, ImageSegmenter, ImprintedClassifier, MoveNet, ObjectDetector, type Picture, type Pose, PoseDetector } from 'zeropoint/vision';
import { frontendPresets, type Keyword, KeywordSpotter, MicroFrontend, Resampler } from 'zeropoint/audio';
import core from 'zeropoint/wasm/core.wasm';
import relaxedCore from 'zeropoint/wasm/core-relaxed.wasm';
import float from 'zeropoint/wasm/float.wasm';
import { readModel, writeModel } from 'zeropoint/tflite';

const options: LoadOptions = { maxBytes: 2 ** 20, hostOperators: 'forbid' };
const floatOptions: FloatLoadOptions = { ...options, relaxedFloat: true };
const bytes: Uint8Array = writeModel(readModel(mobilenetV1({ dtype: 'int8' })));
export async function classify(): Promise<Float32Array> {
  const model: Model = await load(bytes, options);
  const [input] = model.inputs;
  preprocess({ data: new Uint8Array(12), width: 2, height: 2, channels: 3 }, presets.inception, input, input.data);
  model.run();
  const [output] = model.outputs;
  model.dispose();
  return dequantize(output);
}
export function codes(model: Model): number[] {
  return model.outputs.flatMap((output) => {
    if (output.dtype === 'int64') return [...output.data].map(Number);
    // Every other dtype has numbers: no casts.
    output.data[0] = 2 * output.data[0];
    return [...output.data];
  });
}
export const onlyBytes = (tensor: Tensor): Uint8Array | undefined => (tensor.dtype === 'uint8' ? tensor.data : undefined);
export const onlyBig = (tensor: Tensor<'int64'>): bigint => tensor.data[0];
export const described = ({ labels, preprocessing, signature }: Model): unknown => [labels[0]?.[0], preprocessing?.mean, signature?.inputs.x?.data];
export const threaded = (): Promise<ThreadedModel> => loadThreaded(bytes, { threads: 2 });
const fetched: SlimLoadOptions = { module: '/core.wasm' };
export const slim = (): Promise<Model> => loadSlim(bytes, fetched);
export const binaries: object[] = [relaxedCore, float];
export const withCore = (): Promise<Model> => load(bytes, { module: core });
export const traced = (model: Model): void => model.trace((tensor, data) => tensor.shape[data.length] + tensor.output);
export const fromGraph = (): Model => loadFloat(readModel(bytes), floatOptions);
export const inputSize: number = elementCount(copyGraph(readModel(bytes)).inputs[0].shape);
export const best = (model: Model): ClassScore | undefined => topClasses(model.outputs[0], 1, ['cat', 'dog'])[0] ?? detections(model.outputs, 1)[0];
export const faces = async (picture: Picture): Promise<readonly DetectedFace[]> => (await FaceDetector.load(bytes)).detect(picture, { maxResults: 3 });
export const keywords = async (samples: Float32Array): Promise<Keyword[]> => (await KeywordSpotter.load(bytes, { sampleRate: 48000 })).process(samples);
export const features = (samples: Int16Array): Uint16Array[] =>
  new MicroFrontend(frontendPresets.microSpeech).process(new Resampler(44100, 16000).process(samples));
export const meshes = async (picture: Picture): Promise<FaceLandmarks[]> =>
  (await FaceLandmarker.load({ detector: bytes, landmarks: bytes }, { maxResults: 2 })).detectForVideo(picture, 40);
export const hands = async (picture: Picture): Promise<string[]> =>
  (await HandLandmarker.load({ detector: bytes, landmarks: bytes })).detect(picture).flatMap(({ landmarks }) => landmarks.map(({ name }) => name));
export const bodies = async (picture: Picture): Promise<Pose[]> =>
  (await PoseDetector.load({ detector: bytes, landmarks: bytes }, { smoothing: false })).detectForVideo(picture, 40);
export const find = async (picture: Picture): Promise<DetectedObject[]> => (await ObjectDetector.load(bytes)).detect(picture, { maxResults: 3 });
export async function outline(picture: Picture): Promise<[Uint8Array, Pose[]]> {
  return [(await ImageSegmenter.load(bytes)).segment(picture).categories, (await MoveNet.load(bytes)).detect(picture)];
}
export async function see(picture: Picture): Promise<Classification[]> {
  const imprinted = await ImprintedClassifier.load(bytes, { preprocessing: 'unit' });
  imprinted.learn('cat', [picture]);
  const embedding: Float32Array = (await ImageEmbedder.load('models/m.tflite')).embed(picture);
  return (await ImageClassifier.load(imprinted.toTflite(), { maxResults: embedding.length })).classify(picture);
}
export const codeOf = (error: unknown): ErrorCode | undefined => (error instanceof ModelError ? error.code : undefined);

// @ts-expect-error
loadSync('text');
// @ts-expect-error
mobilenetV1({ dtype: 'int16' });
// @ts-expect-error
loadReference(bytes).run('text');
// @ts-expect-error
loadFloat('text');
// @ts-expect-error
readModel(1);
// @ts-expect-error
topClasses('text');
// @ts-expect-error
presets.unknown;
// @ts-expect-error
loadSync(bytes, { maxbytes: 1 });
// @ts-expect-error
loadSync(bytes, { module: 5 });
// @ts-expect-error: of zeropoint/float only
loadSync(bytes, { relaxedFloat: true });
// @ts-expect-error
loadFloat(bytes, { relaxedFloat: 'yes' });
// @ts-expect-error: int8 is no uint8
export const narrowed = (tensor: Tensor<'int8'>): Uint8Array => tensor.data;
`;

/** The programs of README.md and the guides for Node that need no other package, each a module of its own. */
const examples = nodePrograms().flatMap(({ code }) => (/from '(?!zeropoint|node:)/.test(code) ? [] : `${code}\nexport {};\n`));

const files = ['consumer.ts', ...examples.map((_, i) => `example${i + 1}.ts`)];
[consumer, ...examples].forEach((text, i) => {
  writeFileSync(join(project, files[i]), text);
});

/** What the compiler says about the consumer and the examples; empty when all is well. */
function compile(name: string, compilerOptions: object, compiled = files): string {
  const strict = { strict: true, noEmit: true, target: 'ES2022', skipLibCheck: false };
  const config = `tsconfig.${name.replace(/\W+/g, '-')}.json`;
  writeFileSync(join(project, config), JSON.stringify({ compilerOptions: { ...strict, ...compilerOptions }, files: compiled }));
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  return spawnSync(process.execPath, [compiler, '-p', config], { cwd: project, encoding: 'utf8' }).stdout;
}

const resolutions = {
  nodenext: { module: 'NodeNext', moduleResolution: 'NodeNext' },
  node16: { module: 'Node16', moduleResolution: 'Node16' },
  bundler: { module: 'ESNext', moduleResolution: 'Bundler' },
};
const nodeTypes = { types: ['node'], typeRoots: [join(root, 'node_modules/@types')] };
const platforms = {
  // The examples read files, so that every platform has the types of Node.
  page: { lib: ['ES2022', 'DOM'], ...nodeTypes },
  worker: { lib: ['ES2022', 'WebWorker'], ...nodeTypes },
  // No DOM, hence no WebAssembly.
  node: { lib: ['ES2022'], ...nodeTypes },
};
for (const [resolution, resolutionOptions] of Object.entries(resolutions)) {
  for (const [platform, platformOptions] of Object.entries(platforms)) {
    const name = `moduleResolution ${resolution}, libraries of a ${platform}`;
    test(`a strict consumer compiles with ${name}`, () => {
      assert.is(compile(name, { ...resolutionOptions, ...platformOptions }), '');
    });
  }
}

test('README.md and the guides have programs', () => {
  assert.ok(examples.length >= 6, `${examples.length} programs`);
});

test('the declarations name no WebAssembly and no DOM', () => {
  const platform = { ...resolutions.nodenext, lib: ['ES2022', 'ESNext.Disposable'], types: [] };
  assert.is(compile('no library but the language', platform, ['consumer.ts']), '');
});

test('the consumer imports every entry', () => {
  const entries = Object.entries(readManifest(join(project, 'node_modules/zeropoint')).exports).filter(
    ([, target]) => typeof target !== 'string',
  );
  for (const [entry] of entries) {
    const name = entry.replace('.', 'zeropoint');
    assert.ok(consumer.includes(`from '${name}'`), `consumer does not import ${name}`);
  }
});

test.run();
