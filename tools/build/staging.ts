// Owns the files of a release: what npm packs, unpacked beside a manifest with the addresses.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Package, publishedManifest } from './release-plan';
import { fromRoot } from './root';

/**
 * Packs a package as it is built into `destination`, which exists, and unpacks it there; returns the folder that is ready to publish.
 * Throws RangeError for an address of another form than `repositoryFields` takes, and when npm or tar fails.
 */
export function stagePackage(source: Package, repositoryUrl: string, destination: string): string {
  const manifest = publishedManifest(source, repositoryUrl);
  const pack = ['pack', '--json', '--ignore-scripts', '--pack-destination', destination];
  const [{ filename }] = JSON.parse(execFileSync('npm', pack, { cwd: fromRoot(source.folder), encoding: 'utf8' }));
  const folder = join(destination, filename.replace(/\.tgz$/, ''));
  mkdirSync(folder);
  // The paths in a tarball of npm begin with package/.
  execFileSync('tar', ['-xzf', join(destination, filename), '-C', folder, '--strip-components=1']);
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  return folder;
}
