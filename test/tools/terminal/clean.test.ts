// Tests tools/terminal/clean.ts: control characters of files in reports, which JSON keeps.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { clean, cleanText } from '../../../tools/terminal/clean';
import { print } from '../../../tools/terminal/print';
import { recordingTerminal } from '../../support/terminal';

test('C0, DEL, C1, line separators and marks of direction become blanks; letters of all scripts stay', () => {
  for (const control of ['\u001b', '\u0000', '\u007f', '\u0085', '\u009b', '\u2028', '\u202e', '\u2066', '\u200f', '\r\n']) {
    assert.is(cleanText(`a${control}b`), 'a b', JSON.stringify(control));
  }
  assert.is(cleanText('äöü עברית 日本 👩‍🚀'), 'äöü עברית 日本 👩‍🚀');
});

test('every text of a report is clean and cut, whatever its place; numbers and tensors stay', () => {
  const data = new Float32Array(2);
  const report = { name: '\u001b[31mred', list: [{ text: 'x'.repeat(10_000) }], number: 1, none: undefined, data };
  const { name, list, number, data: same } = clean(report);
  assert.equal([name, number], [' [31mred', 1]);
  assert.is(list[0].text.length, 201);
  assert.is(same, data);
});

test('text is clean, JSON is as the file has it; beside a result on standard output both go to standard error', () => {
  const report = { name: '\u001b]0;title\u0007\u202e' };
  const render = (shown: typeof report) => `${shown.name}\n`;
  const [text, json, aside] = [recordingTerminal(), recordingTerminal(), recordingTerminal()];
  print(report, {}, text, render);
  print(report, { json: true }, json, render);
  print(report, { aside: true }, aside, render);
  assert.is(text.out, ' ]0;title \n');
  assert.equal(JSON.parse(json.out), report);
  assert.equal([aside.out, aside.err], ['', text.out]);
});

test.run();
