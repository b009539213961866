// Owns a run of the AssemblyScript compiler, whose warnings are errors.
import { main } from 'assemblyscript/asc';
import { root } from './root';

/** Where sources come from and outputs go to instead of the repository. */
export interface Files {
  /** The text of a source, or null where it does not exist. */
  readonly readFile: (name: string) => string | null;
  readonly writeFile: (name: string, contents: string | Uint8Array) => void;
  readonly listFiles: () => string[];
}

/** Compiles with the command line's `options`. Throws with the compiler's diagnostics on errors and on warnings. */
export async function compile(options: readonly string[], files?: Files): Promise<void> {
  // asc reports warnings on stderr and succeeds.
  const { error, stderr } = await main([...options, '--noColors', '--baseDir', root], { ...files });
  const diagnostics = stderr.toString();
  if (error || diagnostics !== '') throw new Error(`asc ${options.join(' ')}\n${diagnostics || error?.message}`);
}
