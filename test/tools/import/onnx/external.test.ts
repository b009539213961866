// Tests ONNX external data: what is read from beside the model, and paths, ranges and sizes that are refused.
import { symlinkSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type ErrorCode, ModelError } from '../../../../src/errors';
import type { Graph } from '../../../../src/graph/graph';
import { filesBeside } from '../../../../tools/files';
import { importOnnx } from '../../../../tools/import/onnx/import';
import type { ExternalFile } from '../../../../tools/import/options';
import { openFloatModel, openModel } from '../../../../tools/model/open';
import { refuses } from '../../../support/errors';
import { temporaryFolder } from '../../../support/folder';
import { type FileModel, onnxFile } from './file';

const folder = temporaryFolder();
test.after(folder.remove);

const weights = Float32Array.of(2, 3, 4, 5);
/** x * w, the four elements of w behind 8 other bytes. */
function model(external: Readonly<Record<string, string>>): FileModel {
  return {
    inputs: { x: [1, 4] },
    constants: { w: { shape: [4], data: new Float32Array(4), external } },
    nodes: [{ type: 'Mul', inputs: ['x', 'w'], outputs: ['y'] }],
    outputs: ['y'],
  };
}

const stored = new Uint8Array(24);
stored.set(new Uint8Array(weights.buffer), 8);
const good = { location: 'weights/w.data', offset: '8', length: '16' };
const path = folder.write('models/m.onnx', onnxFile(model(good)));
folder.write('models/weights/w.data', stored);
folder.write('secret.data', stored);
folder.write('models-too/w.data', stored);
symlinkSync(folder.at('secret.data'), folder.at('models/link.data'));
symlinkSync(folder.at('models-too'), folder.at('models/folder'));
symlinkSync(folder.at('models/weights/w.data'), folder.at('models/inside.data'));

function read(external: Readonly<Record<string, string>>): Graph {
  return importOnnx(onnxFile(model(external)), { external: filesBeside(path) });
}

const constantOf = (graph: Graph) => graph.values.find(({ name }) => name === 'w')!.data;

for (const [title, external] of [
  ['an offset and a length', good],
  ['no length', { location: 'weights/w.data', offset: '8' }],
  ['a path with a dot', { ...good, location: './weights/w.data' }],
  ['a link inside the folder', { ...good, location: 'inside.data' }],
] as const) {
  test(`${title} is read`, () => assert.equal(constantOf(read(external)), weights));
}

for (const [title, external, code, message] of [
  ['no location', {}, 'bad-data', /no path inside the folder/],
  ['a path upwards', { ...good, location: '../secret.data' }, 'bad-data', /'\.\.\/secret\.data'.*no path inside/],
  ['a path upwards in the middle', { ...good, location: 'weights/../../secret.data' }, 'bad-data', /no path inside/],
  ['a path upwards as Windows writes it', { ...good, location: 'weights\\..\\..\\secret.data' }, 'bad-data', /no path inside/],
  ['an absolute path', { ...good, location: folder.at('secret.data') }, 'bad-data', /no path inside/],
  ['a path of a drive', { ...good, location: 'C:secret.data' }, 'bad-data', /no path inside/],
  ['a path with a zero', { ...good, location: 'weights/w.data\0' }, 'bad-data', /no path inside/],
  ['a link out of the folder', { ...good, location: 'link.data' }, 'bad-argument', /leads out of the folder/],
  ['a folder that is a link out of it', { ...good, location: 'folder/w.data' }, 'bad-argument', /leads out of the folder/],
  ['a folder', { ...good, location: 'weights' }, 'bad-argument', /no file/],
  ['a missing file', { ...good, location: 'none.data' }, 'bad-argument', /no such file/],
  ['an offset below 0', { ...good, offset: '-8' }, 'bad-data', /offset '-8'/],
  ['an offset that is no number', { ...good, offset: '1e1' }, 'bad-data', /offset '1e1'/],
  ['a length that is no number', { ...good, length: '0x10' }, 'bad-data', /0x10 bytes/],
  ['a length of another shape', { ...good, length: '12' }, 'bad-data', /12 bytes.*takes 16/],
  ['a range behind the end', { ...good, offset: '12' }, 'bad-data', /bytes 12 to 28, but the file has 24/],
  ['an offset beyond 2^53', { ...good, offset: '9'.repeat(20) }, 'bad-data', /offset/],
] as const) {
  test(`${title} -> ${code}`, () => {
    assert.throws(
      () => read(external),
      (error: unknown) =>
        error instanceof ModelError && error.code === (code as ErrorCode) && message.test(error.message) && !/2,3,4,5/.test(error.message),
    );
  });
}

/** A file that is not there, and how often it was read. */
function imaginary(bytes: number): ExternalFile & { reads: number } {
  const file = {
    id: 'one',
    bytes,
    reads: 0,
    read: (_: number, length: number) => {
      file.reads++;
      return new Uint8Array(length);
    },
  };
  return file;
}

/** A graph of `count` initializers of `elements` that all lie at the same place. */
function many(count: number, elements: number): Uint8Array {
  const names = Array.from({ length: count }, (_, i) => `w${i}`);
  const tensor = { shape: [elements], data: new Float32Array(0), external: { location: 'a' } };
  const constants = Object.fromEntries(names.map((name) => [name, tensor]));
  return onnxFile({ inputs: { x: [1, 4] }, constants, nodes: [{ type: 'Relu', inputs: ['x'], outputs: ['y'] }], outputs: ['y'] });
}

test('a large file of weights allows their import', () => {
  const file = imaginary(4 * 2 ** 25);
  importOnnx(many(1, 2 ** 25), { external: () => file });
  assert.is(file.reads, 1);
});

test('a file is granted once, however many tensors and paths name it, and charged before it is read', () => {
  const file = imaginary(4 * 2 ** 20);
  assert.throws(
    () => importOnnx(many(64, 2 ** 20), { external: () => file }),
    (error: unknown) => error instanceof ModelError && error.code === 'too-large',
  );
  assert.ok(file.reads < 40, `${file.reads} reads`);
});

test('models are opened with the files beside them, as floats and as models that run', async () => {
  const { model: float } = await openFloatModel(path);
  assert.equal(float.run([Float32Array.of(1, 1, 1, 2)]), [Float32Array.of(2, 3, 4, 10)]);
  const { model: loaded } = await openModel(path);
  (loaded.inputs[0].data as Float32Array).fill(1);
  loaded.run();
  assert.equal(loaded.outputs[0].data, weights);
  await refuses(
    () => openModel(folder.write('alone/m.onnx', onnxFile(model(good)))),
    'bad-argument',
    /weights\/w\.data': there is no such file/,
  );
});

test.run();
