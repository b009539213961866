// Owns the table of the precisions that a search chose from.
import type { FrontierPoint } from '../model/provenance';
import type { Terminal } from '../terminal/terminal';
import { formatKilobytes, formatMilliseconds } from './numbers';
import { renderTable } from './table';

/** Rows of the table; of longer frontiers those that were quantized and some between. */
const maxRows = 12;

/** `1 float, 2 of 16 bits, 12 of 4`; `-` where all layers are as the scheme says. */
export function describePrecisions({ float32, int16, int4 }: FrontierPoint): string {
  const parts = [
    [float32, 'float'],
    [int16, 'of 16 bits'],
    [int4, 'of 4 bits'],
  ] as const;
  return (
    parts
      .filter(([count]) => count > 0)
      .map(([count, what]) => `${count} ${what}`)
      .join(', ') || '-'
  );
}

export function renderFrontier(frontier: readonly FrontierPoint[], terminal: Pick<Terminal, 'colors'>): string {
  const stride = Math.ceil(frontier.length / maxRows);
  const shown = frontier.filter((point, i) => i % stride === 0 || i === frontier.length - 1 || point.isChosen || point.drop !== undefined);
  const hasDrops = shown.some(({ drop }) => drop !== undefined);
  const rows = shown.map((point) => [
    point.isChosen ? '>' : '',
    formatKilobytes(point.bytes),
    formatMilliseconds(point.milliseconds),
    `${point.decibels.toFixed(1)} dB`,
    ...(hasDrops ? [point.drop?.toFixed(2) ?? ''] : []),
    describePrecisions(point),
  ]);
  const right = (head: string) => ({ head, align: 'right' as const });
  const numbers = ['file', 'predicted time', 'predicted SQNR', ...(hasDrops ? ['top-1 drop'] : [])];
  return renderTable([{ head: '' }, ...numbers.map(right), { head: 'operators' }], rows, terminal);
}
