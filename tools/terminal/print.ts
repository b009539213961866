// Owns printing reports: as text, clean for the terminal, or as one JSON document.
import { clean, cleanText } from './clean';
import type { Terminal } from './terminal';

interface PrintOptions {
  /** Print JSON, with all texts as they are in the files. */
  readonly json?: boolean;
  /** Standard output takes a result's bytes, so that reports go to standard error. */
  readonly aside?: boolean;
}

/** Prints `report`, which is plain data; `render` gives its text. */
export function print<T>(
  report: T,
  { json, aside }: PrintOptions,
  terminal: Terminal,
  render: (report: T, terminal: Terminal) => string,
): void {
  const text = json ? `${JSON.stringify(report, null, 2)}\n` : render(clean(report), terminal);
  if (aside) terminal.warn(text);
  else terminal.write(text);
}

/** A line on standard error. */
export function warnLine(text: string, terminal: Pick<Terminal, 'warn'>): void {
  terminal.warn(`${cleanText(text)}\n`);
}
