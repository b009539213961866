// Tests that the queue of scores gives equal ones in the order of libstdc++, whose orders were printed by std::priority_queue of GCC 12.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ScoreQueue } from '../../src/custom/score-queue';
import { Random } from '../support/random';

interface Entry {
  readonly id: number;
  readonly score: number;
}

function drain(queue: ScoreQueue<Entry>): number[] {
  return Array.from({ length: queue.length }, () => queue.pop()!.id);
}

test('ten equal scores', () => {
  const queue = new ScoreQueue<Entry>(({ score }) => score);
  for (let id = 0; id < 10; id++) queue.push({ id, score: 1 });
  assert.equal(drain(queue), [0, 2, 6, 9, 8, 5, 7, 4, 1, 3]);
});

test('scores of three kinds, with pushes between pops', () => {
  const queue = new ScoreQueue<Entry>(({ score }) => score);
  for (const [id, score] of [3, 1, 3, 2, 3, 1, 2, 3, 2, 1, 3, 2].entries()) queue.push({ id, score });
  const first = Array.from({ length: 4 }, () => queue.pop()!.id);
  queue.push({ id: 12, score: 2 });
  queue.push({ id: 13, score: 3 });
  assert.equal([...first, ...drain(queue)], [0, 2, 4, 10, 7, 13, 6, 11, 12, 3, 8, 1, 5, 9]);
});

test('random scores leave in descending order, and nothing leaves an empty queue', () => {
  const random = new Random(3);
  const queue = new ScoreQueue<Entry>(({ score }) => score);
  for (let id = 0; id < 200; id++) queue.push({ id, score: random.real() });
  const scores = Array.from({ length: 200 }, () => queue.pop()!.score);
  assert.equal(
    scores,
    [...scores].sort((a, b) => b - a),
  );
  assert.is(queue.pop(), undefined);
});

test.run();
