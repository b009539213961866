// Owns the process: arguments, standard streams, colours and bars on terminals only, Ctrl-C, exit code.
import pc from 'picocolors';
import { runCommandLine } from './program';

// A pipe closed by its reader, as `head` does, is no error: EPIPE ends the process quietly.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

let interruption: AbortController | undefined;

/** Bun and Deno set `process.versions.node` too, so theirs come first. */
const { bun, deno, node } = process.versions;
const runtime = bun ? `Bun ${bun}` : deno ? `Deno ${deno}` : `Node ${node}`;

async function readInput(): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of process.stdin) parts.push(part as Uint8Array);
  return new Uint8Array(Buffer.concat(parts));
}

process.exitCode = await runCommandLine(process.argv.slice(2), {
  write: (content) => void process.stdout.write(content),
  warn: (text) => void process.stderr.write(text),
  readInput: process.stdin.isTTY ? undefined : readInput,
  colors: pc.createColors(process.stdout.isTTY === true && !process.env.NO_COLOR),
  runtime,
  screen: process.stderr.isTTY ? process.stderr : undefined,
  interruption: () => {
    if (interruption === undefined) {
      const controller = new AbortController();
      // Listeners are removed by the first signal, so that a second one ends the process, the default.
      for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => controller.abort());
      interruption = controller;
    }
    return interruption.signal;
  },
});
