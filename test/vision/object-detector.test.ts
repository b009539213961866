// Tests the detector: boxes of YOLO heads by their formulas, letterboxing undone, SSD outputs in any order, and real pictures.
import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Graph, Value } from '../../src/graph/graph';
import { ModelError } from '../../src/index';
import { intersectionOverUnion, suppressOverlaps } from '../../src/tasks/boxes';
import { decodeYolo, type HeadOutput, yoloHead } from '../../src/tasks/yolo';
import { ObjectDetector } from '../../src/vision';
import { GraphBuilder } from '../support/build';
import { storedZip } from '../support/sample-models';
import { sharedPath, sharedTest } from '../support/shared';

const input = { width: 64, height: 96 };
/** 8 x 12 + 4 x 6 + 2 x 3 cells. */
const count = 126;
const classes = 3;

/** A tensor of `shape`, `fill` everywhere but where `set` writes. */
function output(shape: number[], fill: number, set: (write: (indices: number[], value: number) => void) => void): HeadOutput {
  const values = new Float32Array(shape.reduce((product, dimension) => product * dimension, 1)).fill(fill);
  set((indices, value) => {
    values[indices.reduce((at, index, axis) => at * shape[axis] + index, 0)] = value;
  });
  return { shape, values };
}

/** One object of class 2, centre (20, 30), 16 x 8 pixels. */
const expected = { left: 12, top: 26, right: 28, bottom: 34 };
const options = { input, scoreThreshold: 0.25 };
const logit = (p: number) => Math.log(p / (1 - p));

function checkOne(head: ReturnType<typeof yoloHead>, outputs: HeadOutput[], score: number, classCount?: number): void {
  assert.ok(head, 'no head is known');
  const [found, ...others] = decodeYolo(head, outputs, { ...options, classes: classCount });
  assert.is(others.length, 0);
  assert.is(found.index, 2);
  assert.ok(Math.abs(found.score - score) < 1e-6, `score ${found.score}`);
  for (const side of ['left', 'top', 'right', 'bottom'] as const) {
    assert.ok(Math.abs(found.box[side] - expected[side]) < 1e-3, `${side} ${found.box[side]}`);
  }
}

for (const [name, unitX, unitY] of [
  ['pixels', 1, 1],
  ['shares of the input', 64, 96],
] as const) {
  const box = [20 / unitX, 30 / unitY, 16 / unitX, 8 / unitY];

  test(`anchor-free head [1, 7, cells] in ${name}`, () => {
    const head = output([1, 4 + classes, count], 0, (write) => {
      box.forEach((value, field) => {
        write([0, field, 77], value);
      });
      write([0, 6, 77], 0.75);
    });
    assert.is(yoloHead([head], input), 'anchor-free');
    checkOne(yoloHead([head], input), [head], 0.75);
  });

  for (const planar of [true, false]) {
    test(`anchor-free head whose boxes and scores are two outputs, ${planar ? 'cells last' : 'cells first'}, in ${name}`, () => {
      const part = (fields: number, numbers: readonly number[]) =>
        output(planar ? [1, fields, count] : [1, count, fields], 0, (write) => {
          for (const [field, value] of numbers.entries()) write(planar ? [0, field, 77] : [0, 77, field], value);
        });
      const heads = [part(4, box), part(classes, [0, 0, 0.75])];
      for (const outputs of [heads, [...heads].reverse()]) {
        assert.is(yoloHead(outputs, input), 'anchor-free');
        checkOne(yoloHead(outputs, input), outputs, 0.75);
      }
    });
  }

  test(`anchor-based head [1, 3 cells, 8] in ${name}`, () => {
    const head = output([1, 3 * count, 5 + classes], 0, (write) => {
      [...box, 0.5, 0.1, 0.2, 0.75].forEach((value, field) => {
        write([0, 300, field], value);
      });
    });
    assert.is(yoloHead([head], input), 'anchor-based');
    checkOne(yoloHead([head], input), [head], 0.375);
  });

  test(`end-to-end head [1, 10, 6] in ${name}`, () => {
    const head = output([1, 10, 6], 0, (write) => {
      [12 / unitX, 26 / unitY, 28 / unitX, 34 / unitY, 0.875, 2].forEach((value, field) => {
        write([0, 3, field], value);
      });
    });
    assert.is(yoloHead([head], input), 'end-to-end');
    checkOne(yoloHead([head], input), [head], 0.875);
  });
}

