// Owns the tests of tools/program.ts: grammar, help, and which failure gives which exit code and words.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { runCommandLine } from '../../tools/program';
import { recordingTerminal } from '../support/terminal';

async function zeropoint(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const terminal = recordingTerminal();
  const code = await runCommandLine(args, terminal);
  return { code, out: terminal.out, err: terminal.err };
}

test('--version and --help end well and print to standard output', async () => {
  const version = await zeropoint('--version');
  assert.is(version.code, 0);
  assert.match(version.out, /^\d+\.\d+\.\d+\n$/);
  for (const args of [
    [],
    ['run'],
    ['inspect'],
    ['bench'],
    ['calibrate'],
    ['quantize'],
    ['compare'],
    ['merge'],
    ['convert'],
    ['completions'],
  ].map((words) => [...words, '--help'])) {
    const { code, out, err } = await zeropoint(...args);
    assert.equal([code, err], [0, ''], args.join(' '));
    assert.match(out, /Usage: zeropoint/);
    if (args.length === 2) assert.match(out, /Examples:\n {2}\$ zeropoint/, args.join(' '));
  }
});

test('no command shows the help and fails', async () => {
  const { code, err } = await zeropoint();
  assert.is(code, 1);
  assert.match(err, /Usage: zeropoint/);
});

const mistakes: [string[], RegExp][] = [
  [['rum', 'm.tflite'], /^zeropoint: unknown command 'rum' \(Did you mean run\?\); see zeropoint --help\n$/],
  [['run'], /missing required argument 'model'; see zeropoint run --help\n$/],
  [['quantize', 'm.tflite', '-o', 'q.tflite'], /required option '-d, --data <path>' not specified; see zeropoint quantize --help\n$/],
  [['run', 'm.tflite', '--tpo', '3'], /unknown option '--tpo' \(Did you mean --top\?\)/],
  [['run', 'm.tflite', '--top', '0'], /'0' is invalid\. Give a whole number from 1 to 1000000; see zeropoint run --help\n$/],
  [['run', 'm.tflite', '--top', '1e3'], /'1e3' is invalid/],
  [['bench', 'm.tflite', '--runs', '-4'], /'-4' is invalid/],
  [['inspect', 'a.tflite', 'b.tflite'], /too many arguments/],
  [['inspect', 'no/such.tflite'], /^zeropoint: cannot read 'no\/such\.tflite': there is no such file; check the path\n$/],
  [['inspect', 'a\nb\u001b[31m.tflite'], /^zeropoint: cannot read 'a b \[31m\.tflite'/],
  [['bench', tmpdir()], /it is a folder; name a file/],
];

for (const [args, message] of mistakes) {
  test(`${args.join(' ')}: one line on standard error, code 1`, async () => {
    const { code, out, err } = await zeropoint(...args);
    assert.equal([code, out], [1, '']);
    assert.match(err, message);
    assert.is(err.split('\n').length, 2, err);
  });
}

test("files that are no models are the user's mistake, in one line, for every command", async () => {
  const folder = mkdtempSync(join(tmpdir(), 'zeropoint-'));
  try {
    mkdirSync(join(folder, 'sub'));
    for (const [name, bytes] of [
      ['empty.tflite', new Uint8Array(0)],
      ['text.tflite', new TextEncoder().encode('not a model at all, only text')],
      ['short.tflite', Uint8Array.of(0x18, 0, 0, 0, 0x54, 0x46, 0x4c, 0x33)],
    ] as const) {
      const path = join(folder, name);
      writeFileSync(path, bytes);
      for (const command of ['run', 'inspect', 'bench']) {
        const { code, out, err } = await zeropoint(command, path);
        assert.equal([code, out], [1, ''], `${command} ${name}: ${err}`);
        assert.is(err.split('\n').length, 2, err);
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('anything that is not a ModelError is a bug: code 2 and a stack', async () => {
  const terminal = recordingTerminal();
  terminal.write = () => {
    throw new TypeError('broken terminal');
  };
  assert.is(await runCommandLine(['--version'], terminal), 2);
  assert.match(terminal.err, /this is a bug in zeropoint.*\nTypeError: broken terminal\n +at /);
});

test.run();
