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
  /** Written beside the point. */
  readonly label?: string;
}

export interface Panel {
  /** What the vertical axis measures, with its unit. */
  readonly title: string;
  /** Where and how it was measured. */
  readonly source: string;
  readonly points: readonly Point[];
}

/** Of a panel's plot, and the space around it for its axes. */
const plot = { width: 400, height: 340, left: 44, right: 18, top: 58, bottom: 54 };
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

/** Circles; int8 ones are hollow. */
function mark(x: string | number, y: string | number, family: Family, dtype: Dtype, inside = ''): string {
  return `<circle cx="${x}" cy="${y}" r="4" stroke="${colours[family]}" stroke-width="1.5" fill="${dtype === 'uint8' ? colours[family] : '#fff'}">${inside}</circle>`;
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
    return mark(x.at(macs), y.at(value), family, dtype, text);
  });
  const labels = points
    .filter(({ label }) => label)
    .map(
      ({ macs, value, label, family }) =>
        `<text x="${x.at(macs)}" y="${y.at(value)}" dx="-8" dy="-5" text-anchor="end" fill="${colours[family]}">${label}</text>`,
    );
  return `<g>
<text x="${left + plot.left}" y="${plot.top - 10}" font-weight="600">${title}</text>
<g stroke="#e2e2e2">${[...vertical, ...horizontal].join('')}</g>
${below.join('')}${beside.join('')}
${marks.join('\n')}
${labels.join('')}
<text x="${left + plot.left + plot.width / 2}" y="${bottom + 34}" text-anchor="middle">million multiply-adds</text>
<text x="${left + plot.left + plot.width / 2}" y="${bottom + 49}" text-anchor="middle" fill="#777" font-size="11">${source}</text>
</g>`;
}

/** One row over all panels: families by colour, then dtypes by filling. */
function legend(): string {
  const families = Object.keys(colours) as Family[];
  const entries = families.map((family, i) => {
    const x = plot.left + 8 + 82 * i;
    return `<circle cx="${x}" cy="20" r="4" fill="${colours[family]}"/><text x="${x + 9}" y="24">${family}</text>`;
  });
  const dtypes = (['uint8', 'int8'] as const).map((dtype, i) => {
    const x = plot.left + 8 + 82 * families.length + 58 * i;
    const fill = dtype === 'uint8' ? '#555' : '#fff';
    return `<circle cx="${x}" cy="20" r="4" stroke="#555" stroke-width="1.5" fill="${fill}"/><text x="${x + 9}" y="24">${dtype}</text>`;
  });
  return [...entries, ...dtypes].join('');
}

/** The panels beside each other as an SVG document. */
export function chart(panels: readonly Panel[]): string {
  const width = panelWidth * panels.length;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12" fill="#333">
<title>${panels.map(({ title }) => title).join('; ')}, over million multiply-adds</title>
<rect width="${width}" height="${height}" fill="#fff"/>
${legend()}
${panels.map((each, i) => panel(each, panelWidth * i)).join('\n')}
</svg>
`;
}
