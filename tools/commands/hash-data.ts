// Owns the first stage of commands that record their data: hashing all of it, with progress and Ctrl-C as in every other stage.
import type { Dataset } from '../dataset/dataset';
import { showProgress } from '../terminal/progress';
import type { Terminal } from '../terminal/terminal';

/** Afterwards `dataset.hash()` answers at once. @throws the interruption's reason */
export async function hashData(dataset: Dataset, terminal: Terminal): Promise<void> {
  const progress = showProgress('hash', terminal);
  try {
    await dataset.hash({ onProgress: progress.update, signal: terminal.interruption?.() });
  } finally {
    progress.stop();
  }
}
