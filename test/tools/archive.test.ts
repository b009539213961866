// Tests tools/archive.ts: the sum of unpacked bytes, entries that share their bytes, streams that give more than they announce.
import { deflateRawSync } from 'node:zlib';
import { strToU8, zipSync } from 'fflate';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ModelError } from '../../src/errors';
import { openArchive } from '../../tools/archive';

interface Member {
  name: string;
  /** Bytes as they stand in the archive. */
  packed: Uint8Array;
  /** Bytes as the directory announces them. */
  size: number;
  method?: number;
}

/** An archive with one local entry per member, or of the first only, which the directory then names once per member. */
function archive(members: readonly Member[], shared = false): Uint8Array {
  const parts: Uint8Array[] = [];
  const offsets: number[] = [];
  let length = 0;
  const add = (bytes: number, name: string, fill: (view: DataView) => void) => {
    const part = new Uint8Array(bytes + name.length);
    fill(new DataView(part.buffer));
    part.set(strToU8(name), bytes);
    parts.push(part);
    length += part.length;
  };
  for (const [i, { name, packed }] of members.entries()) {
    offsets.push(shared ? 0 : length);
    if (shared && i > 0) continue;
    add(30, name, (view) => {
      view.setUint32(0, 0x04034b50, true);
      view.setUint16(26, name.length, true);
    });
    parts.push(packed);
    length += packed.length;
  }
  const directory = length;
  for (const [i, { name, packed, size, method = 8 }] of members.entries()) {
    add(46, name, (view) => {
      view.setUint32(0, 0x02014b50, true);
      view.setUint16(10, method, true);
      view.setUint32(20, packed.length, true);
      view.setUint32(24, size, true);
      view.setUint16(28, name.length, true);
      view.setUint32(42, offsets[i], true);
    });
  }
  const end = length;
  add(22, '', (view) => {
    view.setUint32(0, 0x06054b50, true);
    view.setUint16(10, members.length, true);
    view.setUint32(12, end - directory, true);
    view.setUint32(16, directory, true);
  });
  return Buffer.concat(parts);
}

const zeros = (size: number, name = 'a'): Member => ({ name, packed: deflateRawSync(new Uint8Array(size)), size });

function refuses(work: () => unknown, code: string, message: RegExp): void {
  assert.throws(work, (error: unknown) => error instanceof ModelError && error.code === code && message.test(error.message));
}

test('stored and deflated files come back, of whatever names', () => {
  const names = ['a', '__proto__', 'constructor'];
  const bytes = archive([...names.map((name) => zeros(1000, name)), { name: 'stored', packed: strToU8('text'), size: 4, method: 0 }]);
  const opened = openArchive(bytes, 3004);
  assert.equal(opened.names, [...names, 'stored']);
  for (const name of names) assert.equal(opened.unpack(name), new Uint8Array(1000));
  assert.equal(new Uint8Array(opened.unpack('stored')!), strToU8('text'));
  assert.is(opened.unpack('toString'), undefined);
  assert.equal(openArchive(zipSync({ x: [strToU8('yes'), { level: 9 }], y: strToU8('') }), 10).unpack('x'), strToU8('yes'));
});

test('the sum of all files counts, not one of them', () => {
  const opened = openArchive(archive([zeros(600, 'a'), zeros(600, 'b')]), 1000);
  assert.is(opened.unpack('a')!.length, 600);
  refuses(() => opened.unpack('b'), 'too-large', /unpacks to more than 1000 bytes/);
});

test('files that share one local entry are counted each', () => {
  const members = Array.from({ length: 200 }, (_, i) => zeros(100_000, `l${i}.txt`));
  const opened = openArchive(archive(members, true), 2 ** 22);
  refuses(() => opened.names.map((name) => opened.unpack(name)), 'too-large', /more than 4194304 bytes/);
  const empty = { packed: new Uint8Array(30_000), size: 0, method: 0 };
  const overlapping = openArchive(
    archive(
      [1, 2, 3].map((i) => ({ ...empty, name: `${i}`, size: 30_000 })),
      true,
    ),
    2 ** 22,
  );
  overlapping.unpack('1');
  refuses(() => overlapping.unpack('2'), 'bad-data', /its files overlap/);
});

test('a stream that gives more or less than it announces is stopped and refused', () => {
  for (const size of [0, 1, 999, 1001]) {
    const opened = openArchive(archive([{ ...zeros(1000), size }]), 2000);
    refuses(() => opened.unpack('a'), 'bad-data', /'a' (does not unpack to|has)/);
  }
  const bomb = { ...zeros(2 ** 26), size: 10 };
  const before = process.resourceUsage().maxRSS;
  refuses(() => openArchive(archive([bomb]), 2000).unpack('a'), 'bad-data', /does not unpack to 10 bytes/);
  assert.ok(process.resourceUsage().maxRSS - before < 2 ** 15, 'kilobytes: less than half of what the stream would give');
});

test('damaged directories, other methods and too many files are refused', () => {
  const bytes = archive([zeros(1000)]);
  refuses(() => openArchive(bytes.subarray(0, -1), 1000), 'bad-data', /no end record/);
  refuses(() => openArchive(bytes.subarray(-30), 1000), 'bad-data', /directory is cut short/);
  refuses(() => openArchive(archive([{ ...zeros(10), method: 12 }]), 1000).unpack('a'), 'bad-data', /compressed by method 12/);
  const moved = archive([zeros(1000)]);
  moved[0] = 0;
  refuses(() => openArchive(moved, 1000).unpack('a'), 'bad-data', /not where its directory says/);
  const members = Array.from({ length: 5000 }, (_, i) => zeros(1, `${i}`));
  refuses(() => openArchive(archive(members), 2 ** 20), 'too-large', /holds 5000 files/);
});

test.run();
