// Owns the layout of tables: columns two blanks apart under a dim head, without lines.
import Table from 'cli-table3';
import type { Terminal } from '../terminal/terminal';

/** One column: its head and the alignment of its cells, by default left. */
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

/** The table as text that ends in a line feed. Cells are formatted text and may contain colours. */
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
