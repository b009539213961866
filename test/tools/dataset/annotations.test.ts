// Tests labels beside pictures: COCO, PASCAL VOC, YOLO and label pictures as they are, and the place of what is damaged.
import sharp from 'sharp';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { MaskLabels, ObjectLabels } from '../../../tools/dataset/annotations/annotations';
import { readIndexPng } from '../../../tools/dataset/annotations/index-png';
import { isAnnotations, openAnnotations } from '../../../tools/dataset/annotations/open';
import { parseXml } from '../../../tools/dataset/annotations/xml';
import { refuses } from '../../support/errors';
import { temporaryFolder } from '../../support/folder';
import { Random } from '../../support/random';

const folder = temporaryFolder();
test.after(folder.remove);

const objects = async (path: string) => (await openAnnotations(path)) as ObjectLabels;
const size = { width: 200, height: 100 };

const coco = {
  images: [
    { id: 7, file_name: 'val/a.jpg', width: 200, height: 100 },
    { id: 9, file_name: 'b.jpg' },
  ],
  categories: [
    { id: 18, name: 'dog' },
    { id: 1, name: 'person' },
  ],
  annotations: [
    { image_id: 7, category_id: 18, bbox: [20, 10, 40, 50], area: 2000, segmentation: [], iscrowd: 0, id: 1 },
    { image_id: 7, category_id: 1, bbox: [0, 0, 200, 100], iscrowd: 1 },
  ],
};

test('COCO: boxes as shares of the picture, by whole names or the last part; pictures without objects have none', async () => {
  const path = folder.write('instances.json', JSON.stringify(coco));
  assert.ok(await isAnnotations(path));
  const labels = await objects(path);
  assert.equal([labels.kind, labels.format, labels.first], ['objects', 'coco', 'val/a.jpg']);
  assert.equal(labels.categories, [
    { id: 1, name: 'person' },
    { id: 18, name: 'dog' },
  ]);
  const expected = [
    { category: 18, box: { left: 0.1, top: 0.1, right: 0.3, bottom: 0.6 } },
    { category: 1, box: { left: 0, top: 0, right: 1, bottom: 1 }, crowd: true },
  ];
  assert.equal(labels.of('val/a.jpg', { width: 1, height: 1 }), expected, 'of the size that the file gives');
  assert.equal(labels.of('elsewhere/a.png', size), expected);
  assert.equal(labels.of('b.jpg', size), []);
  assert.is(labels.of('c.jpg', size), undefined);
});

test('COCO: what is damaged is named with its place', async () => {
  const wrong: [unknown, RegExp][] = [
    [
      { ...coco, annotations: [{ image_id: 7, category_id: 18, bbox: [1, 2, 3] }] },
      /bad0\.json: is damaged: annotations\[0\]\.bbox has 3 numbers, not left, top, width, height/,
    ],
    [
      { ...coco, annotations: [{ image_id: 7, category_id: 18, bbox: [1, 2, -3, 4] }] },
      /annotations\[0\]\.bbox has a negative width or height/,
    ],
    [
      { ...coco, annotations: [{ image_id: 7, category_id: 18, bbox: [1, 2, 'x', 4] }] },
      /annotations\[0\]\.bbox\[2\] is "x", not a number/,
    ],
    [
      { ...coco, annotations: [{ image_id: 8, category_id: 18, bbox: [1, 2, 3, 4] }] },
      /annotations\[0\]\.image_id is 8, and there is no such picture/,
    ],
    [
      { ...coco, annotations: [{ image_id: 7, category_id: 2, bbox: [1, 2, 3, 4] }] },
      /annotations\[0\]\.category_id is 2, and there is no such category/,
    ],
    [{ ...coco, images: undefined }, /images is missing, not a list; give instances or keypoints in the format of COCO/],
    [{ ...coco, images: [], annotations: [] }, /lists no images/],
    [[1], /is no object; give instances/],
  ];
  for (const [i, [value, message]] of wrong.entries()) {
    const path = folder.write(`bad${i}.json`, JSON.stringify(value));
    await refuses(() => openAnnotations(path), 'bad-data', message);
  }
  const broken = folder.write('broken.json', '{\n  "images": [\n    { "id": 1, }\n  ]\n}');
  await refuses(() => openAnnotations(broken), 'bad-data', /broken\.json: (line 3, column \d+: )?is not JSON/);
  await refuses(() => openAnnotations(folder.at('none.json')), 'bad-argument', /there is no such file/);
});

