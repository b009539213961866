// Owns the text of `zeropoint run`: one block per run.
import type { Terminal } from '../terminal/terminal';
import { formatMilliseconds, formatSignificant } from './numbers';
import type { ClassScore, Detection, OutputResult, RunResult } from './results';
import { renderTable } from './table';
import { formatShape } from './tensors';

/** One run as reported: which files, how they became inputs, how long it took, what came out. */
export interface RunReport extends RunResult {
  inputs: { file: string; preprocessing: string }[];
  milliseconds: number;
}

const barCells = 20;
const eighths = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** A bar of `share` (0..1) of twenty cells, in eighths of a cell. */
function bar(share: number): string {
  const cells = Math.max(0, Math.min(1, share)) * barCells;
  const whole = Math.floor(cells);
  return ('█'.repeat(whole) + eighths[Math.floor((cells - whole) * 8)]).trimEnd();
}

const labelOf = ({ label, class: index }: ClassScore): string => label ?? `class ${index}`;

function classTable(classes: readonly ClassScore[], terminal: Terminal): string {
  const { colors } = terminal;
  // Probabilities are drawn as they are; logits relative to the best one.
  const probable = classes.every(({ score }) => score >= 0 && score <= 1);
  const unit = probable ? 1 : Math.max(...classes.map(({ score }) => Math.abs(score)));
  const rows = classes.map((entry, i) => [
    i === 0 ? colors.bold(labelOf(entry)) : labelOf(entry),
    String(entry.class),
    probable ? entry.score.toFixed(3) : formatSignificant(entry.score, 3),
    colors.cyan(bar(entry.score / unit)),
  ]);
  const columns = [{ head: 'label' }, { head: 'class', align: 'right' as const }, { head: 'score', align: 'right' as const }, { head: '' }];
  return renderTable(columns, rows, terminal);
}

function detectionTable(detections: readonly Detection[], terminal: Terminal): string {
  if (detections.length === 0) return 'nothing detected\n';
  const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
  const rows = detections.map((entry) => [
    terminal.colors.bold(labelOf(entry)),
    String(entry.class),
    entry.score.toFixed(3),
    ...[entry.box.left, entry.box.top, entry.box.right, entry.box.bottom].map(percent),
  ]);
  const heads = ['class', 'score', 'left', 'top', 'right', 'bottom'].map((head) => ({ head, align: 'right' as const }));
  return renderTable([{ head: 'label' }, ...heads], rows, terminal);
}

/** Indices and counts stay whole. */
const formatValue = (value: number): string => (Number.isSafeInteger(value) ? String(value) : formatSignificant(value));

function summaryTable(outputs: readonly OutputResult[], terminal: Terminal): string {
  const rows = outputs.map(({ name, shape, dtype, summary }, i) => [
    String(i),
    name,
    formatShape(shape),
    dtype,
    ...(summary ? [summary.min, summary.max, summary.mean].map(formatValue) : []),
  ]);
  const numbers = ['min', 'max', 'mean'].map((head) => ({ head, align: 'right' as const }));
  return renderTable([{ head: '#', align: 'right' }, { head: 'output' }, { head: 'shape' }, { head: 'type' }, ...numbers], rows, terminal);
}

/** One run: a line naming its inputs, then the table its outputs call for. */
export function renderRun(report: RunReport, terminal: Terminal): string {
  const { colors } = terminal;
  const files = report.inputs.map(({ file, preprocessing }) => `${colors.bold(file)} ${colors.dim(`(${preprocessing})`)}`);
  const head = `${files.join(', ')}  ${formatMilliseconds(report.milliseconds)}\n\n`;
  if (report.detections) return head + detectionTable(report.detections, terminal);
  const classes = report.outputs.find((output) => output.classes)?.classes;
  return head + (classes ? classTable(classes, terminal) : summaryTable(report.outputs, terminal));
}
