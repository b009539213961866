// Tests tools/compare/classification.ts: counts of correct and changed classes, label offsets, merging.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ClassificationCounter } from '../../../tools/compare/classification';

const scores = (...values: number[]) => Float32Array.from(values);

test('counts of both, one and neither; labels are moved by the offset; changes keep their samples', () => {
  const counter = new ClassificationCounter(6, 1);
  counter.add({ name: 'a', index: 0, label: 0 }, scores(0, 9, 0, 0, 0, 0), scores(0, 8, 0, 0, 0, 0));
  counter.add({ name: 'b', index: 1, label: 0, picture: 'b.png' }, scores(0, 9, 0, 0, 0, 0), scores(7, 1, 0, 0, 0, 0));
  counter.add({ name: 'c', index: 2, label: 1 }, scores(5, 4, 3, 2, 1, 0), scores(0, 1, 9, 0, 0, 0));
  counter.add({ name: 'd', index: 3, label: 9 }, scores(1, 0, 0, 0, 0, 0), scores(1, 0, 0, 0, 0, 0));
  counter.add({ name: 'e', index: 4 }, scores(1, 0, 0, 0, 0, 0), scores(1, 0, 0, 0, 0, 0));
  const result = counter.result();
  assert.equal(result.top1?.counts, { both: 1, floatOnly: 1, quantizedOnly: 1, neither: 1 });
  assert.equal(result.top5?.counts, { both: 3, floatOnly: 0, quantizedOnly: 0, neither: 1 }, 'a label without a class is wrong');
  assert.equal([result.labelled, result.changes, result.agreement], [4, 2, 0.6]);
  assert.equal(result.changed[0], {
    name: 'b',
    picture: 'b.png',
    label: 1,
    float: { class: 1, score: 9 },
    quantized: { class: 0, score: 7 },
  });
});

test('without labels there is agreement and no accuracy; with five classes there is no top-5', () => {
  const counter = new ClassificationCounter(5, 0);
  counter.add({ name: 'a', index: 0 }, scores(1, 0, 0, 0, 0), scores(1, 0, 0, 0, 0));
  assert.equal([counter.result().top1, counter.result().top5, counter.result().agreement], [undefined, undefined, 1]);
  counter.add({ name: 'b', index: 1, label: 0 }, scores(1, 0, 0, 0, 0), scores(1, 0, 0, 0, 0));
  assert.ok(counter.result().top1);
  assert.is(counter.result().top5, undefined);
});

test('merged and restored, shards count as the whole; of 1800 changes the first 1000 of the dataset are kept', () => {
  const whole = new ClassificationCounter(6, 0);
  const parts = [new ClassificationCounter(6, 0), new ClassificationCounter(6, 0)];
  for (let index = 0; index < 2000; index++) {
    const sample = { name: `${index}`, index, label: index % 7 < 3 ? index % 7 : undefined };
    const quantized = index % 10 === 0 ? scores(9, 0, 0, 0, 0, 0) : scores(0, 9, 0, 0, 0, 0);
    whole.add(sample, scores(9, 8, 7, 6, 5, 4), quantized);
    parts[index % 2].add(sample, scores(9, 8, 7, 6, 5, 4), quantized);
  }
  for (const order of [
    [0, 1],
    [1, 0],
  ]) {
    const [first, second] = order.map((i) => ClassificationCounter.from(JSON.parse(JSON.stringify(parts[i].state()))));
    first.merge(second);
    assert.equal(JSON.stringify(first.result()), JSON.stringify(whole.result()));
    assert.equal([first.result().changes, first.result().changed.length], [1800, 1000]);
  }
});

test.run();
