// Owns the process: arguments, standard streams, colours on terminals only, exit code.
import pc from 'picocolors';
import { runCommandLine } from './program';

// A reader that has seen enough, as `head`, is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

process.exitCode = await runCommandLine(process.argv.slice(2), {
  write: (text) => void process.stdout.write(text),
  warn: (text) => void process.stderr.write(text),
  colors: pc.createColors(process.stdout.isTTY === true && !process.env.NO_COLOR),
  runtime: `Node ${process.versions.node}`,
});
