// Tests PosenetDecoderOp: persons drawn into heatmaps and offsets come out again, as float32 and as codes, with masks; and refusals.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ModelError } from '../../src/errors';
import { quantized } from '../support/build';
import { posenetOptions } from '../support/custom-operators';
import { type CustomInput, runCustom } from '../support/custom-run';
import { type FlexEntry, flexMap } from '../support/flex';

const [height, width, stride] = [15, 12, 16];
const keypoints = 17;

/** Parent and child of the edges of libcoral's posenet_decoder.cc, by the numbers of its KeypointType. */
const edges = [0, 1, 1, 3, 0, 2, 2, 4, 0, 5, 5, 7, 7, 9, 5, 11, 11, 13, 13, 15, 0, 6, 6, 8, 8, 10, 6, 12, 12, 14, 14, 16];

interface Person {
  readonly top: number;
  readonly left: number;
  /** Of every keypoint. */
  readonly logit: number;
}

/** Row and column of a keypoint: five rows of up to four. */
const place = ({ top, left }: Person, id: number): [number, number] => [top + (id >> 2), left + (id % 4)];

/** Fields in which persons have all keypoints at whole positions; offsets are in pixels. */
function fields(persons: readonly Person[], side: [number, number] = [height, width]): CustomInput[] {
  const [rows, columns] = side;
  const make = (depth: number, start: number) => new Float32Array(rows * columns * depth).fill(start);
  const [heat, short, middle, long] = [make(keypoints, -8), make(2 * keypoints, 0), make(64, 0), make(2 * keypoints, 0)];
  const set = (field: Float32Array, depth: number, [y, x]: [number, number], channel: number, value: number) => {
    field[(y * columns + x) * depth + channel] = value;
  };
  for (const person of persons) {
    for (let id = 0; id < keypoints; id++) set(heat, keypoints, place(person, id), id, person.logit);
    for (let edge = 0; edge < edges.length / 2; edge++) {
      const [parent, child] = [place(person, edges[2 * edge]), place(person, edges[2 * edge + 1])];
      for (const axis of [0, 1]) {
        set(middle, 64, parent, 16 * axis + edge, stride * (child[axis] - parent[axis]));
        set(middle, 64, child, 32 + 16 * axis + edge, stride * (parent[axis] - child[axis]));
      }
    }
  }
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      // The upper part leads to the first person, the rest to the last.
      const person = persons.length > 0 ? (y < rows / 2 ? persons[0] : persons.at(-1)!) : undefined;
      for (let id = 0; person && id < keypoints; id++) {
        for (const axis of [0, 1]) set(long, 34, [y, x], id + 17 * axis, stride * (place(person, id)[axis] - [y, x][axis]));
      }
    }
  }
  const shape = (depth: number) => [1, rows, columns, depth];
  const inputs = [heat, short, middle, long].map((data, i) => ({ data, shape: shape([17, 34, 64, 34][i]) }));
  return inputs;
}

const options = (changes: Readonly<Record<string, number>> = {}) =>
  flexMap(posenetOptions.map(([key, value]) => [key, changes[key] ?? value] as FlexEntry));

function decode(persons: readonly Person[], changes: Readonly<Record<string, number>> = {}) {
  const [points, scores, poseScores, count] = runCustom('PosenetDecoderOp', 1, options(changes), fields(persons).slice(0, 3), 4);
  return { points, scores, poseScores, count: count.data[0] };
}

const probability = (logit: number) => Math.fround(1 / (1 + Math.exp(-logit)));
const upper: Person = { top: 1, left: 2, logit: 3 };
const lower: Person = { top: 8, left: 6, logit: 2 };

function assertPerson({ points, scores, poseScores }: ReturnType<typeof decode>, slot: number, person: Person): void {
  for (let id = 0; id < keypoints; id++) {
    const at = (slot * keypoints + id) * 2;
    assert.equal(
      points.data.slice(at, at + 2),
      place(person, id).map((position) => position * stride),
      `keypoint ${id}`,
    );
    assert.ok(Math.abs(scores.data[slot * keypoints + id] - probability(person.logit)) < 1e-6);
  }
  assert.ok(Math.abs(poseScores.data[slot] - probability(person.logit)) < 1e-6, `${poseScores.data[slot]}`);
}

test('one person: every keypoint in pixels, y first, and its probability; the slots behind are 0', () => {
  const found = decode([upper]);
  assert.equal(
    [found.points.shape, found.scores.shape, found.poseScores.shape],
    [
      [1, 3, 17, 2],
      [1, 3, 17],
      [1, 3],
    ],
  );
  assert.is(found.count, 1);
  assertPerson(found, 0, upper);
  assert.ok([found.points.data.slice(34), found.scores.data.slice(17), found.poseScores.data.slice(1)].flat().every((x) => x === 0));
});

test('two persons, the likelier first, in either order of place', () => {
  for (const [first, second] of [
    [upper, lower],
    [{ ...lower, logit: 4 }, upper],
  ]) {
    const found = decode([first, second]);
    assert.is(found.count, 2);
    assertPerson(found, 0, first);
    assertPerson(found, 1, second);
  }
});

test('max_detections and score_threshold leave persons out', () => {
  const one = decode([upper, lower], { max_detections: 1 });
  assert.is(one.count, 1);
  assertPerson(one, 0, upper);
  assert.is(decode([upper, lower], { score_threshold: 0.9 }).count, 1);
  assert.is(decode([upper, lower], { score_threshold: 0.99 }).count, 0);
});