test('COCO: key points of people, in shares of the picture, and their areas', async () => {
  const keypoints = [10, 20, 2, 0, 0, 0, 190, 90, 1];
  const annotations = [
    { image_id: 7, category_id: 1, bbox: [0, 0, 200, 100], keypoints, num_keypoints: 2, area: 5000 },
    { image_id: 7, category_id: 18, bbox: [0, 0, 20, 10], keypoints: [] },
    { image_id: 9, category_id: 1, bbox: [0, 0, 20, 10], keypoints: null, area: 'large' },
  ];
  const labels = await objects(folder.write('keypoints.json', JSON.stringify({ ...coco, annotations })));
  assert.is(labels.keypoints, 3);
  const box = { left: 0, top: 0, right: 1, bottom: 1 };
  assert.equal(labels.of('a.jpg', size), [
    { category: 1, box, keypoints: [0.05, 0.2, 2, 0, 0, 0, 0.95, 0.9, 1], area: 0.25 },
    { category: 18, box: { left: 0, top: 0, right: 0.1, bottom: 0.1 } },
  ]);
  assert.is((await objects(folder.write('instances.json', JSON.stringify(coco)))).keypoints, undefined);
  const wrong: [object, RegExp][] = [
    [{ keypoints: [1, 2] }, /annotations\[1\]\.keypoints has 2 numbers, not x, y and visibility of each point/],
    [{ keypoints: [1, 2, 2] }, /is damaged: annotations\[1\]\.keypoints has 1 points, and those before it 3/],
    [{ keypoints, area: -1 }, /annotations\[1\]\.area is no number of square pixels/],
    [{ keypoints: [1, 2, 'x'] }, /annotations\[1\]\.keypoints\[2\] is "x", not a number/],
  ];
  for (const [i, [member, message]] of wrong.entries()) {
    const damaged = [annotations[0], { ...annotations[1], ...member }];
    const path = folder.write(`points${i}.json`, JSON.stringify({ ...coco, annotations: damaged }));
    await refuses(() => openAnnotations(path), 'bad-data', message);
  }
});

const voc = (more = '', box = '<xmin>21</xmin><ymin>11</ymin><xmax>60</xmax><ymax>60</ymax>') => `<?xml version="1.0"?>
<!-- made by hand -->
<annotation verified="no">
  <filename>a.jpg</filename>
  <size><width>200</width><height>100</height><depth>3</depth></size>
  <object>
    <name>dog &amp; co</name><difficult>0</difficult>
    <bndbox>${box}</bndbox>
    <part><name>head</name></part>
  </object>${more}
</annotation>
`;
const difficult = `
  <object><name>cat</name><difficult>1</difficult><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>200</xmax><ymax>100</ymax></bndbox></object>`;

test('VOC: pixels count from 1, both edges belong to the box; classes in alphabetical order; difficult objects are ignored', async () => {
  folder.write('voc/a.xml', voc(difficult));
  folder.write('voc/sub/b.xml', '<annotation/>');
  const labels = await objects(folder.at('voc'));
  assert.equal(labels.categories, [
    { id: 0, name: 'cat' },
    { id: 1, name: 'dog & co' },
  ]);
  assert.equal(labels.of('a.png', { width: 1, height: 1 }), [
    { category: 1, box: { left: 0.1, top: 0.1, right: 0.3, bottom: 0.6 } },
    { category: 0, box: { left: 0, top: 0, right: 1, bottom: 1 }, ignore: true },
  ]);
  assert.equal(labels.of('sub/b.jpg', size), []);
  assert.is(labels.of('c.jpg', size), undefined);
});

