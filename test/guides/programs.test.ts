// Tests the programs of README.md and the guides: they compile in strict TypeScript, those for Node run, and print what the guides show.
import { execFile, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { transform } from 'esbuild';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { installedProject, root } from '../package/installed';
import { missingMaterials, writeMaterials } from './materials';
import { blocksOf, documentsWithCode, nodePrograms, pagePrograms } from './snippets';

const project = installedProject(['.', 'tools']);
const materials = await writeMaterials(project);
const run = promisify(execFile);

test('every guide of a task has a program', () => {
  const names = [...nodePrograms(), ...pagePrograms()].map(({ name }) => name.split(':')[0]);
  for (const task of ['classify', 'detect', 'segment', 'pose', 'faces', 'hands', 'learn', 'models', 'servers'])
    assert.ok(names.includes(`docs/${task}.md`), task);
});

test('the programs compile in strict TypeScript', () => {
  const programs = [...nodePrograms(), ...pagePrograms()].flatMap(({ code, files }) => [code, ...files.values()]);
  const names = programs.map((code, i) => {
    writeFileSync(join(project, `guide${i}.ts`), `${code}\nexport {};\n`);
    return `guide${i}.ts`;
  });
  const compilerOptions = {
    strict: true,
    noEmit: true,
    target: 'ES2022',
    module: 'NodeNext',
    moduleResolution: 'NodeNext',
    skipLibCheck: true,
    lib: ['ES2023', 'DOM', 'DOM.Iterable', 'ESNext.Disposable'],
    types: ['node'],
    typeRoots: [join(root, 'node_modules/@types')],
    noUnusedLocals: true,
  };
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: names }));
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const { stdout } = spawnSync(process.execPath, [compiler, '-p', project], { cwd: project, encoding: 'utf8' });
  assert.is(stdout, '');
});

for (const { name, code, prints } of nodePrograms()) {
  const missing = missingMaterials(code, materials);
  if (missing.length > 0) console.log(`skipped, ${missing.join(', ')} is not here: the program ${name}`);
  (missing.length > 0 ? test.skip : test)(`the program ${name} runs and prints what the guide shows`, async () => {
    const file = join(project, `${name.replace(/\W/g, '-')}.mjs`);
    writeFileSync(file, (await transform(code, { loader: 'ts', format: 'esm', target: 'node20' })).code);
    const { stdout } = await run(process.execPath, [file], { cwd: project });
    if (prints !== undefined && materials.areReal) assert.is(stdout, prints);
  });
}

test('files that guides show are the files', () => {
  const shown = documentsWithCode.flatMap(blocksOf).filter(({ words: [language] }) => language === 'js');
  assert.ok(shown.length >= 4, `${shown.length} files`);
  for (const { document, line, words, code } of shown) assert.is(code, readFileSync(join(root, words[1]), 'utf8'), `${document}:${line}`);
});

test.run();
