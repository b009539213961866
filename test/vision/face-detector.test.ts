// Tests the face detector by a hand-made network: which face is found where, options, and networks that are refused.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Graph } from '../../src/graph/graph';
import { ModelError } from '../../src/index';
import { FaceDetector } from '../../src/vision';
import { GraphBuilder } from '../support/build';

/** Outputs that do not depend on the picture: `rows` by anchor, [16 numbers, logit]; all others have the logit -100. */
function network(side: number, anchors: number, rows: ReadonlyMap<number, [number[], number]>, values = 16): Graph {
  const boxes = new Float32Array(anchors * values);
  const logits = new Float32Array(anchors).fill(-100);
  for (const [anchor, [numbers, logit]] of rows) {
    boxes.set(numbers, anchor * values);
    logits[anchor] = logit;
  }
  const g = new GraphBuilder();
  const picture = g.input('float32', [1, side, side, 3]);
  const [mean] = g.node('MEAN', { keepDims: false }, [picture, g.ints(0, 1, 2, 3)], { dtype: 'float32' });
  const [none] = g.node('MUL', { activation: 'NONE' }, [mean, g.constant('float32', [], [0])], { dtype: 'float32' });
  const output = (shape: number[], data: Float32Array) =>
    g.node('ADD', { activation: 'NONE' }, [g.constant('float32', shape, [...data]), none], { dtype: 'float32', shape })[0];
  return g.outputs(output([1, anchors, values], boxes), output([1, anchors, 1], logits));
}

const blank = (width: number, height: number) => ({ data: new Uint8Array(3 * width * height), width, height });
/** A box of 32 x 64 pixels, key points 4 pixels apart, from the anchor's centre. */
const numbers = [0, 0, 32, 64, ...Array.from({ length: 6 }, (_, k) => [4 * k, -4 * k]).flat()];
/** Two anchors share the cell of 8 pixels in column 8 and row 8 of 16, whose centre is at 68 pixels. */
const anchor = 2 * (8 * 16 + 8);
const short = (rows: [number, [number[], number]][]) => network(128, 896, new Map(rows));

test('a face in pixels of the picture, its letterbox undone', async () => {
  const detector = await FaceDetector.load(short([[anchor, [numbers, 0]]]));
  // 256 x 128 pixels become 128 x 64, 32 rows below the top of 128 x 128.
  const [face, ...rest] = detector.detect(blank(256, 128));
  assert.is(rest.length, 0);
  assert.is(face.score, 0.5);
  assert.equal(face.box, { left: 2 * 52, right: 2 * 84, top: 2 * (36 - 32), bottom: 2 * (100 - 32) });
  assert.equal(face.keypoints[0], { name: 'right_eye', x: 136, y: 72 });
  assert.equal(face.keypoints[5], { name: 'left_ear_tragion', x: 136 + 40, y: 72 - 40 });
  detector.dispose();
});

test('options: number, lowest score, and overlap; those of detect come first', async () => {
  const detector = await FaceDetector.load(
    short([
      [0, [numbers, 3]],
      [anchor, [numbers, 1]],
      [anchor + 2, [numbers, 2]],
      [895, [numbers, -1]],
    ]),
  );
  const count = (options = {}) => detector.detect(blank(128, 128), options).length;
  assert.is(count(), 2);
  assert.is(count({ maxResults: 1 }), 1);
  assert.is(count({ scoreThreshold: 0.25 }), 3);
  // The neighbours are 8 pixels apart: they overlap by 24 / 40.
  assert.is(count({ iouThreshold: 0.7 }), 3);
  assert.is(detector.detect(blank(128, 128), { maxResults: 1 })[0].score, 1 / (1 + Math.exp(-3)));
});

test('full range takes scores from 0.6 on, as its graph does', async () => {
  const rows = new Map([
    [0, [numbers, 0.3]],
    [2303, [numbers, 0.5]],
  ] as [number, [number[], number]][]);
  const detector = await FaceDetector.load(network(192, 2304, rows));
  assert.is(detector.detect(blank(192, 192)).length, 1);
  assert.equal(detector.preprocessing, { mean: 127.5, std: 127.5, quantized: 'normalized' });
});

async function refused(title: string, act: () => Promise<unknown>, code: string, message: RegExp): Promise<void> {
  test(`${title} -> ${code}`, async () => {
    const error = await act().catch((caught: unknown) => caught);
    assert.instance(error, ModelError, String(error));
    assert.is((error as ModelError).code, code);
    assert.match((error as Error).message, message);
  });
}

refused('palms as faces', () => FaceDetector.load(network(192, 2016, new Map(), 18)), 'bad-shape', /\[1,2016,18\].*face detectors/);
refused('other anchors', () => FaceDetector.load(network(96, 896, new Map())), 'bad-shape', /over 96x96 pixels/);
refused('no results', () => FaceDetector.load(short([]), { maxResults: 0 }), 'bad-argument', /maxResults is 0/);
refused('a bad threshold', () => FaceDetector.load(short([]), { scoreThreshold: 2 }), 'bad-argument', /scoreThreshold is 2/);
refused('a misspelt option', () => FaceDetector.load(short([]), { maxFaces: 1 } as object), 'bad-argument', /no option 'maxFaces'/);

test.run();
