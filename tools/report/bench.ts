// Owns the text of `zeropoint bench`.
import type { OperatorProfile } from 'zeropoint';
import type { ColdStart, RunTimes } from '../model/timing';
import type { Terminal } from '../terminal/terminal';
import { formatMillions, formatMilliseconds, formatSignificant } from './numbers';
import { renderTable } from './table';
import { formatShape } from './tensors';

/** The JSON of `zeropoint bench`. */
export interface BenchReport {
  file: string;
  machine: string;
  runtime: string;
  /** Multiply-adds of one run. */
  macs: number;
  coldStartMilliseconds: ColdStart;
  runMilliseconds: RunTimes;
  /** 10^9 multiply-adds per second, macs / median latency; 0 for networks without. */
  gmacs: number;
  layers?: readonly OperatorProfile[];
}

function layerTable(layers: NonNullable<BenchReport['layers']>, terminal: Terminal): string {
  const total = layers.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const rows = layers.map(({ name, kernel, outputs, milliseconds, gmacs }) => [
    name,
    outputs[0] ? formatShape(outputs[0].shape) : '',
    kernel === 'host' ? terminal.colors.yellow(kernel) : kernel,
    milliseconds.toFixed(3),
    total > 0 ? `${((100 * milliseconds) / total).toFixed(1)} %` : '',
    gmacs > 0 ? formatSignificant(gmacs, 3) : '',
  ]);
  const texts = ['operator', 'output', 'kernel'].map((head) => ({ head }));
  const numbers = ['ms', 'share', 'GMAC/s'].map((head) => ({ head, align: 'right' as const }));
  const note = `${formatMilliseconds(total)} in all operators, each timed apart; a whole run, timed at once, is above\n`;
  return renderTable([...texts, ...numbers], rows, terminal) + terminal.colors.dim(note);
}

export function renderBench(report: BenchReport, terminal: Terminal): string {
  const { colors } = terminal;
  const { compile, load, firstRun } = report.coldStartMilliseconds;
  const { runs, min, median, p95 } = report.runMilliseconds;
  const parts = `= compile ${formatMilliseconds(compile)}, load ${formatMilliseconds(load)}, first run ${formatMilliseconds(firstRun)}`;
  const spread = `median of ${runs}; min ${formatMilliseconds(min)}, 95 % within ${formatMilliseconds(p95)}`;
  const rate =
    report.macs > 0 ? `${formatSignificant(report.gmacs, 3)} GMAC/s ${colors.dim(`at ${formatMillions(report.macs)} mult-adds`)}\n` : '';
  return [
    `${colors.bold(report.file)}  ${colors.dim(`${report.machine}, ${report.runtime}`)}\n\n`,
    `${colors.bold('Run')}         ${colors.cyan(formatMilliseconds(median))} ${colors.dim(spread)}\n`,
    rate && `${colors.bold('Speed')}       ${rate}`,
    `${colors.bold('Cold start')}  ${formatMilliseconds(compile + load + firstRun)} ${colors.dim(parts)}\n`,
    report.layers ? `\n${layerTable(report.layers, terminal)}` : '',
  ].join('');
}
