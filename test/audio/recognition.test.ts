// Tests keywords from scores over time against the constants of TensorFlow's own test, and the rules one by one.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Recognition } from '../../src/audio/recognition';

const settings = { averageWindow: 1000, detectionThreshold: 51 / 256, suppression: 1500, minimumCount: 3 };
/** Scores of codes 127 and -128, at scale 1 / 256 and zero point -128, in steps of 100 ms. */
const scores = (index: number) => [0, 1, 2, 3].map((i) => (i === index ? 255 / 256 : 0));

test('recognize_commands_test.cc, RecognizeCommandsTestFindCommands: yes once, then no once, with score 231', () => {
  const recognition = new Recognition(settings, 4);
  const found = (index: number, begin: number) =>
    Array.from({ length: 10 }, (_, i) => recognition.add(scores(index), begin + 100 * i)).filter((label) => label !== undefined);
  assert.equal(found(2, 0), [2]);
  assert.equal(found(3, 1000), [3]);
  assert.is(Math.floor(recognition.averages[3] * 256), 231);
});

test('recognize_commands_test.cc, RecognizeCommandsTestTooFewInputs: nothing from one result', () => {
  assert.is(new Recognition(settings, 4).add(scores(2), 100), undefined);
});

test('a keyword is reported again only after the pause, or after another one', () => {
  const recognition = new Recognition({ ...settings, averageWindow: 0, minimumCount: 1 }, 4);
  const heard = [
    [2, 0],
    [2, 1500],
    [2, 1501],
    [3, 1600],
    [2, 1700],
  ].map(([index, time]) => recognition.add(scores(index), time));
  assert.equal(heard, [2, undefined, 2, 3, 2]);
});

test('an average must be above the threshold, over at least a quarter of the window', () => {
  const recognition = new Recognition({ ...settings, detectionThreshold: 255 / 256 }, 4);
  assert.equal(
    [0, 100, 300, 400].map((time) => recognition.add(scores(2), time)),
    [undefined, undefined, undefined, undefined],
  );
  const eager = new Recognition({ ...settings, detectionThreshold: 254 / 256 }, 4);
  assert.equal(
    [0, 100, 249, 250].map((time) => eager.add(scores(2), time)),
    [undefined, undefined, undefined, 2],
  );
  eager.reset();
  assert.equal([...eager.averages], [0, 0, 0, 0]);
  assert.is(eager.add(scores(2), 0), undefined);
});

test.run();
