// Owns the run of one test file in a process of its own, and the verdict on it.
import { type ChildProcess, spawn } from 'node:child_process';

/** How a file ended; a file is good if `failed` is 0. */
export interface Outcome {
  readonly output: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly seconds: number;
}

/** Without uvu's colours. */
export function plainText(output: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character begins a colour
  return output.replace(/\u001b\[[0-9;]*m/g, '');
}

/** uvu's closing lines, the last of a process; the total holds passed and failed tests, but no skipped ones. */
const closing = /^ {2}Total: +(\d+)\n {2}Passed: +(\d+)\n {2}Skipped: +(\d+)\n {2}Duration: /gm;

/**
 * The verdict on a process that ended with `code` (null: by a signal) and printed `output`. One that prints no counts, holds no test or
 * ends with another code than 0 has at least one failure.
 */
function judge(code: number | null, output: string): Pick<Outcome, 'passed' | 'failed' | 'skipped'> {
  const [total, passed, skipped] = ([...plainText(output).matchAll(closing)].at(-1) ?? []).slice(1).map(Number);
  if (total === undefined) return { passed: 0, failed: 1, skipped: 0 };
  const isWhole = code === 0 && total + skipped > 0;
  return { passed, failed: Math.max(total - passed, isWhole ? 0 : 1), skipped };
}

const running = new Set<ChildProcess>();

/** Ends a process and those that it started, which are all in its group. */
function end({ pid }: ChildProcess): void {
  try {
    process.kill(-pid!, 'SIGKILL');
  } catch {
    // All of them have ended.
  }
}

// A group of its own does not get the terminal's Ctrl-C.
process.on('exit', () => running.forEach(end));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

/** Runs a compiled test file in `cwd`. After `limitSeconds` it counts as hung, is ended with all that it started, and has failed. */
export function runFile(file: string, cwd: string, env: NodeJS.ProcessEnv, limitSeconds: number): Promise<Outcome> {
  return new Promise((resolve) => {
    const start = performance.now();
    const child = spawn(process.execPath, ['--enable-source-maps', '--expose-gc', file], { cwd, env, detached: true });
    running.add(child);
    let output = '';
    let hung = false;
    const limit = setTimeout(() => {
      hung = true;
      end(child);
    }, limitSeconds * 1000);
    const collect = (chunk: string) => {
      output += chunk;
    };
    child.stdout.setEncoding('utf8').on('data', collect);
    child.stderr.setEncoding('utf8').on('data', collect);
    // The end of the process and of everything that could still print.
    child.on('close', (code, signal) => {
      clearTimeout(limit);
      running.delete(child);
      if (hung) output += `\nnot ended after ${limitSeconds} s\n`;
      else if (signal) output += `\nended by ${signal}\n`;
      const seconds = (performance.now() - start) / 1000;
      resolve({ output, ...judge(hung ? null : code, output), seconds });
    });
  });
}
