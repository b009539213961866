// Owns a terminal for tests of the command line: what is printed is kept, without colours; bytes as Latin-1.
import pc from 'picocolors';
import type { Terminal } from '../../tools/terminal/terminal';

/** `out` and `err` grow with every line printed. */
export function recordingTerminal(): Terminal & { out: string; err: string } {
  const terminal = {
    out: '',
    err: '',
    write: (content: string | Uint8Array) => {
      terminal.out += typeof content === 'string' ? content : Buffer.from(content).toString('latin1');
    },
    warn: (text: string) => {
      terminal.err += text;
    },
    colors: pc.createColors(false),
    runtime: 'Node 0.0.0',
  };
  return terminal;
}