test('VOC: what is damaged is named with file and line', async () => {
  const wrong: [string, RegExp][] = [
    [voc('', '<xmin>21</xmin><ymin>11</ymin><xmax>60</xmax>'), /a\.xml: line 8: <bndbox> has no <ymax>/],
    [voc('', '<xmin>x</xmin><ymin>11</ymin><xmax>60</xmax><ymax>60</ymax>'), /line 8: <xmin> is 'x', not a number/],
    [voc('', '<xmin>61</xmin><ymin>11</ymin><xmax>60</xmax><ymax>60</ymax>'), /line 8: the box ends before it begins/],
    [voc().replace('<name>dog &amp; co</name>', ''), /line 6: <object> has no <name>/],
    [voc().replace('</object>', ''), /line 11: <\/annotation> closes nothing; <object> is open since line 6/],
    [voc().replace('</annotation>\n', ''), /line 11: ends inside of <annotation>, open since line 3/],
    [voc().replaceAll('annotation', 'notes'), /line 3: the root is <notes>, not <annotation>/],
    ['<annotation>\n< x', /line 2: is no XML at '< x'/],
    ['', /line 1: holds 0 elements, not one around all/],
  ];
  for (const [i, [source, message]] of wrong.entries()) {
    folder.write(`voc${i}/a.xml`, source);
    await refuses(() => openAnnotations(folder.at(`voc${i}`)), 'bad-data', message);
  }
});

test('XML: text, entities, character data, attributes and empty elements', () => {
  const { children, text } = parseXml('<a x="1">t&#65;&lt;<b/><![CDATA[<c>]]><b y=\'2\' /></a>', 'x');
  assert.equal([children.map(({ name }) => name), text], [['b', 'b'], 'tA<<c>']);
  assert.throws(() => parseXml('<a>'.repeat(100), 'x'), /x: line 1: more than 64 elements/);
});

test('YOLO: boxes by their centres, polygons by the box around them; pictures without a file have no objects', async () => {
  folder.write('yolo/labels/a.txt', '0 0.5 0.5 0.2 0.4\n\n17 0.1 0.2 0.3 0.2 0.2 0.6\n');
  folder.write('yolo/labels/b.txt', '');
  folder.write('yolo/classes.txt', 'person\n');
  const labels = await objects(folder.at('yolo'));
  assert.equal([labels.format, labels.categories], ['yolo', [{ id: 0 }, { id: 17 }]]);
  const [first, second] = labels.of('train/a.jpg', size)!;
  assert.equal(first, { category: 0, box: { left: 0.4, top: 0.3, right: 0.6, bottom: 0.7 } });
  assert.equal(second, { category: 17, box: { left: 0.1, top: 0.2, right: 0.3, bottom: 0.6 } });
  assert.equal([labels.of('b.jpg', size), labels.of('c.jpg', size)], [[], []]);
});

test('YOLO: what is damaged is named with file and line', async () => {
  const wrong: [string, RegExp][] = [
    ['0 0.5 0.5 0.2 0.4\n0 0.5 0.5 0.2\n', /a\.txt: line 2: '0 0\.5 0\.5 0\.2' is no class, x, y, width, height, and no polygon/],
    ['cat 0.5 0.5 0.2 0.4', /line 1: the class is 'cat', not a number from 0/],
    ['1.5 0.5 0.5 0.2 0.4', /line 1: the class is '1\.5'/],
    ['0 0.5 200 0.2 0.4', /line 1: number 3 is '200'; positions are shares of the picture, 0 to 1/],
    ['0 0.5 NaN 0.2 0.4', /line 1: number 3 is 'NaN'/],
  ];
  for (const [i, [source, message]] of wrong.entries()) {
    folder.write(`yolo${i}/a.txt`, source);
    await refuses(() => openAnnotations(folder.at(`yolo${i}`)), 'bad-data', message);
  }
});

