// Owns `zeropoint convert`: flags, help and action; an ONNX file or a TensorFlow.js model to a .tflite of the same numbers.
import type { Command } from 'commander';
import { ModelError } from 'zeropoint';
import { writeModel } from 'zeropoint/tflite';
import { graphOf, isForeign, readModelFiles } from '../import/index';
import { fileBytesOf } from '../model/open';
import { ownProperties } from '../options';
import { print } from '../terminal/print';
import type { Terminal } from '../terminal/terminal';
import { addImportOptions, type ImportFlags, importOptions } from './import';
import { openOutput } from './output';

const examples = `
A quantized file keeps its codes, scales and zero points, a float one its floats.

Examples:
  $ zeropoint convert int8.onnx -o int8.tflite
  $ zeropoint convert tfjs/model.json -o float.tflite`;

interface ConvertFlags extends ImportFlags {
  output: string;
  json?: boolean;
}

/** @throws ModelError */
async function convert(path: string, flags: ConvertFlags, terminal: Terminal): Promise<void> {
  const output = await openOutput(flags.output, terminal, [path]);
  const source = await readModelFiles(path);
  if (!isForeign(source))
    throw new ModelError('bad-argument', 'it is no ONNX file and no TensorFlow.js model; only these are converted', { where: path });
  const graph = graphOf(source, path, importOptions(flags));
  const bytes = writeModel(graph);
  await output.write(bytes);
  const report = { output: flags.output, operators: graph.nodes.length, sourceBytes: fileBytesOf(source), bytes: bytes.length };
  print(report, { json: flags.json, aside: output.isStandard }, terminal, (shown) => `${shown.output}: ${shown.operators} operators\n`);
}

export function addConvert(program: Command, terminal: Terminal): void {
  const command = program
    .command('convert')
    .summary('make a .tflite of an ONNX or TensorFlow.js model')
    .description('Write MODEL, a float network or a quantized one in ONNX, as a standard .tflite.')
    .argument('<model>', 'an ONNX file, model.json or its folder')
    .requiredOption('-o, --output <file>', 'where the .tflite goes');
  addImportOptions(command)
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples)
    .action((model: string, flags: ConvertFlags) => convert(model, ownProperties(flags), terminal));
}
