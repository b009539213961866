// Owns the tests of tools/labels.ts and tools/metadata.ts: label files, archives behind models, damaged ones, metadata of real models.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { strToU8, zipSync } from 'fflate';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ModelError } from '../../../src/errors';
import { readModel } from '../../../src/tflite/read';
import { readLabels } from '../../../tools/model/labels';
import { readMetadata } from '../../../tools/model/metadata';
import { sharedPath, sharedTest } from '../../support/shared';

const silent = { inputs: [], outputs: [] };
const archive = (files: Record<string, string>) =>
  zipSync(Object.fromEntries(Object.entries(files).map(([name, text]) => [name, strToU8(text)])));

/** An archive whose offsets count from the start of a file in which `before` bytes precede it. */
function shifted(zip: Uint8Array, before: number): Uint8Array {
  const bytes = zip.slice();
  const view = new DataView(bytes.buffer);
  const end = bytes.length - 22;
  let entry = view.getUint32(end + 16, true);
  view.setUint32(end + 16, entry + before, true);
  for (
    ;
    entry < end;
    entry += 46 + view.getUint16(entry + 28, true) + view.getUint16(entry + 30, true) + view.getUint16(entry + 32, true)
  ) {
    view.setUint32(entry + 42, view.getUint32(entry + 42, true) + before, true);
  }
  return bytes;
}

type Field = string | number | number[] | FieldTable | FieldTable[];
/** Fields by slot. A number is a byte, a list of numbers a vector of floats. */
interface FieldTable {
  [slot: number]: Field;
}

/** A FlatBuffer of `root`, every object behind the one that refers to it. */
function flatBuffer(root: FieldTable): Uint8Array {
  const view = new DataView(new ArrayBuffer(4096));
  let end = 8;
  const take = (bytes: number) => {
    const at = Math.ceil(end / 4) * 4;
    end = at + bytes;
    return at;
  };
  const vector = (length: number, elementBytes: number) => {
    const at = take(4 + length * elementBytes);
    view.setUint32(at, length, true);
    return at;
  };
  const refer = (from: number, to: number) => view.setUint32(from, to - from, true);
  const write = (field: Exclude<Field, number>): number => {
    if (typeof field === 'string') {
      const at = vector(field.length, 1);
      for (let i = 0; i < field.length; i++) view.setUint8(at + 4 + i, field.charCodeAt(i));
      end++;
      return at;
    }
    if (Array.isArray(field)) {
      const at = vector(field.length, 4);
      field.forEach((entry, i) => {
        if (typeof entry === 'number') view.setFloat32(at + 4 + 4 * i, entry, true);
        else refer(at + 4 + 4 * i, write(entry));
      });
      return at;
    }
    const slots = Math.max(...Object.keys(field).map(Number)) + 1;
    const vtable = take(4 + 2 * slots);
    const table = take(4 + 4 * slots);
    view.setUint16(vtable, 4 + 2 * slots, true);
    view.setUint16(vtable + 2, 4 + 4 * slots, true);
    view.setInt32(table, table - vtable, true);
    for (const [slot, value] of Object.entries(field)) {
      view.setUint16(vtable + 4 + 2 * Number(slot), 4 + 4 * Number(slot), true);
      const at = table + 4 + 4 * Number(slot);
      if (typeof value === 'number') view.setUint8(at, value);
      else refer(at, write(value));
    }
    return table;
  };
  refer(0, write(root));
  return new Uint8Array(view.buffer, 0, end);
}

const labelsOf = (trailer: Uint8Array, outputs = 1, metadata: Parameters<typeof readLabels>[2] = silent) =>
  readLabels(undefined, { trailer, outputs: new Array(outputs).fill(0) }, metadata);

test('no archive: no labels', async () => {
  assert.equal(await labelsOf(new Uint8Array(0), 2), [undefined, undefined]);
  assert.equal(await labelsOf(new Uint8Array(100)), [undefined]);
});

test('one text file serves without metadata; CRLF and blank ends are no labels', async () => {
  const zip = archive({ 'labels.txt': 'cat\r\ndog \r\n\r\n' });
  assert.equal(await labelsOf(zip), [['cat', 'dog']]);
});

