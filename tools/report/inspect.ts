// Owns the text of `zeropoint inspect`.
import type { OperatorInfo, TensorInfo } from 'zeropoint';
import type { DeclaredTensor, Inventory } from 'zeropoint/tflite';
import type { Inspection } from '../model/inspection';
import type { Terminal } from '../terminal/terminal';
import { formatBytes, formatCount, formatMillions } from './numbers';
import { renderTable } from './table';
import { formatQuantization, formatShape } from './tensors';

function tensorLines(tensors: readonly TensorInfo[], { colors }: Terminal): string {
  const width = tensors.reduce((widest, { name }) => Math.max(widest, name.length), 0);
  return tensors
    .map((tensor, i) => {
      const quantization = formatQuantization(tensor);
      const type = `${formatShape(tensor.shape)} ${tensor.dtype}`;
      return `  ${i}  ${tensor.name.padEnd(width)}  ${type}${quantization && colors.dim(`  ${quantization}`)}\n`;
    })
    .join('');
}

function operatorTable(operators: readonly OperatorInfo[], terminal: Terminal): string {
  const { colors } = terminal;
  const rows = operators.map(({ name, kernel, inputs, outputs, macs, parameters, weightBytes }) => {
    const [output] = outputs;
    return [
      name,
      inputs.length > 0 ? formatShape(inputs[0].shape) : '',
      output ? formatShape(output.shape) : '',
      output?.dtype ?? '',
      output ? colors.dim(formatQuantization(output)) : '',
      kernel === 'host' ? colors.yellow(kernel) : kernel,
      macs > 0 ? formatCount(macs) : '',
      parameters > 0 ? formatCount(parameters) : '',
      weightBytes > 0 ? formatBytes(weightBytes) : '',
    ];
  });
  const texts = ['operator', 'input', 'output', 'type', 'quantization', 'kernel'].map((head) => ({ head }));
  const numbers = ['mult-adds', 'parameters', 'weights'].map((head) => ({ head, align: 'right' as const }));
  return renderTable([...texts, ...numbers], rows, terminal);
}

function declaredLines(tensors: readonly DeclaredTensor[]): string {
  const width = tensors.reduce((widest, { name }) => Math.max(widest, name.length), 0);
  const dimensions = (shape: readonly number[]) => `[${shape.map((dimension) => (dimension < 0 ? '?' : dimension))}]`;
  return tensors.map(({ name, shape, type }, i) => `  ${i}  ${name.padEnd(width)}  ${dimensions(shape)} ${type}\n`).join('');
}

/** Of a model that cannot run: missing operators first. */
export function renderInventory(inventory: Inventory & { file: string; fileBytes: number }, terminal: Terminal): string {
  const { colors } = terminal;
  const { description, subgraphs, signatures, operators } = inventory;
  const sorted = [...operators].sort((a, b) => Number(a.isSupported) - Number(b.isSupported));
  const rows = sorted.map(({ name, count, isSupported }) => [name, `${count}`, isSupported ? 'yes' : colors.yellow('missing')]);
  const columns = [{ head: 'operator' }, { head: 'count', align: 'right' as const }, { head: 'supported' }];
  const several =
    subgraphs > 1
      ? `\n${colors.bold('Subgraphs')}  ${subgraphs}${signatures.length > 0 ? `, signatures ${signatures.join(', ')}` : ''}\n`
      : '';
  return [
    `${colors.bold(inventory.file)}  ${formatBytes(inventory.fileBytes)}${description && colors.dim(`  ${description}`)}\n`,
    `\n${colors.bold('Inputs')}\n${declaredLines(inventory.inputs)}`,
    `\n${colors.bold('Outputs')}\n${declaredLines(inventory.outputs)}`,
    several,
    `\n${colors.bold('Operators')}\n${renderTable(columns, rows, terminal)}`,
    inventory.wayOut ? `\n${colors.yellow(inventory.wayOut)}\n` : '',
  ].join('');
}

export function renderInspection(inspection: Inspection, terminal: Terminal): string {
  const { colors } = terminal;
  const { totals, memory } = inspection;
  const host = totals.hostOperators > 0 ? colors.yellow(`, ${totals.hostOperators} of them on the host`) : '';
  const parts = `program ${formatBytes(memory.program)}, packed weights ${formatBytes(memory.weights)}, arena ${formatBytes(memory.arena)}`;
  return [
    `${colors.bold(inspection.file)}  ${formatBytes(inspection.fileBytes)}${inspection.description && colors.dim(`  ${inspection.description}`)}\n`,
    `\n${colors.bold('Inputs')}\n${tensorLines(inspection.inputs, terminal)}`,
    `\n${colors.bold('Outputs')}\n${tensorLines(inspection.outputs, terminal)}`,
    `\n${colors.bold('Operators')}\n${operatorTable(inspection.operators, terminal)}`,
    `\n${colors.bold('Totals')}    ${formatMillions(totals.macs)} mult-adds, ${formatMillions(totals.parameters)} parameters, ${formatCount(totals.operators)} operators${host}\n`,
    `${colors.bold('Memory')}    ${formatBytes(memory.total)} ${colors.dim(`= ${parts}`)}\n`,
  ].join('');
}
