// Owns `zeropoint inspect`: flags, help and action; operators, sizes and memory of a model, without running it.
import type { Command } from 'commander';
import { ModelError } from 'zeropoint';
import { readInventory } from 'zeropoint/tflite';
import { isForeign, readModelFiles } from '../import/index';
import { inspectModel } from '../model/inspection';
import { fileBytesOf, loadModel } from '../model/open';
import { ownProperties } from '../options';
import { renderInspection, renderInventory } from '../report/inspect';
import { print } from '../terminal/print';
import type { Terminal } from '../terminal/terminal';
import { addImportOptions, type ImportFlags, importOptions } from './import';

const examples = `
Examples:
  $ zeropoint inspect mobilenet.tflite
  $ zeropoint inspect mobilenet.tflite --json | jq .totals
  $ zeropoint inspect float.onnx --shape x=1x3x224x224`;

interface InspectFlags extends ImportFlags {
  json?: boolean;
}

/** Shows what a `.tflite` holds that cannot run. Nothing is shown where its structure is broken, too. */
function describe(path: string, bytes: Uint8Array, flags: InspectFlags, terminal: Terminal): void {
  try {
    print({ file: path, fileBytes: bytes.length, ...readInventory(bytes) }, flags, terminal, renderInventory);
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
  }
}

async function inspect(path: string, flags: InspectFlags, terminal: Terminal): Promise<void> {
  const files = await readModelFiles(path);
  const model = await loadModel(files, path, importOptions(flags)).catch((error: unknown) => {
    if (error instanceof ModelError && !isForeign(files)) describe(path, files.main, flags, terminal);
    throw error;
  });
  try {
    const inspection = inspectModel(path, fileBytesOf(files), model);
    print(inspection, flags, terminal, renderInspection);
  } finally {
    model.dispose();
  }
}

export function addInspect(program: Command, terminal: Terminal): void {
  const command = program
    .command('inspect')
    .summary("show a model's operators, sizes and memory")
    .description(
      'Show the operators of MODEL with shapes, quantization, kernels and costs, and the exact memory it will use. Of a model that cannot ' +
        'run, show what it holds and which operators are missing.',
    )
    .argument('<model>', 'a .tflite or ONNX file, or a TensorFlow.js model');
  addImportOptions(command)
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples)
    .action((model: string, flags: InspectFlags) => inspect(model, ownProperties(flags), terminal));
}
