// Tests tasks of zeropoint/vision by what MediaPipe's own solutions found in the same pictures, as test/runtimes/record-mediapipe.ts
// recorded it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { hasMediaPipe, installMediaPipe, networks } from '../../support/mediapipe';
import { hasShared } from '../../support/shared';
import { cases, frameMs, framePixels } from './cases';
import { checkSubjects, type Subject } from './subjects';

// Tests are bundled, so that this file's own folder is another one while they run.
const recorded: Record<string, Subject[][]> = JSON.parse(readFileSync(join(import.meta.dirname, 'recorded.json'), 'utf8'));

if (hasMediaPipe && hasShared) {
  const files = networks();
  for (const comparison of cases) {
    test(`as recorded of MediaPipe: ${comparison.name}`, async () => {
      const theirs = recorded[comparison.name];
      assert.is(theirs.length, comparison.frames.length);
      const find = await comparison.load(files);
      for (const [i, frame] of comparison.frames.entries()) {
        checkSubjects(find(await framePixels(frame), (i + 1) * frameMs), theirs[i], `${frame.picture}, frame ${i}`, comparison.tolerances);
      }
    });
  }
} else {
  console.log(
    `skipped, ${hasShared ? `test/models/mediapipe is not installed (${installMediaPipe})` : '../shared is absent'}: what MediaPipe finds`,
  );
  test.skip('what MediaPipe finds', () => {});
}

test.run();
