// Owns publishing both packages: npm run release [-- --dry-run]. Refuses, with every reason, what must not be published.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type Manifest, type Package, publishCommand, publishedManifest, type ReleaseState, releaseProblems } from './release-plan';
import { repositoryUrl } from './repository';
import { fromRoot, root } from './root';
import { stagePackage } from './staging';

/** In the order of publishing. */
const folders = ['.', 'tools'];

/** Made anew by every release; git ignores it. */
const staging = 'build/release';

function readState(): ReleaseState {
  const readManifest = (folder: string): Manifest => JSON.parse(readFileSync(fromRoot(folder, 'package.json'), 'utf8'));
  return {
    repositoryUrl,
    packages: folders.map((folder) => ({ folder, manifest: readManifest(folder) })),
    changelog: readFileSync(fromRoot('CHANGELOG.md'), 'utf8'),
    uncommitted: execFileSync('git', ['status', '--porcelain'], { cwd: root, encoding: 'utf8' }),
    // GitHub sets it where a job may ask for a token of its identity.
    canProve: process.env.ACTIONS_ID_TOKEN_REQUEST_URL !== undefined,
  };
}

function run(command: readonly string[]): void {
  console.log(`> ${command.join(' ')}`);
  execFileSync(command[0], command.slice(1), { cwd: root, stdio: 'inherit' });
}

/** A release that ended between two packages goes on with the second. */
function isPublished({ name, version }: Manifest): boolean {
  return spawnSync('npm', ['view', `${name}@${version}`, 'version'], { cwd: root, encoding: 'utf8' }).stdout.trim() === version;
}

/** What `release` would do to packages that nothing forbids to publish. */
function describe(packages: readonly Package[], url: string): void {
  console.log('> npm run test:all, which builds');
  for (const source of packages) {
    const { name, version } = source.manifest;
    console.log(`package.json of ${name} ${version} gets`);
    const fields = Object.entries(publishedManifest(source, url)).filter(([field]) => !(field in source.manifest));
    console.log(JSON.stringify(Object.fromEntries(fields), null, 2));
    console.log(`> ${publishCommand(`./${staging}/...`, version).join(' ')}`);
  }
}

function release(packages: readonly Package[], url: string): void {
  run(['npm', 'run', 'test:all']);
  rmSync(fromRoot(staging), { recursive: true, force: true });
  mkdirSync(fromRoot(staging), { recursive: true });
  // All are packed before one is published.
  const staged = packages.map((source) => stagePackage(source, url, fromRoot(staging)));
  packages.forEach(({ manifest }, i) => {
    if (isPublished(manifest)) console.log(`${manifest.name} ${manifest.version} is published already`);
    else run(publishCommand(staged[i], manifest.version));
  });
}

const { values } = parseArgs({ options: { 'dry-run': { type: 'boolean', default: false } } });
const state = readState();
const problems = releaseProblems(state);
for (const problem of problems) console.error(`release: ${problem}`);
if (problems.length > 0) process.exitCode = 1;
else if (!values['dry-run']) release(state.packages, state.repositoryUrl!);
if (values['dry-run'] && state.repositoryUrl !== undefined) describe(state.packages, state.repositoryUrl);