test('a keypoint within the radius of a found one starts no second pose, and does not count twice', () => {
  // Of 17 keypoints the neighbour's nose alone is a candidate, one column beside that of the first person.
  const inputs = fields([upper]);
  const heat = inputs[0].data as Float32Array;
  const [y, x] = place(upper, 0);
  heat[(y * width + x - 2) * keypoints] = 2.5;
  const run = (radius: number) =>
    runCustom('PosenetDecoderOp', 1, options({ nms_radius: radius, score_threshold: 0.05 }), inputs.slice(0, 3), 4)[3].data[0];
  assert.is(run(2 * stride + 1), 1);
  assert.is(run(2 * stride - 1), 2);
});

test('the short offset of a root moves it once', () => {
  const inputs = fields([upper]);
  const short = inputs[1].data as Float32Array;
  const nose = place(upper, 0);
  // The first root, by its score; its offset is a quarter position.
  (inputs[0].data as Float32Array)[(nose[0] * width + nose[1]) * keypoints] = 6;
  short[(nose[0] * width + nose[1]) * 34] = stride / 4;
  const [points] = runCustom('PosenetDecoderOp', 1, options({ score_threshold: 0.001, max_detections: 1 }), inputs.slice(0, 3), 4);
  assert.equal(points.data.slice(0, 2), [(nose[0] + 0.25) * stride, nose[1] * stride]);
});

test('codes decode as the float32 values that they stand for', () => {
  const coded = fields([upper, lower]).map(({ shape, data }, i): CustomInput => {
    const scale = i === 0 ? 1 : 2;
    const codes = Array.from(data, (value) => Math.round(value / scale) + 128);
    return { shape, dtype: 'uint8', quantization: quantized(scale, 128), data: codes };
  });
  const expected = runCustom('PosenetDecoderOp', 1, options(), fields([upper, lower]), 5);
  const found = runCustom('PosenetDecoderOp', 1, options(), coded, 5);
  assert.equal(found, expected);
});

test('masks: every position belongs to the person that its long offsets lead to', () => {
  const masks = runCustom('PosenetDecoderOp', 1, options(), fields([upper, lower]), 5)[4];
  assert.equal(masks.shape, [1, 3, 33, 33]);
  // As the source has it: a row of a mask is as long as the mask is high, and the masks follow each other by width * height.
  const expected = new Float32Array(3 * 33 * 33);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) expected[((y < height / 2 ? 0 : width) + y) * height + x] = 1;
  }
  assert.equal(masks.data, Array.from(expected));
});

test('masks without a person are those of pose 0, as in the source', () => {
  const [, , , count, masks] = runCustom('PosenetDecoderOp', 1, options(), fields([], [4, 4]), 5);
  assert.is(count.data[0], 0);
  assert.is(
    masks.data.reduce((sum, value) => sum + value),
    16,
  );
});

const zeros = (index: number, shape: readonly number[]): CustomInput[] => {
  const inputs = fields([], [2, 2]).map((input, i) => (i === index ? { shape } : input));
  return inputs.map((input) => ({ ...input, data: new Float32Array(input.shape.reduce((a, b) => a * b)) }));
};
const refuse = (changes: Readonly<Record<string, number>>) => () => runCustom('PosenetDecoderOp', 1, options(changes), fields([]), 5);
const shaped =
  (index: number, ...shape: number[]) =>
  () =>
    runCustom('PosenetDecoderOp', 1, options(), zeros(index, shape), 5);
const refusals: [name: string, run: () => unknown, code: string, message: RegExp][] = [
  ['no options', () => runCustom('PosenetDecoderOp', 1, undefined, fields([]), 5), 'bad-option', /max_detections is 0/],
  ['a negative number of poses', refuse({ max_detections: -1 }), 'bad-option', /max_detections is -1/],
  ['too many poses', refuse({ max_detections: 2 ** 20 }), 'bad-option', /in 1\.\.65536/],
  ['stride 0', refuse({ stride: 0 }), 'bad-option', /stride is 0/],
  ['a threshold that is no number', refuse({ score_threshold: Number.NaN }), 'bad-option', /NaN/],
  ['two inputs', () => runCustom('PosenetDecoderOp', 1, options(), fields([]).slice(0, 2), 3), 'bad-option', /2 inputs/],
  ['masks without long offsets', () => runCustom('PosenetDecoderOp', 1, options(), fields([]).slice(0, 3), 5), 'bad-graph', /takes 4/],
  ['heatmaps of 16 keypoints', shaped(0, 1, 2, 2, 16), 'bad-shape', /17 channels/],
  ['short offsets of another size', shaped(1, 1, 2, 3, 34), 'bad-shape', /size of its heatmaps/],
  ['two images', shaped(2, 2, 2, 2, 64), 'bad-shape', /the first 1/],
  ['long offsets larger than masks', shaped(3, 1, 34, 33, 34), 'bad-shape', /masks of 33 x 33/],
  [
    'int8 heatmaps',
    () =>
      runCustom(
        'PosenetDecoderOp',
        1,
        options(),
        zeros(-1, []).map((input) => ({ ...input, dtype: 'int8', quantization: quantized(1) })),
        5,
      ),
    'bad-dtype',
    /float32\/uint8/,
  ],
];

for (const [name, run, code, message] of refusals) {
  test(`${name}: ${code}`, () => {
    assert.throws(run, (error: unknown) => error instanceof ModelError && error.code === code && message.test(error.message));
  });
}

test.run();
