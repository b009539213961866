// Owns the text of how the loss spreads over several choices of calibration samples.
import type { FigureUnit } from '../spread/figures';
import type { DecisionSpread, FigureSpread, QuantizationSpread } from '../spread/spread';
import type { Terminal } from '../terminal/terminal';
import { formatDecibels, formatPoints, formatShare } from './compare-words';
import { formatCount } from './numbers';
import { renderTable } from './table';

type Format = (value: number) => string;

/** A figure, and a difference of such figures. */
const formats: Readonly<Record<FigureUnit, { readonly value: Format; readonly deviation: Format }>> = {
  points: { value: formatPoints, deviation: (value) => (100 * value).toFixed(1) },
  share: { value: formatShare, deviation: formatShare },
  decibels: { value: formatDecibels, deviation: (value) => `${value.toFixed(1)} dB` },
  similarity: { value: (value) => value.toFixed(4), deviation: (value) => value.toFixed(4) },
  percent: { value: (value) => `${(100 * value).toFixed(2)} %`, deviation: (value) => `${(100 * value).toFixed(2)} %` },
};

function row({ name, unit, float, mean, deviation, least, most }: FigureSpread): string[] {
  if (Number.isNaN(mean)) return [name, 'none', '', '', '', ''];
  const { value, deviation: format } = formats[unit];
  const note = unit === 'points' ? `points${float === undefined ? '' : `; float ${formatShare(float)}`}` : '';
  return [name, value(mean), format(deviation), value(least), value(most), note];
}

/** As `rounding by 3 of 5, equalization by 1 of 5 and in part by 2`. */
function decisionPart({ module, everywhere, 'in part': inPart }: DecisionSpread, runs: number): string {
  const parts = [
    everywhere > 0 && `by ${everywhere} of ${runs}`,
    inPart > 0 && `in part by ${inPart}${everywhere > 0 ? '' : ` of ${runs}`}`,
  ];
  return `${module} ${parts.filter(Boolean).join(' and ')}`;
}

function measuredOn({ measured, runs, limit }: QuantizationSpread): string {
  const samples = formatCount(measured.samples);
  const choices = `${runs.length} choices of ${formatCount(limit)} samples, seeds ${runs[0].seed} to ${runs[runs.length - 1].seed}`;
  if (measured.isUnseen) return `${choices}, measured on ${samples} samples that none of them holds`;
  const rest = measured.unseen === 0 ? 'leave no sample over' : `leave ${measured.unseen} samples over, too few`;
  return `${choices}, which ${rest}: measured on all ${samples}, so that the loss on new ones may be larger`;
}

/** Mean, deviation, least and most of every figure, decisions that differ, and which file was written to `output`. */
export function renderSpread(spread: QuantizationSpread, output: string, terminal: Pick<Terminal, 'colors'>): string {
  const { figures, differing, runs } = spread;
  const right = { align: 'right' as const };
  const heads = ['mean', 'deviation', 'least', 'most'].map((head) => ({ head, ...right }));
  const table = renderTable([{ head: '' }, ...heads, { head: '' }], figures.map(row), terminal);
  const decided =
    differing.length === 0
      ? 'all choices decided alike on every module'
      : `decided differently: ${differing.map((counts) => decisionPart(counts, runs.length)).join(', ')}`;
  const note = `${output} is that of seed ${runs[0].seed}, not the best one: choosing by these samples would make its loss look smaller than it is`;
  return `${measuredOn(spread)}\n\n${table}\n${decided}\n${terminal.colors.dim(note)}\n`;
}
