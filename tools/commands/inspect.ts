// Owns `zeropoint inspect`: what a model consists of, without running it.
import { inspectModel } from '../model/inspection';
import { openModel } from '../model/open';
import { renderInspection } from '../report/inspect';
import type { Terminal } from '../terminal';

export async function inspect(path: string, flags: { json?: boolean }, terminal: Terminal): Promise<void> {
  const { model, bytes } = await openModel(path);
  try {
    const inspection = inspectModel(path, bytes.length, model);
    terminal.write(flags.json ? `${JSON.stringify(inspection, null, 2)}\n` : renderInspection(inspection, terminal));
  } finally {
    model.dispose();
  }
}
