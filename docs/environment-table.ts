// Owns docs/environments.md: `npm run docs:environments` runs the tests of environments and writes a row for each that passed.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Environment, forgetRecorded, recorded, rowStart } from '../test/runtimes/environments';
import { root } from '../tools/build/root';
import { emptyTables, withStartTables } from './environment-summary';

/** The order of the page; others follow. */
const order = ['Node', 'Deno', 'Bun', 'workerd', 'Chromium', 'Firefox', 'WebKitGTK', 'esbuild', 'vite', 'webpack', 'rollup', 'parcel'];
const place = ({ name }: Environment): number => (order.includes(name) ? order.indexOf(name) : order.length);

function page(environments: readonly Environment[]): string {
  const rows = [...environments]
    .sort((a, b) => place(a) - place(b) || a.name.localeCompare(b.name) || a.context.localeCompare(b.context))
    .map((environment) => ({ start: rowStart(environment), ...environment }));
  const starts = [...new Set(rows.map(({ start }) => start))];
  const lines = starts.map((start) => {
    const same = rows.filter((row) => row.start === start);
    const versions = [...new Set(same.map(({ version }) => version))].sort((a, b) => a.localeCompare(b, undefined, { numeric: true }));
    return `${start} ${versions.join(', ')} | ${same[0].entries.map((entry) => `\`${entry}\``).join(', ')} |`;
  });
  return `# Environments

Each row is a test in \`test/runtimes/\`: the package, packed as npm packs it and installed, computes there what it computes in Node, to the last bit.
\`npm run docs:environments\` runs them all and writes this page; a test whose environment has no row fails.

${emptyTables}
## Tested rows

| environment | context | versions | entries |
|---|---|---|---|
${lines.join('\n')}

## What to know

- Nothing is configured but this: Parcel resolves \`zeropoint/float\` and the like where package.json says
  \`"@parcel/resolver-default": { "packageExports": true }\`. esbuild and Rollup copy no files: with \`zeropoint/slim\`, give the address of
  \`core.wasm\` as the option \`module\`.
- A Content-Security-Policy needs \`script-src 'wasm-unsafe-eval'\`, that of an extension as well; \`'unsafe-eval'\` is not needed.
- Pages without a bundler import files by their paths (\`node_modules/zeropoint/dist/index.js\`), or names through an import map. Import maps
  do not reach workers and worklets.
- Vercel's edge runtime has the core without relaxed SIMD, since V8 of Node 20, in which Next builds, refuses the other one where it is imported.
- Next 16.4 did not build the edge route by webpack here (a manifest of its own was missing), so that edge routes were run by Turbopack only.
`;
}

forgetRecorded();
const tests = ['runtimes', 'contexts', 'require', 'bundlers'].map((name) => `runtimes/${name}.test`);
const env = { ...process.env, ENVIRONMENTS: 'write', CI: 'true' };
const { status } = spawnSync('npx', ['tsx', 'test/run.ts', '--limit', '900', ...tests], { cwd: root, env, stdio: 'inherit' });
if (status === 0) writeFileSync(join(root, 'docs/environments.md'), withStartTables(page(recorded())));
else process.exitCode = 1;
