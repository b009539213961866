// Owns where results go: files, pipes, and standard output by `-`; checked before the work begins.
import { checkTarget, type TargetKind, writeBytes } from '../files';
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

/** @throws ModelError `bad-argument` for folders, devices, and places where nothing can be written */
export async function openOutput(path: string, terminal: Pick<Terminal, 'write'>): Promise<Output> {
  if (isStandardOutput(path)) {
    return { isStandard: true, kind: 'stream', write: async (content) => terminal.write(content) };
  }
  const kind = await checkTarget(path);
  return {
    isStandard: false,
    kind,
    write: (content) => writeBytes(path, typeof content === 'string' ? new TextEncoder().encode(content) : content),
  };
}

/** The output of an option that may be left out. */
export async function openOptional(path: string | undefined, terminal: Pick<Terminal, 'write'>): Promise<Output | undefined> {
  return path === undefined ? undefined : openOutput(path, terminal);
}