test('rows of masks behind the scores are no classes, where the number of classes is known', () => {
  const head = output([1, 4 + classes + 32, count], 0, (write) => {
    [20, 30, 16, 8, 0, 0, 0.75, 0.9].forEach((value, field) => {
      write([0, field, 5], value);
    });
  });
  checkOne('anchor-free', [head], 0.75, classes);
});

/** Logits of the bins of a distance whose expectation is `cells`: two neighbouring bins share the probability. */
function bins(cells: number): number[] {
  const low = Math.floor(cells);
  return Array.from({ length: 16 }, (_, i) =>
    i === low ? logit(0.5) + Math.log(1 - cells + low || 1e-12) : i === low + 1 ? Math.log(cells - low || 1e-12) : -40,
  );
}

/** Grids of strides 8, 16, 32. In that of stride 8, cell (2, 3) has its centre at (20, 28). */
function rawGrids(
  planar: boolean,
  channels: number,
  write: (set: (channel: number, value: number) => void) => void,
  fill: number,
): HeadOutput[] {
  return [8, 16, 32].map((stride) => {
    const [rows, columns] = [input.height / stride, input.width / stride];
    return output(planar ? [1, channels, rows, columns] : [1, rows, columns, channels], fill, (set) => {
      if (stride === 8) write((channel, value) => set(planar ? [0, channel, 3, 2] : [0, 3, 2, channel], value));
    });
  });
}

/** Writes channels from `first` on. */
function writeAll(values: readonly number[], first = 0) {
  return (set: (channel: number, value: number) => void): void => {
    for (const [i, value] of values.entries()) set(first + i, value);
  };
}

const distances = [20 - 12, 28 - 26, 28 - 20, 34 - 28].map((pixels) => pixels / 8);

for (const planar of [false, true]) {
  const layout = planar ? 'channels first' : 'channels last';

  test(`raw anchor-free head, boxes and classes in one tensor, ${layout}`, () => {
    const outputs = rawGrids(
      planar,
      64 + classes,
      (set) => {
        distances.flatMap(bins).forEach((value, channel) => {
          set(channel, value);
        });
        set(64 + 2, logit(0.75));
      },
      -40,
    );
    assert.is(yoloHead(outputs, input), 'raw anchor-free');
    checkOne('raw anchor-free', outputs, 0.75);
  });

  test(`raw anchor-free head, boxes and classes apart, ${layout}`, () => {
    const boxes = rawGrids(planar, 64, writeAll(distances.flatMap(bins)), -40);
    const scores = rawGrids(planar, classes, (set) => set(2, logit(0.75)), -40);
    const outputs = boxes.flatMap((box, i) => [scores[i], box]);
    assert.is(yoloHead(outputs, input), 'raw anchor-free');
    checkOne('raw anchor-free', outputs, 0.75);
  });

  test(`raw anchor-based head, ${layout}`, () => {
    // Anchor 1 of stride 8: 16 x 30. x: 2 s - 0.5 + 2 = 20 / 8; y: 2 s - 0.5 + 3 = 30 / 8; w: (2 s)^2 = 1; h: (2 s)^2 = 8 / 30.
    const fields = [logit(0.5), logit(0.625), logit(0.5), logit(Math.sqrt(8 / 30) / 2), logit(0.8), -40, -40, logit(0.75)];
    const outputs = rawGrids(planar, 3 * (5 + classes), writeAll(fields, 8), -40);
    assert.is(yoloHead(outputs, input, classes), 'raw anchor-based');
    checkOne('raw anchor-based', outputs, 0.6);
  });
}

test('outputs of other shapes belong to no head', () => {
  const zeros = (...shape: number[]) => ({ shape });
  for (const shapes of [
    [zeros(1, 10)],
    [zeros(1, 7, 125)],
    [zeros(1, 12, 8, 67)],
    [zeros(1, 12, 8, 67), zeros(1, 6, 4, 67), zeros(1, 3, 2, 66)],
  ]) {
    assert.is(yoloHead(shapes, input), undefined, JSON.stringify(shapes));
  }
});

