// Owns the chart of the MobileNet families: what an inference takes over its multiply-adds, both logarithmic, in one panel per measure.
import type { Dtype, Family } from './members';

export interface Point {
  readonly family: Family;
  readonly dtype: Dtype;
  /** As a tooltip. */
  readonly name: string;
  /** Million multiply-adds. */
  readonly macs: number;
  readonly value: number;
  /** Points of one line have this in common; undefined outside lines. */
  readonly line?: string;
}

export interface Panel {
  /** What the vertical axis measures, with its unit. */
  readonly title: string;
  /** Where and how it was measured. */
  readonly source: string;
  readonly points: readonly Point[];
}

/** Of a panel's plot, and the space around it for its axes. */
const plot = { width: 400, height: 340, left: 44, right: 18, top: 78, bottom: 54 };
const panelWidth = plot.left + plot.width + plot.right;
const height = plot.top + plot.height + plot.bottom;
/** Distinguishable by the colour-blind: Okabe and Ito's palette. */
const colours: Readonly<Record<Family, string>> = { V1: '#0072b2', V2: '#d55e00', 'V3-Large': '#009e73', 'V3-Small': '#cc79a7' };

interface Axis {
  readonly low: number;
  readonly high: number;
  at(value: number): string;
}

/** A logarithmic axis over all values, with a margin, between two coordinates. */
function axis(values: readonly number[], from: number, to: number): Axis {
  const [low, high] = [Math.min(...values) / 1.25, Math.max(...values) * 1.25];
  const position = (value: number) => Math.log(value / low) / Math.log(high / low);
  return { low, high, at: (value) => (from + position(value) * (to - from)).toFixed(1) };
}

/** 1, 2 and 5 times powers of ten that lie on the axis. */
function ticks({ low, high }: Axis): number[] {
  const decades = Array.from({ length: 8 }, (_, i) => 10 ** (i - 3));
  return decades.flatMap((decade) => [decade, 2 * decade, 5 * decade]).filter((tick) => tick >= low && tick <= high);
}

/** uint8 is a disc, int8 a ring around it where both are equal. */
function mark(x: string | number, y: string | number, colour: string, dtype: Dtype, inside = ''): string {
  const look = dtype === 'uint8' ? `r="3.5" fill="${colour}"` : `r="5.5" fill="none" stroke="${colour}" stroke-width="1.3"`;
  return `<circle cx="${x}" cy="${y}" ${look}>${inside}</circle>`;
}

function panel({ title, source, points }: Panel, left: number): string {
  const bottom = plot.top + plot.height;
  const macs = points.map((point) => point.macs);
  const values = points.map(({ value }) => value);
  const x = axis(macs, left + plot.left, left + plot.left + plot.width);
  const y = axis(values, bottom, plot.top);
  const vertical = ticks(x).map((tick) => `<path d="M${x.at(tick)} ${plot.top}V${bottom}"/>`);
  const horizontal = ticks(y).map((tick) => `<path d="M${left + plot.left} ${y.at(tick)}h${plot.width}"/>`);
  const below = ticks(x).map((tick) => `<text x="${x.at(tick)}" y="${bottom + 16}" text-anchor="middle">${tick}</text>`);
  const beside = ticks(y).map((tick) => `<text x="${left + plot.left - 6}" y="${y.at(tick)}" dy="4" text-anchor="end">${tick}</text>`);
  const marks = points.map(({ family, dtype, name, macs, value }) => {
    const text = `<title>${name}: ${macs.toFixed(1)} million multiply-adds, ${value.toFixed(2)}</title>`;
    return mark(x.at(macs), y.at(value), colours[family], dtype, text);
  });
  const lines = [...new Set(points.map(({ line }) => line).filter((line) => line !== undefined))].map((line) => {
    const joined = points.filter((point) => point.line === line).sort((one, other) => one.macs - other.macs);
    const path = joined.map(({ macs, value }) => `${x.at(macs)} ${y.at(value)}`).join('L');
    return `<path d="M${path}" fill="none" stroke="${colours[joined[0].family]}" stroke-opacity="0.45"/>`;
  });
  return `<g>
<text x="${left + plot.left}" y="${plot.top - 10}" font-weight="600">${title}</text>
<g stroke="#e2e2e2">${[...vertical, ...horizontal].join('')}</g>
${below.join('')}${beside.join('')}
${lines.join('')}
${marks.join('\n')}
<text x="${left + plot.left + plot.width / 2}" y="${bottom + 34}" text-anchor="middle">million multiply-adds</text>
<text x="${left + plot.left + plot.width / 2}" y="${bottom + 49}" text-anchor="middle" fill="#777" font-size="11">${source}</text>
</g>`;
}

/** Two rows over all panels: families by colour; dtypes by shape, and what lines join. */
function legend(lines: string): string {
  const x = (entry: number) => plot.left + 8 + 82 * entry;
  const text = (entry: number, y: number, name: string) => `<text x="${x(entry) + 12}" y="${y + 4}">${name}</text>`;
  const families = Object.entries(colours).map(([name, colour], i) => mark(x(i), 16, colour, 'uint8') + text(i, 16, name));
  const dtypes = (['uint8', 'int8'] as const).map((name, i) => mark(x(i), 36, '#555', name) + text(i, 36, name));
  return [...families, ...dtypes, `<path d="M${x(2) - 8} 36h16" stroke="#777"/>`, text(2, 36, lines)].join('');
}

/** The panels beside each other as an SVG document. `lines`: what the lines join, in a few words. */
export function chart(panels: readonly Panel[], lines: string): string {
  const width = panelWidth * panels.length;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12" fill="#333">
<title>${panels.map(({ title }) => title).join('; ')}, over million multiply-adds</title>
<rect width="${width}" height="${height}" fill="#fff"/>
${legend(lines)}
${panels.map((each, i) => panel(each, panelWidth * i)).join('\n')}
</svg>
`;
}
