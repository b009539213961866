// Owns `zeropoint convert`: flags, help and action; an ONNX file to a .tflite of the same numbers.
import type { Command } from 'commander';
import { ModelError } from 'zeropoint';
import { writeModel } from 'zeropoint/tflite';
import { isOnnx, isTfjs } from '../import/index';
import { graphOf, readModelFile } from '../model/open';
import { ownProperties } from '../options';
import { print } from '../terminal/print';
import type { Terminal } from '../terminal/terminal';
import { addImportOptions, type ImportFlags, importOptions } from './import';
import { openOutput } from './output';

const examples = `
A quantized file keeps its codes, scales and zero points, a float one its floats.

Examples:
  $ zeropoint convert int8.onnx -o int8.tflite`;

interface ConvertFlags extends ImportFlags {
  output: string;
  json?: boolean;
}

/** @throws ModelError */
async function convert(path: string, flags: ConvertFlags, terminal: Terminal): Promise<void> {
  const output = await openOutput(flags.output, terminal);
  const source = await readModelFile(path, importOptions(flags));
  if (!isOnnx(source) && !(await isTfjs(path)))
    throw new ModelError('bad-argument', 'it is no ONNX file and no TensorFlow.js model; only these are converted', { where: path });
  const graph = graphOf(path, source, importOptions(flags));
  const bytes = writeModel(graph);
  await output.write(bytes);
  const report = { output: flags.output, operators: graph.nodes.length, sourceBytes: source.length, bytes: bytes.length };
  print(report, { json: flags.json, aside: output.isStandard }, terminal, (shown) => `${shown.output}: ${shown.operators} operators\n`);
}

export function addConvert(program: Command, terminal: Terminal): void {
  const command = program
    .command('convert')
    .summary('make a .tflite of an ONNX file')
    .description('Write ONNX, a quantized or float network, as a standard .tflite.')
    .argument('<onnx>', 'an ONNX file')
    .requiredOption('-o, --output <file>', 'where the .tflite goes');
  addImportOptions(command)
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples)
    .action((onnx: string, flags: ConvertFlags) => convert(onnx, ownProperties(flags), terminal));
}