const box = (left: number, top: number, right: number, bottom: number) => ({ left, top, right, bottom });

test('intersection over union', () => {
  assert.is(intersectionOverUnion(box(0, 0, 2, 2), box(1, 1, 3, 3)), 1 / 7);
  assert.is(intersectionOverUnion(box(0, 0, 2, 2), box(2, 0, 3, 3)), 0);
  assert.is(intersectionOverUnion(box(0, 0, 0, 0), box(0, 0, 0, 0)), 0);
});

test('suppression keeps the best of each class, in the order of scores', () => {
  const boxes = [
    { box: box(0, 0, 10, 10), index: 0, score: 0.5 },
    { box: box(1, 0, 11, 10), index: 0, score: 0.9 },
    { box: box(1, 0, 11, 10), index: 1, score: 0.6 },
    { box: box(40, 0, 50, 10), index: 0, score: 0.3 },
  ];
  assert.equal(
    suppressOverlaps(boxes, 0.45, 10).map(({ score }) => score),
    [0.9, 0.6, 0.3],
  );
  assert.is(suppressOverlaps(boxes, 0.9, 2).length, 2);
});

/** A network that gives these outputs whatever it sees. */
function constantNetwork(...outputs: HeadOutput[]): Graph {
  const g = new GraphBuilder();
  const picture = g.input('float32', [1, input.height, input.width, 3]);
  const [zero] = g.node('MEAN', { keepDims: false }, [picture, g.ints(0, 1, 2, 3)], { dtype: 'float32' });
  const [none] = g.node('MUL', { activation: 'NONE' }, [zero, g.constant('float32', [], [0])], { dtype: 'float32' });
  return g.outputs(
    ...outputs.map(({ shape, values }): Value => {
      return g.node('ADD', { activation: 'NONE' }, [g.constant('float32', shape, values), none], { dtype: 'float32', shape })[0];
    }),
  );
}

const anchorFree = output([1, 4 + classes, count], 0, (write) => {
  [20, 30, 16, 8, 0, 0, 0.75].forEach((value, field) => {
    write([0, field, 5], value);
  });
});

const blank = (width: number, height: number) => ({ data: new Uint8Array(3 * width * height), width, height });

test('boxes are in pixels of the picture: the letterbox is undone', async () => {
  const detector = await ObjectDetector.load(constantNetwork(anchorFree));
  // 128 x 96 pixels become 64 x 48, 24 rows below the input's top.
  const [object] = detector.detect(blank(128, 96));
  assert.equal([object.label, object.index, object.score], ['class 2', 2, 0.75]);
  assert.equal(object.box, { left: 24, top: 4, right: 56, bottom: 20 });
  assert.equal(detector.detect(blank(128, 96), { scoreThreshold: 0.8 }), []);
  // The input's own proportions.
  assert.equal(detector.detect(blank(64, 96))[0].box, expected);
  const stretched = await ObjectDetector.load(constantNetwork(anchorFree), { preprocessing: 'unit', labels: ['a', 'b', 'cup'] });
  assert.equal(stretched.detect(blank(128, 96))[0], {
    label: 'cup',
    index: 2,
    score: 0.75,
    box: { left: 24, top: 26, right: 56, bottom: 34 },
  });
});

test("labels come from Ultralytics' record, as Python or as JSON", async () => {
  for (const [name, text] of [
    ['temp_meta.txt', `{'stride': 32, 'names': {0: 'person', 1: "driver's cab", 2: 'cup'}, 'task': 'detect'}`],
    ['metadata.json', '{"stride": 32, "names": {"0": "person", "1": "driver\'s cab", "2": "cup"}}'],
  ]) {
    const graph = constantNetwork(anchorFree);
    graph.trailer = storedZip(name, text);
    assert.equal((await ObjectDetector.load(graph)).classNames, ['person', "driver's cab", 'cup'], name);
  }
});

