// Owns the tests of tools/dataset/labels.ts: columns by head or by place, names, empty labels.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readLabelTable } from '../../../tools/dataset/labels';
import { refuses } from '../../support/errors';
import { temporaryFolder } from '../../support/folder';

const folder = temporaryFolder();
test.after(folder.remove);

const rows = (...pairs: [string, number?][]) => pairs.map(([file, label]) => (label === undefined ? { file } : { file, label }));

const tables: [string, string, { rows: unknown; classNames?: string[] }][] = [
  ['head, three columns', 'file,wnid,class_index\na.jpg,n01,0\nb.jpg,n02,2\n', { rows: rows(['a.jpg', 0], ['b.jpg', 2]) }],
  ['head in another order', 'label,path\n3,a.jpg\n', { rows: rows(['a.jpg', 3]) }],
  ['a label column of any name', 'file,person\na.jpg,1\nb.jpg,0', { rows: rows(['a.jpg', 1], ['b.jpg', 0]) }],
  ['no head', 'a.jpg,7\nb.jpg,8\n', { rows: rows(['a.jpg', 7], ['b.jpg', 8]) }],
  ['no labels', 'a.jpg\nb.jpg\n', { rows: rows(['a.jpg'], ['b.jpg']) }],
  ['an empty label', 'file,label\na.jpg,\nb.jpg,1\n', { rows: rows(['a.jpg'], ['b.jpg', 1]) }],
  ['quotes, byte order mark, CRLF', '\ufefffile,label\r\n"a, b.jpg",4\r\n', { rows: rows(['a, b.jpg', 4]) }],
  ['names', 'file,label\na.jpg,dog\nb.jpg,cat\n', { rows: rows(['a.jpg', 1], ['b.jpg', 0]), classNames: ['cat', 'dog'] }],
  ['semicolons', 'file;label\n"a, b.jpg";1\nb.jpg;0\n', { rows: rows(['a, b.jpg', 1], ['b.jpg', 0]) }],
  ['tabs', 'file\tlabel\na,b;c.jpg\t1\n', { rows: rows(['a,b;c.jpg', 1]) }],
  ['labels as floating-point numbers', 'file,label\na.jpg,0.0\nb.jpg,12.\n', { rows: rows(['a.jpg', 0], ['b.jpg', 12]) }],
  ['paths of Windows', '.\\a.jpg,0\nsub\\b.jpg,1\n./c.jpg,2\n', { rows: rows(['a.jpg', 0], ['sub/b.jpg', 1], ['c.jpg', 2]) }],
  ['a file twice with one label', 'a.jpg,1\na.jpg,1\n', { rows: rows(['a.jpg', 1], ['a.jpg', 1]) }],
];

for (const [title, text, expected] of tables) {
  test(title, async () => {
    const { rows: found, classNames } = await readLabelTable(folder.write('t.csv', text));
    assert.equal([found, classNames], [expected.rows, expected.classNames]);
  });
}

const refused: [string, string | Uint8Array, RegExp][] = [
  ['nothing', '\n', /bad\.csv: is empty/],
  ['a head alone', 'file,label\n', /bad\.csv: holds nothing but a head/],
  ['broken quotes', 'file,label\n"a.jpg,1\n', /bad\.csv: is no CSV/],
  ['a stray quote in a long line', `${'x'.repeat(9000)}"b"\n`, /bad\.csv: is no CSV: .{1,100}$/],
  ['UTF-16', Uint8Array.of(0xff, 0xfe, 97, 0, 44, 0, 49, 0), /bad\.csv: is no text in UTF-8/],
  ['a negative index', 'file,label\na.jpg,1\nb.jpg,-1\n', /bad\.csv: the label of 'b\.jpg' is -1; give class indices from 0/],
  ['an index with a point', 'a.jpg,1.5\nb.jpg,2\n', /the label of 'a\.jpg' is 1\.5/],
  ['a file with two labels', 'a.jpg,1\n.\\a.jpg,2\n', /bad\.csv: gives 'a\.jpg' two labels, 1 and 2; leave one of them/],
  ['a file with a label and without', 'a.jpg,1\na.jpg,\n', /gives 'a\.jpg' two labels, 1 and none/],
  ['an index too large to be one', 'a.jpg,99999999999999999999\n', /the label of 'a\.jpg' is 9+;/],
];

for (const [title, content, message] of refused) {
  test(`${title}: refused by name`, async () => {
    const path = folder.write('bad.csv', content);
    await refuses(() => readLabelTable(path), 'bad-argument', message);
  });
}

test('long lines and many cells are refused, and messages quote the beginning of what they name', async () => {
  const line = 'x'.repeat(70_000);
  const cells = new Array(1025).fill('a').join();
  for (const [content, message] of [
    [`file,label\n${line},1\n`, /bad\.csv: has a line of more than 65536 characters/],
    [`${line}${line}${line}`, /bad\.csv: has a line of more than 65536 characters/],
    [`file,label\na.jpg,1\n${cells}\n`, /bad\.csv: has a line of 1025 cells; 1024 are the most/],
  ] as const) {
    await refuses(() => readLabelTable(folder.write('bad.csv', content)), 'too-large', message);
  }
  const path = folder.write('bad.csv', `${'n'.repeat(9000)},1.${'5'.repeat(9000)}\n`);
  await refuses(() => readLabelTable(path), 'bad-argument', /bad\.csv: the label of 'n{120}…' is 1\.5{118}…; give/);
});

test('rows come one by one, across the pieces that a file is read in, letters of several bytes included', async () => {
  const text = Array.from({ length: 20_000 }, (_, i) => `é${i}.jpg,${i % 7}\n`).join('');
  const { rows: found } = await readLabelTable(folder.write('long.csv', text));
  assert.is(found.length, 20_000);
  assert.ok(found.every(({ file, label }, i) => file === `é${i}.jpg` && label === i % 7));
});

test('a table that is not there, or a folder, is named', async () => {
  await refuses(() => readLabelTable(folder.at('absent.csv')), 'bad-argument', /cannot read '.*absent\.csv': there is no such file/);
  await refuses(() => readLabelTable(folder.at()), 'bad-argument', /cannot read '.*': it is a folder/);
});

test('files and classes may be called __proto__ and constructor', async () => {
  const { rows: found, classNames } = await readLabelTable(folder.write('t.csv', '__proto__,constructor\ntoString,__proto__\n'));
  assert.equal([found, classNames], [rows(['__proto__', 1], ['toString', 0]), ['__proto__', 'constructor']]);
});

test.run();
