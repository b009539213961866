// Owns a terminal for tests of the command line: what is printed is kept, without colours; bytes as Latin-1.
import { PassThrough } from 'node:stream';
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

/** A terminal that a bar can be drawn on; `onDraw` gets everything drawn so far. */
export function barScreen(onDraw: (drawn: string) => void) {
  const screen = Object.assign(new PassThrough(), { isTTY: true, columns: 100, cursorTo: () => true, clearLine: () => true });
  let drawn = '';
  screen.on('data', (chunk) => {
    drawn += chunk;
    onDraw(drawn);
  });
  return screen;
}
