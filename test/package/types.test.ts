// Owns the proof that TypeScript finds and accepts the published types, whatever way it resolves modules.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { installedProject, readManifest, root } from './installed';

const project = installedProject(['.']);

/** Uses every entry; an entry without types, or with types that fell back to any, is an error. */
const consumer = `import { load, loadSync, dequantize, ModelError, type ErrorCode, type LoadOptions, type Model } from 'zeropoint';
import { loadFloat, type FloatModel } from 'zeropoint/float';
import { copyGraph, elementCount } from 'zeropoint/graph';
import { preprocess, presets } from 'zeropoint/image';
import { mobilenetV1 } from 'zeropoint/mobilenet';
import { loadReference } from 'zeropoint/reference';
import { type ClassScore, detections, topClasses } from 'zeropoint/tasks';
import { readModel, writeModel } from 'zeropoint/tflite';

const options: LoadOptions = { maxBytes: 2 ** 20, hostOperators: 'forbid' };
const bytes: Uint8Array = writeModel(readModel(mobilenetV1({ dtype: 'int8' })));
export async function classify(): Promise<Float32Array> {
  const model: Model = await load(bytes, options);
  const [input] = model.inputs;
  preprocess({ data: new Uint8Array(12), width: 2, height: 2, channels: 3 }, presets.inception, input, input.data);
  model.run();
  const [output] = model.outputs;
  model.dispose();
  return dequantize(output, output.data);
}
export const observed = (model: FloatModel): number => model.run([new Float32Array(1)], (value, data) => value.shape[data.length])[0].length;
export const inputSize: number = elementCount(copyGraph(readModel(bytes)).inputs[0].shape);
export const best = (model: Model): ClassScore | undefined => topClasses(model.outputs[0], 1, ['cat', 'dog'])[0] ?? detections(model.outputs, 1)[0];
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
`;

/** What the compiler says about the consumer; empty when all is well. */
function compile(name: string, compilerOptions: object): string {
  writeFileSync(join(project, 'consumer.ts'), consumer);
  const strict = { strict: true, noEmit: true, target: 'ES2022', types: [] };
  const config = `tsconfig.${name.replace(/\W+/g, '-')}.json`;
  writeFileSync(join(project, config), JSON.stringify({ compilerOptions: { ...strict, ...compilerOptions }, files: ['consumer.ts'] }));
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  return spawnSync(process.execPath, [compiler, '-p', config], { cwd: project, encoding: 'utf8' }).stdout;
}

const resolutions = {
  nodenext: { module: 'NodeNext', moduleResolution: 'NodeNext' },
  bundler: { module: 'ESNext', moduleResolution: 'Bundler' },
};
const platforms = {
  page: { lib: ['ES2022', 'DOM'], skipLibCheck: false },
  worker: { lib: ['ES2022', 'WebWorker'], skipLibCheck: false },
  // The types of Node lack WebAssembly.Module, which LoadOptions names: projects without DOM need skipLibCheck.
  node: { lib: ['ES2022'], types: ['node'], typeRoots: [join(root, 'node_modules/@types')], skipLibCheck: true },
};
for (const [resolution, resolutionOptions] of Object.entries(resolutions)) {
  for (const [platform, platformOptions] of Object.entries(platforms)) {
    const name = `moduleResolution ${resolution}, libraries of a ${platform}`;
    test(`a strict consumer compiles with ${name}`, () => {
      assert.is(compile(name, { ...resolutionOptions, ...platformOptions }), '');
    });
  }
}

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
