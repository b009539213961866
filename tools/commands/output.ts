// Owns where results go: files, pipes, and standard output by `-`; checked before the work begins.
import { ModelError } from 'zeropoint';
import { checkTarget, fileExists, realPath, type TargetKind, writeBytes } from '../files';
import type { Terminal } from '../terminal/terminal';

/** Names of standard output. */
const standardOutput = ['-', '/dev/stdout', '/dev/fd/1', '/proc/self/fd/1'];

export const isStandardOutput = (path: string | undefined): boolean => path !== undefined && standardOutput.includes(path);

export interface Output {
  /** Whether results go to standard output, so that nothing else may. */
  readonly isStandard: boolean;
  readonly kind: TargetKind;
  write(content: Uint8Array | string): Promise<void>;
}

/** @throws ModelError `bad-argument` where a result would replace one of the files that it is made of */
async function checkNoInput(path: string, inputs: readonly string[]): Promise<void> {
  if (!(await fileExists(path))) return;
  const target = await realPath(path);
  for (const input of inputs) {
    if ((await fileExists(input)) && (await realPath(input)) === target)
      throw new ModelError('bad-argument', `'${path}' is read by this command and would be replaced by its result; name another file`);
  }
}

/**
 * `inputs`: paths of the files that the command reads.
 * @throws ModelError `bad-argument` for folders, devices, inputs, and places where nothing can be written
 */
export async function openOutput(path: string, terminal: Pick<Terminal, 'write'>, inputs: readonly string[] = []): Promise<Output> {
  if (isStandardOutput(path)) {
    return { isStandard: true, kind: 'stream', write: async (content) => terminal.write(content) };
  }
  const kind = await checkTarget(path);
  await checkNoInput(path, inputs);
  return {
    isStandard: false,
    kind,
    write: (content) => writeBytes(path, typeof content === 'string' ? new TextEncoder().encode(content) : content),
  };
}

/** The output of an option that may be left out. */
export async function openOptional(
  path: string | undefined,
  terminal: Pick<Terminal, 'write'>,
  inputs: readonly string[] = [],
): Promise<Output | undefined> {
  return path === undefined ? undefined : openOutput(path, terminal, inputs);
}
