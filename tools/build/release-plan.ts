// Owns what a release needs and does, as data: what forbids it, the published manifests, the commands in order.
import { repositoryFields } from './repository';

/** The part of package.json that a release reads. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** A package by its folder in the repository; '.' is the root. */
export interface Package {
  readonly folder: string;
  readonly manifest: Manifest;
}

/** What a release depends on, read from the checkout and its environment. */
export interface ReleaseState {
  readonly repositoryUrl: string | undefined;
  /** Each after those that it depends on, which is the order of publishing. */
  readonly packages: readonly Package[];
  /** The text of CHANGELOG.md. */
  readonly changelog: string;
  /** What `git status --porcelain` prints. */
  readonly uncommitted: string;
  /** Whether the environment can sign a provenance statement. */
  readonly canProve: boolean;
}

/** `## [1.2.3] - 2025-01-31` or `## 1.2.3`, the first in the file; an `Unreleased` above it counts as the newest heading. */
export function newestHeading(changelog: string): string | undefined {
  return changelog.match(/^## \[?([^\]\s]+)/m)?.[1];
}

/** Why nothing may be published, each with what to do; empty: nothing forbids it. */
export function releaseProblems({ repositoryUrl, packages, changelog, uncommitted, canProve }: ReleaseState): string[] {
  const problems: string[] = [];
  if (repositoryUrl === undefined)
    problems.push('the repository has no public address: give repositoryUrl in tools/build/repository.ts its value');
  if (uncommitted.trim() !== '') problems.push(`the checkout differs from its commit, commit or remove:\n${uncommitted.trimEnd()}`);
  const { name, version } = packages[0].manifest;
  for (const { manifest } of packages) {
    if (manifest.version !== version)
      problems.push(`${manifest.name} has version ${manifest.version}, ${name} has ${version}: make them equal`);
    const required = manifest.dependencies?.[name];
    if (required !== undefined && required !== version)
      problems.push(`${manifest.name} depends on ${name} ${required}: make it ${version}`);
  }
  const newest = newestHeading(changelog);
  if (newest !== version) problems.push(`the newest heading of CHANGELOG.md is ${newest ?? 'missing'}: make it ${version}`);
  if (!canProve)
    problems.push('npm signs a provenance statement only in GitHub Actions with the permission id-token: write: release there');
  return problems;
}

/** The manifest as it is published: with the addresses. Throws RangeError for an address of another form. */
export function publishedManifest({ folder, manifest }: Package, repositoryUrl: string): Manifest {
  return { ...manifest, ...repositoryFields(repositoryUrl, folder) };
}

/**
 * The command that publishes the files in `folder`. They are packed from a finished build, so that no script of theirs runs again; `tag`
 * is npm's name for the newest version of a kind: of those like 1.2.3-beta.1 it is `next`.
 */
export function publishCommand(folder: string, version: string): string[] {
  const tag = version.includes('-') ? 'next' : 'latest';
  return ['npm', 'publish', folder, '--provenance', '--access', 'public', '--tag', tag, '--ignore-scripts'];
}
