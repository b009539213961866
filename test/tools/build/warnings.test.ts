// Tests that warnings of the compilers fail the build.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { compile } from '../../../tools/build/asc';
import { bundle } from '../../../tools/build/bundle';

/** Compiles one AssemblyScript module in memory; returns the names of the files that were written. */
async function compileText(text: string): Promise<string[]> {
  const written: string[] = [];
  const files = {
    readFile: (name: string) => (name === 'source.ts' ? text : null),
    writeFile: (name: string) => void written.push(name),
    listFiles: () => [],
  };
  await compile(['source.ts', '--runtime', 'stub', '--outFile', 'source.wasm', '--textFile', 'source.wat'], files);
  return written;
}

async function messageOf(result: Promise<unknown>): Promise<string> {
  try {
    await result;
  } catch (error) {
    return (error as Error).message;
  }
  return 'no error';
}

test('asc: a source without diagnostics becomes a binary and its text', async () => {
  assert.equal((await compileText('export function twice(x: usize): usize { return <usize>2 * x; }')).sort(), [
    'source.wasm',
    'source.wat',
  ]);
});

test('asc: a warning is an error that says where', async () => {
  const message = await messageOf(compileText('export function twice(x: usize): i32 {\n  return 2 * x;\n}'));
  assert.match(message, /WARNING AS201.*source\.ts\(2,/s);
});

test('asc: so is an error', async () => {
  assert.match(await messageOf(compileText('export function twice(x: usize): usize { return y; }')), /ERROR TS2304: Cannot find name 'y'/);
});

/** A bundle of one module in memory. */
function bundleText(contents: string): Promise<void> {
  return bundle({ stdin: { contents }, splitting: false, write: false, logLevel: 'silent' });
}

test('esbuild: a module without diagnostics is bundled', async () => {
  assert.is(await messageOf(bundleText('export const x = 1;')), 'no error');
});

test('esbuild: a warning is an error', async () => {
  assert.match(await messageOf(bundleText("if (typeof x === 'nmber') console.log();")), /^esbuild: .*"typeof"/);
});

test.run();
