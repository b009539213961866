// Tests what a release refuses, and what it publishes once the repository has an address.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type Manifest,
  newestHeading,
  type Package,
  publishCommand,
  publishedManifest,
  type ReleaseState,
  releaseProblems,
} from '../../../tools/build/release-plan';
import { repositoryFields, repositoryUrl } from '../../../tools/build/repository';
import { fromRoot, root } from '../../../tools/build/root';
import { stagePackage } from '../../../tools/build/staging';
import { bundledProgram } from '../../runner/programs';

const url = 'https://git.example/owner/name';
const runtime: Package = { folder: '.', manifest: { name: 'a', version: '1.2.3' } };
const tools: Package = { folder: 'tools', manifest: { name: '@a/b', version: '1.2.3', dependencies: { a: '1.2.3' } } };
const ready: ReleaseState = {
  repositoryUrl: url,
  packages: [runtime, tools],
  changelog: '# Changelog\n\n## [1.2.3] - 2025-01-31\n\n- All.\n\n## [1.2.2]\n',
  uncommitted: '',
  canProve: true,
};

/** Tools with other fields of their manifest. */
const withTools = (fields: Partial<Manifest>): ReleaseState => ({
  ...ready,
  packages: [runtime, { ...tools, manifest: { ...tools.manifest, ...fields } }],
});

test('nothing forbids a release of a clean checkout whose versions agree', () => assert.equal(releaseProblems(ready), []));

const refused: Record<string, readonly [ReleaseState, RegExp]> = {
  'no address': [{ ...ready, repositoryUrl: undefined }, /no public address: give repositoryUrl in tools\/build\/repository\.ts its value/],
  'changes that are not committed': [{ ...ready, uncommitted: ' M src/index.ts\n' }, / M src\/index\.ts/],
  'two versions': [withTools({ version: '1.2.4' }), /@a\/b has version 1\.2\.4, a has 1\.2\.3/],
  'a dependency on another version': [withTools({ dependencies: { a: '1.2.2' } }), /@a\/b depends on a 1\.2\.2: make it 1\.2\.3/],
  'an older changelog': [{ ...ready, changelog: '## 1.2.2\n' }, /newest heading of CHANGELOG\.md is 1\.2\.2: make it 1\.2\.3/],
  'changes without a version': [{ ...ready, changelog: `## [Unreleased]\n\n${ready.changelog}` }, /CHANGELOG\.md is Unreleased/],
  'no changelog': [{ ...ready, changelog: '' }, /CHANGELOG\.md is missing/],
  'a machine that proves nothing': [{ ...ready, canProve: false }, /id-token: write/],
};

for (const [reason, [state, message]] of Object.entries(refused)) {
  test(`refused, with one reason: ${reason}`, () => {
    const problems = releaseProblems(state);
    assert.is(problems.length, 1, problems.join('\n'));
    assert.match(problems[0], message);
  });
}

test('every reason is told at once', () => {
  assert.is(releaseProblems({ ...ready, repositoryUrl: undefined, uncommitted: '?? a', changelog: '', canProve: false }).length, 4);
});

test('headings with and without brackets', () => {
  assert.is(newestHeading('# Changelog\n\n## 0.1.0\n'), '0.1.0');
  assert.is(newestHeading('## [0.2.0-beta.1] - 2025-01-31\n## 0.1.0\n'), '0.2.0-beta.1');
});

test('addresses of the root package and of one in a folder', () => {
  assert.equal(repositoryFields(url, '.'), {
    repository: { type: 'git', url: 'git+https://git.example/owner/name.git' },
    homepage: 'https://git.example/owner/name#readme',
    bugs: { url: 'https://git.example/owner/name/issues' },
  });
  const { repository, homepage } = repositoryFields(url, 'tools');
  assert.is(repository.directory, 'tools');
  assert.is(homepage, 'https://git.example/owner/name/tree/main/tools#readme');
});

test('what is no address of a repository throws RangeError', () => {
  for (const bad of ['', 'name', 'http://git.example/owner/name', `${url}/`, `${url}.git`, `${url}/issues`, 'https://git.example/name'])
    assert.throws(() => repositoryFields(bad, '.'), /^repositoryUrl must be like/, bad);
});

test('the published manifest keeps all fields and adds three', () => {
  const manifest = publishedManifest(tools, url);
  assert.equal(Object.keys(manifest), [...Object.keys(tools.manifest), 'repository', 'homepage', 'bugs']);
  assert.is(manifest.dependencies, tools.manifest.dependencies);
});

test('packages are published with provenance and without scripts, betas beside the newest version', () => {
  const command = publishCommand('./folder', '1.2.3').join(' ');
  assert.is(command, 'npm publish ./folder --provenance --access public --tag latest --ignore-scripts');
  assert.match(publishCommand('./folder', '1.2.3-beta.1').join(' '), /--tag next/);
});

const packages = ['.', 'tools'].map((folder): Package => {
  return { folder, manifest: JSON.parse(readFileSync(fromRoot(folder, 'package.json'), 'utf8')) };
});

test('npm finds nothing to correct in the files that are published, which are those packed', () => {
  const destination = mkdtempSync(join(tmpdir(), 'zeropoint-release-'));
  try {
    for (const source of packages) {
      const folder = stagePackage(source, url, destination);
      const before = readFileSync(join(folder, 'package.json'), 'utf8');
      assert.equal(JSON.parse(before), publishedManifest(source, url));
      assert.ok(readdirSync(folder).includes('LICENSE') && readdirSync(folder).includes('dist'));
      // npm drops fields that it takes for wrong, such as a command at ./bin.js, when it publishes.
      const { status, stderr } = spawnSync('npm', ['pkg', 'fix'], { cwd: folder, encoding: 'utf8' });
      assert.is(status, 0, stderr);
      assert.equal(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')), JSON.parse(before));
    }
  } finally {
    rmSync(destination, { recursive: true });
  }
});

test('the versions of both packages agree, and the manifests have no addresses of their own', () => {
  const state = { ...ready, packages, changelog: `## ${packages[0].manifest.version}\n` };
  assert.equal(releaseProblems(state), []);
  for (const { manifest } of packages)
    for (const field of ['repository', 'homepage', 'bugs']) assert.not.ok(field in manifest, `${manifest.name}: ${field}`);
});

test('npm run release says why it refuses and publishes nothing', () => {
  const env = { ...process.env, ACTIONS_ID_TOKEN_REQUEST_URL: undefined };
  const { status, stdout, stderr } = spawnSync(process.execPath, [bundledProgram('tools/build/release.ts'), '--dry-run'], {
    cwd: root,
    env,
    encoding: 'utf8',
  });
  assert.is(status, 1);
  assert.match(stderr, /^release: npm signs a provenance statement/m);
  if (repositoryUrl === undefined) assert.match(stderr, /^release: the repository has no public address/m);
  assert.is(/npm publish/.test(stdout), repositoryUrl !== undefined, stdout);
});

test.run();
