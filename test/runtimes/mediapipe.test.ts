// Tests tasks of zeropoint/vision beside MediaPipe's own solutions, run by their WebAssembly and graphs in Chromium.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { hasMediaPipe, installMediaPipe, networks } from '../support/mediapipe';
import { hasShared } from '../support/shared';
import { cases, frameMs, framePixels } from '../vision/mediapipe/cases';
import { checkSubjects } from '../vision/mediapipe/subjects';
import { engineTest } from './engine-test';
import { engines } from './engines';
import { runSolution } from './mediapipe';

if (hasMediaPipe && hasShared) {
  const files = networks();
  for (const comparison of cases.filter(({ live }) => live)) {
    engineTest(test, `MediaPipe: ${comparison.name}`, [engines.chromium, engines.playwright], async () => {
      const theirs = await runSolution(comparison);
      const find = await comparison.load(files);
      assert.ok(theirs.flat().length > 0);
      for (const [i, frame] of comparison.frames.entries()) {
        checkSubjects(find(await framePixels(frame), (i + 1) * frameMs), theirs[i], `${frame.picture}, frame ${i}`, comparison.tolerances);
      }
    });
  }
} else {
  console.log(
    `skipped, ${hasShared ? `test/models/mediapipe is not installed (${installMediaPipe})` : '../shared is absent'}: MediaPipe's solutions`,
  );
  test.skip('MediaPipe', () => {});
}

test.run();
