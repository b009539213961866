// Tests tools/glob.ts: each kind of pattern over a tree of folders, hidden names, links that lead back.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { expandGlob } from '../../tools/glob';

const folder = mkdtempSync(join(tmpdir(), 'zeropoint-'));
const files = ['a.jpg', 'b.png', 'c1.jpg', 'c2.jpg', '.hidden.jpg', 'x(1).jpg', 'x[1].jpg', 'sub/d.jpg', 'sub/deep/e.jpg', '.git/f.jpg'];

test.before(() => {
  for (const name of ['sub/deep', '.git']) mkdirSync(join(folder, name), { recursive: true });
  for (const name of files) writeFileSync(join(folder, name), '');
  symlinkSync(folder, join(folder, 'sub/loop'));
});
test.after(() => rmSync(folder, { recursive: true }));

const cases: [string, string[]][] = [
  ['*.jpg', ['a.jpg', 'c1.jpg', 'c2.jpg', 'x(1).jpg', 'x[1].jpg']],
  ['c?.jpg', ['c1.jpg', 'c2.jpg']],
  ['c[2-9].jpg', ['c2.jpg']],
  ['[!ac]*.???', ['b.png', 'x(1).jpg', 'x[1].jpg']],
  ['{a,b}.{jpg,png}', ['a.jpg', 'b.png']],
  ['x(1)*', ['x(1).jpg']],
  ['**/*.jpg', ['a.jpg', 'c1.jpg', 'c2.jpg', 'sub/d.jpg', 'sub/deep/e.jpg', 'x(1).jpg', 'x[1].jpg']],
  ['s*/**/e.jpg', ['sub/deep/e.jpg']],
  ['.h*', ['.hidden.jpg']],
  ['a.jpg/*', []],
  ['none/*', []],
];

for (const [pattern, found] of cases) {
  test(`${pattern}: ${found.length} files`, async () => {
    const paths = await expandGlob(`${folder}/${pattern}`);
    assert.equal(
      paths,
      found.map((name) => join(folder, name)),
    );
  });
}

test('a relative pattern gives relative paths', async () => {
  const before = process.cwd();
  process.chdir(folder);
  try {
    assert.equal(await expandGlob('sub/*.jpg'), ['sub/d.jpg']);
    assert.equal(await expandGlob('./sub/**/e.*'), ['sub/deep/e.jpg']);
    assert.equal(await expandGlob('**/e.jpg'), ['sub/deep/e.jpg']);
  } finally {
    process.chdir(before);
  }
});

test.run();
