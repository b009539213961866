// Tests the commands of the guides: each runs as it stands, in the order of its document, by the packed tools.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { installedProject } from '../package/installed';
import { writeMaterials } from './materials';
import { blocksOf, documentsWithCode } from './snippets';

const project = installedProject(['.', 'tools']);
const materials = await writeMaterials(project);
const run = promisify(execFile);
const prefix = 'npx -p @zeropoint/tools zeropoint ';

/** Arguments of a line of shell, without its comment; quotes are single. */
function argumentsOf(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|(#.*)|([^\s']+)/g)].flatMap(([, quoted, comment, bare]) => (comment ? [] : (quoted ?? bare)));
}

const commands = documentsWithCode.flatMap((document) =>
  blocksOf(document)
    .filter(({ words: [language] }) => language === 'sh')
    .flatMap(({ line, code }) =>
      code
        .trimEnd()
        .split('\n')
        .map((text, i) => ({ name: `${document}:${line + i}`, text })),
    )
    .filter(({ text }) => !text.startsWith('#')),
);

test('commands are those of the tools', () => {
  assert.ok(commands.length >= 10, `${commands.length} commands`);
  for (const { name, text } of commands) assert.ok(text.startsWith(prefix), `${name}: ${text}`);
});

for (const { name, text } of commands) {
  const args = argumentsOf(text.slice(prefix.length));
  const missing = args.filter(
    (argument) => ['mobilenet.tflite', 'detector.tflite', 'parrot.jpg'].includes(argument) && !materials.names.has(argument),
  );
  if (missing.length > 0) console.log(`skipped, ${missing.join(', ')} is not here: ${name}`);
  (missing.length > 0 ? test.skip : test)(`${name} runs: ${args.join(' ')}`, async () => {
    const { stdout, stderr } = await run(process.execPath, [join(project, 'node_modules/@zeropoint/tools/bin.js'), ...args], {
      cwd: project,
    });
    assert.ok((stdout + stderr).length > 0, 'it says nothing');
    const target = args[args.findIndex((argument) => ['-o', '--html', '--draw'].includes(argument)) + 1];
    if (target !== args[0]) assert.ok(existsSync(join(project, target)), `${target} was not written`);
  });
}

test.run();