/** A detector whose operator's outputs the graph lists in `order`. */
function ssdNetwork(order: number[]): Graph {
  const g = new GraphBuilder();
  const picture = g.input('float32', [1, 8, 8, 3]);
  const [mean] = g.node('MEAN', { keepDims: false }, [picture, g.ints(0, 1, 2, 3)], { dtype: 'float32' });
  const [none] = g.node('MUL', { activation: 'NONE' }, [mean, g.constant('float32', [], [0])], { dtype: 'float32' });
  const plus = (shape: number[], data: number[]) =>
    g.node('ADD', { activation: 'NONE' }, [g.constant('float32', shape, data), none], { dtype: 'float32', shape })[0];
  const options = { ...detection, numClasses: 2 };
  const boxes = plus([1, 2, 4], [0, 0, 0, 0, 0, 0, 0, 0]);
  const scores = plus([1, 2, 3], [0, 0.1, 0.9, 0, 0.2, 0.1]);
  const anchors = g.constant('float32', [2, 4], [0.5, 0.25, 0.5, 0.25, 0.2, 0.2, 0.1, 0.1]);
  const results = g.node(
    'TFLite_Detection_PostProcess',
    options,
    [boxes, scores, anchors],
    ...[[1, 2, 4], [1, 2], [1, 2], [1]].map((shape) => ({ dtype: 'float32' as const, shape })),
  );
  return g.outputs(...order.map((i) => results[i]));
}

const detection = {
  maxDetections: 2,
  maxClassesPerDetection: 1,
  detectionsPerClass: 10,
  useRegularNms: false,
  nmsScoreThreshold: 0,
  nmsIouThreshold: 0.6,
  yScale: 10,
  xScale: 10,
  hScale: 5,
  wScale: 5,
  customOptions: new Uint8Array(0),
};

for (const order of [
  [0, 1, 2, 3],
  [2, 0, 3, 1],
  [3, 2, 1, 0],
]) {
  test(`SSD outputs in the graph's order ${order}`, async () => {
    const detector = await ObjectDetector.load(ssdNetwork(order), { preprocessing: 'unit', labels: ['cat', 'dog'] });
    const [object] = detector.detect(blank(16, 16));
    assert.is(object.label, 'dog');
    assert.ok(Math.abs(object.score - 0.9) < 1e-6);
    for (const [side, value] of Object.entries({ left: 2, top: 4, right: 6, bottom: 12 })) {
      assert.ok(Math.abs(object.box[side as 'left'] - value) < 1e-4, `${side} ${object.box[side as 'left']}`);
    }
  });
}

test('other networks are refused with the shapes of their outputs', async () => {
  const error = await ObjectDetector.load(constantNetwork(output([1, 10], 0, () => {}))).catch((caught: unknown) => caught);
  assert.instance(error, ModelError);
  assert.is((error as ModelError).code, 'bad-shape');
  assert.match((error as ModelError).message, '[1,10]');
});

test('bad options are refused', async () => {
  for (const [name, value] of [
    ['maxResults', 0],
    ['scoreThreshold', 2],
    ['iouThreshold', -1],
  ] as const) {
    const error = await ObjectDetector.load(constantNetwork(anchorFree), { [name]: value }).catch((caught: unknown) => caught);
    assert.match((error as Error).message, new RegExp(`^${name} is ${value}`));
  }
});

sharedTest(test, 'MobileNet-SSD finds the cats and the dog of a photograph', async () => {
  const labels = readFileSync(sharedPath('models/labels/coco_labels.txt'), 'utf8').trim().split('\n');
  const file = new Uint8Array(readFileSync(sharedPath('models/coco_ssd_mobilenet_v1_1.0_quant_2018_06_29.tflite')));
  const detector = await ObjectDetector.load(file, { labels: labels.map((line) => line.replace(/^\d+\s+/, '')), scoreThreshold: 0.5 });
  const objects = detector.detect(await sharp(sharedPath('images/photos/cats_and_dogs.jpg')).raw().toBuffer({ resolveWithObject: true }));
  assert.ok(objects.length >= 2, JSON.stringify(objects));
  assert.ok(
    objects.every(({ label }) => label === 'cat' || label === 'dog'),
    JSON.stringify(objects),
  );
});

test.run();
