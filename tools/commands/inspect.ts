// Owns `zeropoint inspect`: flags, help and action; operators, sizes and memory of a model, without running it.
import type { Command } from 'commander';
import { inspectModel } from '../model/inspection';
import { openModel } from '../model/open';
import { ownProperties } from '../options';
import { renderInspection } from '../report/inspect';
import { print } from '../terminal/print';
import type { Terminal } from '../terminal/terminal';

const examples = `
Examples:
  $ zeropoint inspect mobilenet.tflite
  $ zeropoint inspect mobilenet.tflite --json | jq .totals`;

async function inspect(path: string, flags: { json?: boolean }, terminal: Terminal): Promise<void> {
  const { model, bytes } = await openModel(path);
  try {
    const inspection = inspectModel(path, bytes.length, model);
    print(inspection, flags, terminal, renderInspection);
  } finally {
    model.dispose();
  }
}

export function addInspect(program: Command, terminal: Terminal): void {
  program
    .command('inspect')
    .summary("show a model's operators, sizes and memory")
    .description('Show the operators of MODEL with shapes, quantization, kernels and costs, and the exact memory it will use.')
    .argument('<model>', 'a .tflite file')
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples)
    .action((model: string, flags: { json?: boolean }) => inspect(model, ownProperties(flags), terminal));
}