test('offsets may count from the start of the model or of the archive, with padding before it', async () => {
  const zip = archive({ 'labels.txt': 'a\nb' });
  assert.equal(await labelsOf(shifted(zip, 4_000_000)), [['a', 'b']]);
  assert.equal(await labelsOf(shifted(zip, 4_000_000_000)), [['a', 'b']]);
  const padded = new Uint8Array(zip.length + 5);
  padded.set(zip, 5);
  assert.equal(await labelsOf(padded), [['a', 'b']]);
});

test('metadata picks among several files, per output', async () => {
  const zip = archive({ 'a.txt': 'x\ny', 'b.txt': 'z', 'notes.md': 'no labels' });
  const metadata = { inputs: [], outputs: [{}, { labelFile: 'b.txt' }, { labelFile: 'absent.txt' }, { labelFile: 'toString' }] };
  assert.equal(await labelsOf(zip, 4, metadata), [undefined, ['z'], undefined, undefined]);
});

test('damaged archives are refused', async () => {
  const zip = archive({ 'labels.txt': 'a\nb\nc\nd\ne\nf' });
  const damaged = zip.slice();
  damaged.fill(0xff, 30 + 'labels.txt'.length, 30 + 'labels.txt'.length + 4);
  try {
    await labelsOf(damaged);
    assert.unreachable('nothing was refused');
  } catch (error) {
    assert.instance(error, ModelError);
    assert.is((error as ModelError).code, 'malformed');
  }
});

test('--labels FILE serves every output', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'zeropoint-'));
  try {
    writeFileSync(join(folder, 'l.txt'), 'one\ntwo\n');
    assert.equal(await readLabels(join(folder, 'l.txt'), { trailer: new Uint8Array(0), outputs: [0, 0] }, silent), [
      ['one', 'two'],
      ['one', 'two'],
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('without metadata nothing is known', () => {
  assert.equal(readMetadata([{ name: 'min_runtime_version', data: new Uint8Array(16) }]), silent);
  assert.equal(readMetadata([{ name: 'TFLITE_METADATA', data: new Uint8Array(4) }]), silent);
});

test('metadata: normalization per channel, label files of both kinds, other process units and files passed over', () => {
  const input: FieldTable = {
    4: [
      { 0: 2, 1: { 1: 0 } },
      { 0: 1, 1: { 0: [1, 2, 3], 1: [4, 5, 6] } },
    ],
  };
  const axis = {
    6: [
      { 0: 'readme.txt', 2: 1 },
      { 0: 'axis.txt', 2: 2 },
    ],
  };
  const value = {
    6: [
      { 0: 'value.txt', 2: 3 },
      { 0: 'second.txt', 2: 2 },
    ],
  };
  const silentInput: FieldTable = { 0: 'silent' };
  const data = flatBuffer({ 0: 'a model', 3: [{ 2: [input, silentInput], 3: [axis, value] }] });
  assert.equal(readMetadata([{ name: 'TFLITE_METADATA', data }]), {
    inputs: [{ normalization: { mean: [1, 2, 3], std: [4, 5, 6] } }, {}],
    outputs: [{ labelFile: 'axis.txt' }, { labelFile: 'value.txt' }],
  });
});

test('damaged metadata ends in ModelError', () => {
  const data = Uint8Array.of(8, 0, 0, 0, 77, 48, 48, 49, 0, 0, 0, 128);
  assert.throws(
    () => readMetadata([{ name: 'TFLITE_METADATA', data }]),
    (error: unknown) => error instanceof ModelError,
  );
});

sharedTest(test, 'mobilenet_v1_0.25_224_quant: mean and deviation 127.5, 1001 labels', async () => {
  const graph = readModel(readFileSync(sharedPath('models/mobilenet_v1_0.25_224_quant.tflite')));
  const metadata = readMetadata(graph.metadata);
  assert.equal(metadata.inputs, [{ normalization: { mean: 127.5, std: 127.5 } }]);
  const [labels] = await readLabels(undefined, graph, metadata);
  assert.is(labels?.length, 1001);
  assert.is(labels?.[286], 'Egyptian cat');
});

sharedTest(test, 'coco_ssd: the label file of the class output is found', async () => {
  const graph = readModel(readFileSync(sharedPath('models/coco_ssd_mobilenet_v1_1.0_quant_2018_06_29.tflite')));
  const labels = await readLabels(undefined, graph, readMetadata(graph.metadata));
  assert.is(labels.find(Boolean)?.[0], 'person');
});

test.run();