test('a folder without labels, or with several kinds, is refused', async () => {
  folder.write('empty/readme.txt', 'nothing');
  folder.write('both/a.txt', '');
  folder.write('both/a.xml', voc());
  await refuses(
    () => openAnnotations(folder.at('empty')),
    'bad-argument',
    /holds no labels: \.xml of PASCAL VOC, \.txt of YOLO, or \.png of classes/,
  );
  await refuses(
    () => openAnnotations(folder.at('both')),
    'bad-argument',
    /holds \.xml and \.txt files; put the labels into a folder of their own/,
  );
  assert.not.ok(await isAnnotations('labels.csv'));
});

const random = new Random(8);
for (const [colours, palette] of [
  [2, true],
  [4, true],
  [16, true],
  [256, false],
] as const) {
  test(`label pictures: ${palette ? `indices of a palette of ${colours}` : 'grey values'} as they are`, async () => {
    const [width, height] = [37, 11];
    // Steps of grey so far apart that quantization to a palette keeps them; a palette may order its colours as it likes.
    const classes = Uint8Array.from({ length: width * height }, () => random.integer(0, colours - 1));
    const grey = classes.map((index) => Math.floor((255 / (colours - 1)) * index));
    const raw = { raw: { width, height, channels: 1 as const } };
    const png = palette ? sharp(grey, raw).png({ palette, colours, dither: 0 }) : sharp(grey, raw).toColourspace('b-w').png();
    const map = readIndexPng(new Uint8Array(await png.toBuffer()), 'x.png');
    assert.equal([map.width, map.height], [width, height]);
    if (palette) {
      const order = new Map<number, number>();
      for (const [i, index] of classes.entries()) assert.is(order.get(index) ?? map.categories[i], map.categories[i], `${i}`);
      for (const [i, index] of classes.entries()) order.set(index, map.categories[i]);
      assert.ok(
        classes.every((index, i) => order.get(index) === map.categories[i]),
        'one index for one class',
      );
      assert.is(new Set(order.values()).size, order.size);
    } else assert.equal(map.categories, grey);
  });
}

test('label pictures: all filters of lines', async () => {
  const classes = Uint8Array.from({ length: 64 * 64 }, (_, i) => ((i >> 6) * 3 + (i & 63) * 2) & 255);
  const raw = { raw: { width: 64, height: 64, channels: 1 as const } };
  const png = await sharp(classes, raw).toColourspace('b-w').png({ adaptiveFiltering: true }).toBuffer();
  assert.equal(readIndexPng(new Uint8Array(png), 'x.png').categories, classes);
});

test('label pictures: colours, other files and damaged ones are refused by name', async () => {
  const colour = await sharp({ create: { width: 3, height: 2, channels: 3, background: '#123' } })
    .png()
    .toBuffer();
  folder.write('masks/a.png', new Uint8Array(colour));
  folder.write('masks/b.png', 'no picture at all, but long enough for a header of one');
  const labels = (await openAnnotations(folder.at('masks'))) as MaskLabels;
  assert.is(await labels.of('c.jpg'), undefined);
  await refuses(() => labels.of('a.jpg'), 'bad-data', /masks\/a\.png: has 8 bits per sample and colours; label pictures are PNG files/);
  await refuses(() => labels.of('b.jpg'), 'bad-data', /b\.png: is no PNG/);
  const grey = new Uint8Array(
    await sharp(new Uint8Array(600), { raw: { width: 30, height: 20, channels: 1 } })
      .toColourspace('b-w')
      .png()
      .toBuffer(),
  );
  for (let length = 8; length < grey.length; length += 7)
    await refuses(async () => readIndexPng(grey.slice(0, length), 'x.png'), 'bad-data', /x\.png: is (no PNG|cut short)/);
  const bomb = grey.slice();
  new DataView(bomb.buffer).setUint32(16, 2 ** 31);
  await refuses(async () => readIndexPng(bomb, 'x.png'), 'bad-data', /has 2147483648x20 pixels/);
  const short = grey.slice();
  new DataView(short.buffer).setUint32(20, 21);
  await refuses(async () => readIndexPng(short, 'x.png'), 'bad-data', /is cut short/);
});

test.run();
