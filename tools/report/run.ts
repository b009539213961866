// Owns the text of `zeropoint run`: one block per run.
import { type ClassScore, className, type Detection } from 'zeropoint/tasks';
import type { OutputResult, RunResult } from '../model/results';
import type { Terminal } from '../terminal/terminal';
import { formatMilliseconds, formatSignificant } from './numbers';
import { renderTable } from './table';
import { formatShape } from './tensors';

/** The JSON of one run: files and their preprocessing by input, latency, results. */
export interface RunReport extends RunResult {
  inputs: { file: string; preprocessing: string }[];
  milliseconds: number;
}

/** Width of a bar for 1, in characters. */
const barCells = 20;
/** Left blocks of n eighths of a character, U+258F to U+2589. */
const eighths = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** A bar of `share` * 20 characters, to an eighth of one; shares beyond [0, 1] are clamped. */
function bar(share: number): string {
  const cells = Math.max(0, Math.min(1, share)) * barCells;
  const whole = Math.floor(cells);
  return ('█'.repeat(whole) + eighths[Math.floor((cells - whole) * 8)]).trimEnd();
}

/** Smaller scores are printed as 0.000. */
const minShownScore = 0.0005;

const labelOf = ({ label, class: index }: ClassScore): string => label ?? className(index);

function classTable(classes: readonly ClassScore[], terminal: Terminal): string {
  const { colors } = terminal;
  // Bars of probabilities are absolute; bars of logits are relative to the largest |logit|.
  const areProbabilities = classes.every(({ score }) => score >= 0 && score <= 1);
  const unit = areProbabilities ? 1 : Math.max(...classes.map(({ score }) => Math.abs(score)));
  // The best one stays, even where its score is that small, too.
  const shown = areProbabilities ? classes.filter(({ score }, i) => i === 0 || score >= minShownScore) : classes;
  const rows = shown.map((entry, i) => [
    i === 0 ? colors.bold(labelOf(entry)) : labelOf(entry),
    String(entry.class),
    areProbabilities ? entry.score.toFixed(3) : formatSignificant(entry.score, 3),
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

function poseTables(poses: NonNullable<RunReport['poses']>, terminal: Terminal): string {
  if (poses.length === 0) return 'nobody found\n';
  const numbers = ['x', 'y', 'score'].map((head) => ({ head, align: 'right' as const }));
  const tables = poses.map(({ score, keypoints }, i) => {
    const rows = keypoints.map(({ name, x, y, score }) => [
      name.replaceAll('_', ' '),
      x.toFixed(0),
      y.toFixed(0),
      score.toFixed(3),
      terminal.colors.cyan(bar(score)),
    ]);
    return renderTable([{ head: `pose ${i + 1}, ${score.toFixed(3)}` }, ...numbers, { head: '' }], rows, terminal);
  });
  return tables.join('\n');
}

/** Rows of a table of landmarks; faces have hundreds, and JSON has them all. */
const maxLandmarks = 40;

function landmarkTable(landmarks: NonNullable<RunReport['landmarks']>, terminal: Terminal): string {
  const rows = landmarks
    .slice(0, maxLandmarks)
    .map(({ x, y, z }, i) => [String(i), ...[x, y, z].map((value) => String(Math.round(value) || 0))]);
  const rest = landmarks.length - rows.length;
  const columns = ['landmark', 'x', 'y', 'z'].map((head) => ({ head, align: 'right' as const }));
  return renderTable(columns, rows, terminal) + (rest > 0 ? `and ${rest} more; --json has all\n` : '');
}

function segmentTable(segments: NonNullable<RunReport['segments']>, terminal: Terminal): string {
  const shown = segments.filter(({ share }) => share >= minShownScore);
  const rows = shown.map(({ label, index, share }) => [
    terminal.colors.bold(label),
    String(index),
    `${(100 * share).toFixed(1)} %`,
    terminal.colors.cyan(bar(share)),
  ]);
  const columns = [
    { head: 'label' },
    { head: 'class', align: 'right' as const },
    { head: 'pixels', align: 'right' as const },
    { head: '' },
  ];
  return renderTable(columns, rows, terminal);
}

/** Whole numbers, such as indices and counts, without decimals. */
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

/** A line with the run's inputs and latency, then the table of objects, key points, shares, classes, or statistics of the outputs. */
export function renderRun(report: RunReport, terminal: Terminal): string {
  const { colors } = terminal;
  const files = report.inputs.map(({ file, preprocessing }) => `${colors.bold(file)} ${colors.dim(`(${preprocessing})`)}`);
  const head = `${files.join(', ')}  ${formatMilliseconds(report.milliseconds)}\n\n`;
  if (report.detections) return head + detectionTable(report.detections, terminal);
  if (report.poses) return head + poseTables(report.poses, terminal);
  if (report.segments) return head + segmentTable(report.segments, terminal);
  if (report.landmarks) return head + landmarkTable(report.landmarks, terminal);
  const classes = report.outputs.find((output) => output.classes)?.classes;
  return head + (classes ? classTable(classes, terminal) : summaryTable(report.outputs, terminal));
}
