// Owns the interface between commands and the process: output, colours, progress, interruption.
import type { Colors } from 'picocolors/types';

export interface Terminal {
  /** To standard output, unchanged: text, or bytes of a result. */
  write(content: string | Uint8Array): void;
  /** To standard error, unchanged. */
  warn(text: string): void;
  /** All of standard input; absent where it is a terminal, or may not be read. */
  readInput?(): Promise<Uint8Array>;
  /** Without escape sequences where output is not a terminal. */
  readonly colors: Colors;
  /** Engine and version, as `Node 20.20.2`, for reports of measurements. */
  readonly runtime: string;
  /** Where progress bars are drawn; absent where standard error is not a terminal. */
  readonly screen?: NodeJS.WritableStream;
  /**
   * A signal that aborts at Ctrl-C. From the first call on, the first Ctrl-C only aborts the signal, and a second one ends the process.
   * Absent: no interruption.
   */
  interruption?(): AbortSignal;
}
