// Tests `zeropoint completions` in the shells themselves, where they are installed: what each offers at the end of a command line.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { runCommandLine } from '../../../tools/program';
import { recordingTerminal } from '../../support/terminal';

const folder = mkdtempSync(join(tmpdir(), 'zeropoint-'));
test.before(() => writeFileSync(join(folder, 'my cat.jpg'), ''));
test.after(() => rmSync(folder, { recursive: true }));

async function script(shell: string): Promise<string> {
  const terminal = recordingTerminal();
  assert.is(await runCommandLine(['completions', shell], terminal), 0, terminal.err);
  return terminal.out;
}

/** Paths of shells that are not in PATH may be given by ZEROPOINT_BASH and so on. */
function shellTest(shell: string, complete: (executable: string, code: string, line: string) => string[]): void {
  const executable = process.env[`ZEROPOINT_${shell.toUpperCase()}`] ?? shell;
  const isInstalled = spawnSync(executable, ['-c', ':']).status === 0;
  const run = isInstalled ? test : test.skip;
  if (!isInstalled) console.log(`skipped: completion in ${shell}, which is not installed`);
  const cases: [string, string[]][] = [
    ['zeropoint comp', ['compare', 'completions']],
    ['zeropoint run --sco', ['--score']],
    ['zeropoint quantize m.tflite --scheme ', ['int16x8', 'int8', 'uint8']],
    ['zeropoint compare a b --ht', ['--html']],
    ['zeropoint completions f', ['fish']],
    ['zeropoint run my', ['my cat.jpg']],
    ['zeropoint calibrate m.tflite -p tor', ['torchvision']],
    ['zeropoint inspect --nothing-of-that', []],
  ];
  for (const [line, expected] of cases) {
    run(`${shell}: '${line}'`, async () => {
      assert.equal(complete(executable, await script(shell), line).sort(), expected);
    });
  }
}

const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '');

shellTest('bash', (executable, code, line) => {
  const words = line.split(' ').map((word) => `'${word}'`);
  const call = `COMP_WORDS=(${words.join(' ')}); COMP_CWORD=${words.length - 1}; _zeropoint; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return lines(execFileSync(executable, ['--norc', '-c', `${code}\n${call}`], { cwd: folder, encoding: 'utf8' }));
});

shellTest('fish', (executable, code, line) => {
  const text = execFileSync(executable, ['--no-config', '-c', `${code}\ncomplete -C '${line}'`], { cwd: folder, encoding: 'utf8' });
  // A description stands after a tab.
  return lines(text).map((found) => found.split('\t')[0].replace(/\\ /g, ' '));
});

test('zsh: each option is a specification with its description, whose brackets and colons are escaped', async () => {
  const code = await script('zsh');
  assert.match(code, /'\*--top\[how many classes \(default\\: 5\) or objects \(default\\: 100\) to print\]:value:_files'/);
  assert.match(code, /'\*--scheme\[int8, uint8, or int16x8 with activations of 16 bits\]:value:\(int8 int16x8 uint8\)'/);
  assert.match(code, /'\*--json\[print one JSON document\]'/);
  assert.match(code, /'run:run a model on pictures or raw tensors'/);
});

const zsh = process.env.ZEROPOINT_ZSH ?? 'zsh';
const hasZsh = spawnSync(zsh, ['-c', ':']).status === 0;
if (!hasZsh) console.log('skipped: completion in zsh, which is not installed');
(hasZsh ? test : test.skip)('zsh: the script defines a function that hands the options of the command to _arguments', async () => {
  const stubs = 'compdef() { :; }; _arguments() { printf "%s\\n" "$@"; }; _describe() { printf "%s\\n" $commands; }';
  const code = `${stubs}\n${await script('zsh')}\nwords=(zeropoint bench --ru); CURRENT=3; _zeropoint; words=(zeropoint c); CURRENT=2; _zeropoint`;
  const found = execFileSync(zsh, ['-f', '-c', code], { encoding: 'utf8' });
  assert.match(found, /^\*--runs\[how many runs to time\]:value:_files$/m);
  assert.match(found, /^compare:show what quantization cost$/m);
});

test('a shell that is not known is refused, and the known ones are named', async () => {
  const terminal = recordingTerminal();
  assert.is(await runCommandLine(['completions', 'tcsh'], terminal), 1);
  assert.match(terminal.err, /Allowed choices are bash, zsh, fish\.?; see zeropoint completions --help/);
});

test.run();
