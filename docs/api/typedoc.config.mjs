// Owns the settings of the API reference: the published types of both packages, a module for each entry, by the name that users import.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Converter } from 'typedoc';

const fromRoot = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** Files of types by the names of the entries that they belong to. */
function entriesOf(folder) {
  const { name, exports } = JSON.parse(readFileSync(fromRoot(`${folder}package.json`), 'utf8'));
  const typed = Object.entries(exports).filter(([, { types }]) => types?.startsWith('./dist/'));
  return typed.map(([entry, { types }]) => [entry.replace('.', name), fromRoot(folder + types.slice(2))]);
}

const entries = new Map([...entriesOf(''), ...entriesOf('tools/')]);

/** Modules get the names of entries, where typedoc takes the paths of files. */
function nameModules(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const module of project.children) {
      const [name] = [...entries].find(([, file]) => file === project.getSymbolIdFromReflection(module)?.fileName.toString()) ?? [];
      if (!name) throw new Error(`${module.name} is no entry`);
      module.name = name;
    }
  });
}

/** @type {import('typedoc').TypeDocOptions} */
export default {
  name: 'zeropoint',
  entryPoints: [...entries.values()],
  sort: ['source-order'],
  sortEntryPoints: false,
  tsconfig: fromRoot('docs/api/tsconfig.json'),
  // Markdown, a file for each entry, which docs/site/ makes pages of.
  out: fromRoot('build/api'),
  router: 'module',
  hidePageHeader: true,
  hideBreadcrumbs: true,
  useCodeBlocks: true,
  useHTMLAnchors: true,
  parametersFormat: 'table',
  interfacePropertiesFormat: 'table',
  typeDeclarationFormat: 'table',
  excludePrivate: true,
  excludeProtected: true,
  readme: 'none',
  includeVersion: true,
  // What entries return and take but do not export by name.
  plugin: ['typedoc-plugin-markdown', 'typedoc-plugin-missing-exports', nameModules],
  internalModule: 'Referenced types',
  // No address of the sources is known.
  disableSources: true,
  treatWarningsAsErrors: true,
};
