// Owns the process: arguments, standard streams, colours and bars on terminals only, Ctrl-C, exit code.
import pc from 'picocolors';
import { runCommandLine } from './program';

// A reader that has seen enough, as `head`, is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

let interruption: AbortController | undefined;

/** Bun and Deno, too, claim a version of Node. */
const { bun, deno, node } = process.versions;
const runtime = bun ? `Bun ${bun}` : deno ? `Deno ${deno}` : `Node ${node}`;

process.exitCode = await runCommandLine(process.argv.slice(2), {
  write: (text) => void process.stdout.write(text),
  warn: (text) => void process.stderr.write(text),
  colors: pc.createColors(process.stdout.isTTY === true && !process.env.NO_COLOR),
  runtime,
  screen: process.stderr.isTTY ? process.stderr : undefined,
  interruption: () => {
    if (interruption === undefined) {
      const controller = new AbortController();
      // Each listener serves once, so that a second signal does what it does by default.
      for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => controller.abort());
      interruption = controller;
    }
    return interruption.signal;
  },
});
