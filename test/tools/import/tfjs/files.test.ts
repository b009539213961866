// Tests reading TensorFlow.js models from folders: shards beside model.json, none outside, each as long as its weights; recognition by content.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type ErrorCode, ModelError } from '../../../../src/errors';
import { readFloatFile, readFloatModel, readModelFiles } from '../../../../tools/import';
import { runGraph } from './compare';
import { bytesOfJson, floats, graphFile, type TfjsFile } from './file';

const root = mkdtempSync(join(tmpdir(), 'zeropoint-tfjs-'));
test.after(() => rmSync(root, { recursive: true, force: true }));

/** y = x + [1, 2, 3], with the constant in shards of the given paths. */
function model(paths: readonly string[] = ['weights.bin']): TfjsFile {
  const file = graphFile({
    inputs: { x: [1, 3] },
    constants: { c: floats([1, 2, 3]) },
    nodes: [{ op: 'AddV2', name: 'y', inputs: ['x', 'c'] }],
    outputs: ['y'],
  });
  const [[, whole]] = file.shards;
  const each = whole.length / paths.length;
  const [group] = file.json.weightsManifest as object[];
  return {
    json: { ...file.json, weightsManifest: [{ ...group, paths }] },
    shards: new Map(paths.map((path, i) => [path, whole.slice(i * each, (i + 1) * each)])),
  };
}

let folders = 0;

/** Writes a model into a folder of its own and returns the folder. */
function written(file: TfjsFile, shards = file.shards, name = 'model.json'): string {
  const folder = join(root, String(folders++));
  mkdirSync(folder);
  writeFileSync(join(folder, name), bytesOfJson(file));
  for (const [path, bytes] of shards) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  }
  return folder;
}

async function computes(path: string): Promise<void> {
  const [{ data }] = runGraph(await readFloatFile(path), [floats([10, 20, 30], [1, 3])]);
  assert.equal(Array.from(data), [11, 22, 33]);
}

async function refuses(path: string, code: ErrorCode, message: RegExp): Promise<void> {
  const error = await readFloatFile(path).then(
    () => undefined,
    (cause: unknown) => cause,
  );
  assert.instance(error, ModelError);
  assert.is((error as ModelError).code, code, (error as Error).message);
  assert.match((error as Error).message, message);
}

test('a folder and its model.json are the same model', async () => {
  const folder = written(model());
  await computes(folder);
  await computes(join(folder, 'model.json'));
});

test('model.json may have any name, and white space and a byte order mark before it', async () => {
  const file = model();
  const path = join(written(file, file.shards, 'net.txt'), 'net.txt');
  writeFileSync(path, Buffer.concat([Buffer.from('\ufeff \n'), bytesOfJson(file)]));
  await computes(path);
});

test('shards may be several, and lie in folders of the model', async () => computes(written(model(['a.bin', 'b/c.bin', 'b/d.bin']))));

test('a model of which only a link is named finds its shards beside the link', async () => {
  const folder = written(model());
  const links = join(root, 'links');
  mkdirSync(links);
  symlinkSync(join(folder, 'model.json'), join(links, 'model.json'));
  await refuses(links, 'bad-argument', /not beside model\.json|no such file/);
});

for (const path of ['../weights.bin', '/etc/hostname', 'a/../../weights.bin', 'C:\\weights.bin', 'C:/weights.bin', '', './weights.bin']) {
  test(`a shard at '${path}' is refused`, async () => {
    const folder = written(model([path]), new Map());
    writeFileSync(join(root, 'weights.bin'), new Uint8Array(12));
    await refuses(folder, 'bad-argument', /out of the folder of model\.json/);
  });
}

test('a shard that is a link out of the folder is refused', async () => {
  const file = model();
  const folder = written(file, new Map());
  const outside = join(root, 'outside.bin');
  writeFileSync(outside, file.shards.get('weights.bin')!);
  symlinkSync(outside, join(folder, 'weights.bin'));
  await refuses(folder, 'bad-argument', /link out of the folder/);
});

test('a shard that is missing, too short, too long or a folder is refused', async () => {
  const file = model();
  await refuses(written(file, new Map()), 'bad-argument', /weights\.bin.*not beside model\.json; download all shards/);
  for (const length of [0, 11, 13]) {
    await refuses(
      written(file, new Map([['weights.bin', new Uint8Array(length)]])),
      'malformed',
      /shard 'weights\.bin': .* where its weights take 12/,
    );
  }
  const folder = written(file, new Map());
  mkdirSync(join(folder, 'weights.bin'));
  await refuses(folder, /* the size of a folder is not that of weights */ 'malformed', /weights take 12/);
});

test('what is no TensorFlow.js model is left to other readers', async () => {
  const folder = join(root, 'empty');
  mkdirSync(folder);
  await refuses(folder, 'bad-argument', /it is a folder; name a file/);
  const page = join(folder, 'page.html');
  writeFileSync(page, '<!doctype html>');
  assert.is((await readModelFiles(page)).shards, undefined);
  await refuses(page, 'malformed', /a web page or XML/);
});

test('JSON of other formats is named by what it is, by its path and in its folder', async () => {
  const others = [
    ['inference.json', '{"base_code": {}}', /PaddlePaddle program: convert it by paddle2onnx/],
    ['Manifest.json', '{"fileFormatVersion": "1.0.0"}', /Core ML package: export the network/],
  ] as const;
  for (const [name, text, message] of others) {
    const folder = join(root, String(folders++));
    mkdirSync(folder);
    writeFileSync(join(folder, name), text);
    await refuses(join(folder, name), 'malformed', message);
    await refuses(folder, 'malformed', message);
  }
});

test('the bytes of a model.json alone are refused with the way to its weights', () => {
  assert.throws(
    () => readFloatModel(bytesOfJson(model()), 'model.json'),
    (error: unknown) => error instanceof ModelError && error.code === 'malformed' && error.message.includes('open it by its path'),
  );
});

test.run();
