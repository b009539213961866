// Owns what commands may know of the place they print to.
import type { Colors } from 'picocolors/types';

export interface Terminal {
  /** To standard output, as it is. */
  write(text: string): void;
  /** To standard error, as it is. */
  warn(text: string): void;
  /** Plain functions where output is not a terminal. */
  readonly colors: Colors;
  /** Engine and version, as `Node 20.20.2`: a measured number names where it was measured. */
  readonly runtime: string;
  /** Where progress bars are drawn; absent where that is a file or a pipe. */
  readonly screen?: NodeJS.WritableStream;
  /**
   * A signal that aborts at Ctrl-C. From the first call on, Ctrl-C leaves it to the command to end, and only a second one ends the
   * process. Absent: nothing interrupts.
   */
  interruption?(): AbortSignal;
}
