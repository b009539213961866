// Owns the rules that all sources keep: what none names or changes, how files open, how long they are, and which tests read a clock.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { generated, sources, sourceText } from './support/sources';

/** Files of test/ that may read a clock or set a limit of time, and why no test can fail because a machine is slow. */
const clocks: Record<string, string> = {
  'test/runner/run-file.ts': 'prints the seconds of a file; its limit is for files that hang',
  'test/core/families/family.ts': 'prints seconds',
  'test/core/full-grid.ts': 'a command whose argument is a time',
  'test/hostile/campaign.ts': 'reports the slowest file',
  'test/hostile/full.ts': 'prints seconds',
  'test/hostile/imports.ts': 'prints seconds',
  'test/models/full.ts': 'prints seconds',
  'test/tools/terminal/progress.test.ts': 'replaces the clock',
  'test/threads/packing.test.ts': 'its subject: a worker that never ends its piece is given up in time',
  'test/tools/model/timing.test.ts': 'replaces the clock',
};

test('src: readers never import writers, plans never write descriptors but in emit.ts', () => {
  for (const file of sources('src')) {
    const text = sourceText(file);
    if (/tflite\/read/.test(file)) assert.not.match(text, /from '\.\/(write|flatbuffer-writer|operator-versions)/, file);
    if (file.startsWith('src/plan/') && !file.endsWith('emit.ts')) assert.not.match(text, /new DataView/, file);
    // Node has no other workers, and its fetch takes no file: addresses; the modules are imported there only.
    const isForNode = ['src/threads/workers.ts', 'src/core/fetched.ts'].includes(file);
    if (!file.startsWith('src/tflite') && !isForNode) assert.not.match(text, /globalThis\.process|'node:/, file);
  }
});

test('src: graph/edit.ts alone changes graphs; the reader and the builders only what they are making', () => {
  const fields =
    'shape|shapeSignature|data|dtype|quantization|isVariable|attributes|inputs|outputs|nodes|values|signatures|metadata|trailer';
  const change = new RegExp(
    `\\b\\w+\\.(${fields})(\\[[^\\]]+\\])? = |\\.(inputs|outputs|nodes|values)\\.(push|splice)\\(|Object\\.assign\\(`,
  );
  const found = sources('src').filter((file) => change.test(sourceText(file).replace(/this\.\w+/g, '')));
  assert.equal(found.sort(), [
    'src/graph/edit.ts',
    'src/tflite/read-state.ts',
    'src/tflite/read-tensor.ts',
    'src/tflite/read-variables.ts',
    'src/tflite/read.ts',
  ]);
});

test('every source file opens with a sentence that says what it owns', () => {
  for (const file of [...sources('src'), ...sources('assembly'), ...sources('tools'), ...sources('test'), ...sources('bench')]) {
    if (generated.includes(file)) continue;
    const lines = sourceText(file)
      .replace(/^#!.*\n/, '')
      .split('\n');
    assert.match(lines[0], file.startsWith('test/') ? /^\/\/ (Owns|Tests) / : /^\/\/ Owns /, file);
  }
});

test('tests count work and read no clock', () => {
  // The brackets keep this file from matching.
  const clock = /performance[.]now|Date[.]now|new Date[(][)]|hr[t]ime|AbortSignal[.]timeout|\btimeout: [1-9]/;
  const found = sources('test').filter((file) => clock.test(sourceText(file)));
  assert.equal(found.sort(), Object.keys(clocks).sort());
});

test('no source file is longer than 400 lines', () => {
  for (const file of ['src', 'assembly', 'tools', 'test', 'bench'].flatMap(sources)) {
    if (generated.includes(file)) continue;
    const lines = sourceText(file).split('\n').length;
    assert.ok(lines <= 400, `${file} has ${lines} lines`);
  }
});

test.run();
