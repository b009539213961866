// Owns a terminal for tests of the command line: what is printed is kept, without colours.
import pc from 'picocolors';
import type { Terminal } from '../../tools/terminal/terminal';

/** `out` and `err` grow with every line printed. */
export function recordingTerminal(): Terminal & { out: string; err: string } {
  const terminal = {
    out: '',
    err: '',
    write: (text: string) => {
      terminal.out += text;
    },
    warn: (text: string) => {
      terminal.err += text;
    },
    colors: pc.createColors(false),
    runtime: 'Node 0.0.0',
  };
  return terminal;
}
