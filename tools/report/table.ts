// Owns the look of tables: columns two blanks apart, a dim head over a rule, no other lines.
import Table from 'cli-table3';
import type { Terminal } from '../terminal/terminal';

/** One column: its head and on which side its cells stand. */
export interface Column {
  head: string;
  align?: 'left' | 'right';
}

const blank = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
};
const inside = { left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '  ' };

/** Rows of ready-made cells, which may carry colours, as text that ends in a line feed. */
export function renderTable(columns: readonly Column[], rows: readonly string[][], { colors }: Pick<Terminal, 'colors'>): string {
  const table = new Table({
    head: columns.map(({ head }) => colors.dim(head)),
    colAligns: columns.map(({ align }) => align ?? 'left'),
    chars: { ...blank, ...inside },
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 0 },
  });
  table.push(...rows);
  const lines = table.toString().split('\n');
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}
