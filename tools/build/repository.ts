// Owns the address of the public repository, from which the published manifests get `repository`, `homepage` and `bugs`.

/** As https://git.example/owner/name, without a slash or .git at the end; undefined as long as no repository is public. */
export const repositoryUrl: string | undefined = undefined;

/** The fields of package.json that hold addresses. */
export interface RepositoryFields {
  readonly repository: { readonly type: 'git'; readonly url: string; readonly directory?: string };
  readonly homepage: string;
  readonly bugs: { readonly url: string };
}

/**
 * The fields for the package in `folder` of the repository at `url`; '.' is its root. Throws RangeError for what is no such address: npm
 * compares `repository.url` with the repository that the provenance names.
 */
export function repositoryFields(url: string, folder: string): RepositoryFields {
  if (!/^https:\/\/[\w.-]+\/[\w.-]+\/[\w.-]*[\w-]$/.test(url) || url.endsWith('.git'))
    throw new RangeError(`repositoryUrl must be like https://git.example/owner/name, without .git; it is ${url}`);
  const inRoot = folder === '.';
  return {
    repository: { type: 'git', url: `git+${url}.git`, ...(inRoot ? {} : { directory: folder }) },
    homepage: inRoot ? `${url}#readme` : `${url}/tree/main/${folder}#readme`,
    bugs: { url: `${url}/issues` },
  };
}
