// Owns the trade-off of the MobileNets papers on this machine: cost, speed, memory, file size and cold start of built V1 and V2 members, as
// a table and one chart.
//   npx tsx bench/family.ts [--svg FILE]
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pc from 'picocolors';
import { load } from 'zeropoint';
import { mobilenetV1, mobilenetV2 } from 'zeropoint/mobilenet';
import { renderTable } from '../tools/report/table';
import { machineLine, medianMilliseconds } from './measure';

interface Member {
  readonly family: 'V1' | 'V2';
  readonly alpha: number;
  readonly resolution: number;
  readonly dtype: 'uint8' | 'int8';
}

interface Measured extends Member {
  readonly macs: number;
  readonly milliseconds: number;
}

const v1 = [1, 0.75, 0.5, 0.25].flatMap((alpha) =>
  [224, 192, 160, 128].map((resolution) => ({ family: 'V1' as const, alpha, resolution })),
);
const v2 = [
  ...[224, 192, 160, 128].map((resolution) => ({ alpha: 1, resolution })),
  ...[1.4, 0.75, 0.5, 0.35].map((alpha) => ({ alpha, resolution: 224 })),
].map((options) => ({ family: 'V2' as const, ...options }));
const members: Member[] = [...v1, ...v2].flatMap((options) => (['uint8', 'int8'] as const).map((dtype) => ({ ...options, dtype })));

/** Milliseconds from the file's bytes to the first result in a process of its own, without the import; the median of five. */
function coldStart(file: string): number {
  const text = `import { readFileSync } from 'node:fs'; import { load } from 'zeropoint';
    const bytes = readFileSync(${JSON.stringify(file)}); const start = performance.now();
    const model = await load(bytes); model.run(); console.log(performance.now() - start);`;
  const times = Array.from({ length: 5 }, () =>
    Number(execFileSync(process.execPath, ['--input-type=module', '--eval', text], { cwd: import.meta.dirname, encoding: 'utf8' })),
  );
  return times.sort((a, b) => a - b)[2];
}

async function measure(member: Member, folder: string): Promise<{ row: string[]; measured: Measured }> {
  const { family, alpha, resolution, dtype } = member;
  const bytes = (family === 'V1' ? mobilenetV1 : mobilenetV2)({ alpha, resolution, dtype });
  const name = `MobileNet${family} ${alpha}-${resolution} ${dtype}`;
  const file = join(folder, `${name.replaceAll(' ', '-')}.tflite`);
  writeFileSync(file, bytes);
  const model = await load(bytes);
  const sum = (of: (operator: (typeof model.operators)[number]) => number) => model.operators.reduce((total, each) => total + of(each), 0);
  const macs = sum((operator) => operator.macs);
  const parameters = sum((operator) => operator.parameters);
  const milliseconds = medianMilliseconds(name, () => model.run(), 300);
  const numbers = [
    macs / 1e6,
    parameters / 1e6,
    milliseconds,
    macs / milliseconds / 1e6,
    model.memory.total / 2 ** 20,
    bytes.length / 1e6,
    coldStart(file),
  ];
  model.dispose();
  return { row: [name, ...numbers.map((number) => number.toFixed(2))], measured: { ...member, macs: macs / 1e6, milliseconds } };
}

const size = { width: 640, height: 420, left: 56, right: 16, top: 16, bottom: 44 };
const marks = { 'V1 uint8': '#1f77b4', 'V1 int8': '#d62728', 'V2 uint8': '#2ca02c', 'V2 int8': '#9467bd' };

/** Milliseconds over million multiply-adds, both logarithmic. */
function chart(all: readonly Measured[], machine: string): string {
  const axis = (values: readonly number[], from: number, to: number) => {
    const [low, high] = [Math.min(...values) / 1.3, Math.max(...values) * 1.3].map(Math.log10);
    return { low, high, at: (value: number) => from + ((Math.log10(value) - low) / (high - low)) * (to - from) };
  };
  const x = axis(
    all.map(({ macs }) => macs),
    size.left,
    size.width - size.right,
  );
  const y = axis(
    all.map(({ milliseconds }) => milliseconds),
    size.height - size.bottom,
    size.top,
  );
  const ticks = ({ low, high }: { low: number; high: number }) =>
    [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].filter((tick) => Math.log10(tick) >= low && Math.log10(tick) <= high);
  const lines = [
    ...ticks(x).map((tick) => {
      const at = x.at(tick).toFixed(1);
      return `<path d="M${at} ${size.top}V${size.height - size.bottom}"/><text x="${at}" y="${size.height - size.bottom + 16}" text-anchor="middle">${tick}</text>`;
    }),
    ...ticks(y).map((tick) => {
      const at = y.at(tick).toFixed(1);
      return `<path d="M${size.left} ${at}H${size.width - size.right}"/><text x="${size.left - 6}" y="${at}" dy="4" text-anchor="end">${tick}</text>`;
    }),
  ];
  const points = all.map(({ family, dtype, alpha, resolution, macs, milliseconds }) => {
    const colour = marks[`${family} ${dtype}`];
    const title = `${family} ${alpha}-${resolution} ${dtype}: ${macs.toFixed(0)} million, ${milliseconds.toFixed(2)} ms`;
    return `<circle cx="${x.at(macs).toFixed(1)}" cy="${y.at(milliseconds).toFixed(1)}" r="4" fill="${colour}"><title>${title}</title></circle>`;
  });
  const legend = Object.entries(marks).map(
    ([name, colour], i) =>
      `<circle cx="${size.left + 16}" cy="${size.top + 14 + 18 * i}" r="4" fill="${colour}"/><text x="${size.left + 26}" y="${size.top + 18 + 18 * i}">MobileNet${name}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" font-family="system-ui, sans-serif" font-size="12" fill="#333">
<title>Milliseconds per inference over million multiply-adds</title>
<rect width="${size.width}" height="${size.height}" fill="#fff"/>
<g stroke="#ddd" stroke-width="1">${lines.join('').replaceAll('<text', '<text stroke="none"')}</g>
${points.join('\n')}
${legend.join('\n')}
<text x="${size.width / 2}" y="${size.height - 10}" text-anchor="middle">million multiply-adds · ${machine}</text>
<text transform="translate(14 ${size.height / 2}) rotate(-90)" text-anchor="middle">milliseconds</text>
</svg>
`;
}

const { values } = parseArgs({ options: { svg: { type: 'string' } } });
const folder = mkdtempSync(join(tmpdir(), 'family-'));
const rows: string[][] = [];
const all: Measured[] = [];
try {
  for (const member of members) {
    const { row, measured } = await measure(member, folder);
    rows.push(row);
    all.push(measured);
  }
} finally {
  rmSync(folder, { recursive: true });
}
const heads = ['million multiply-adds', 'million parameters', 'run, ms', 'GMAC/s', 'memory, MB', 'file, MB', 'cold start, ms'];
const columns = [{ head: 'network' }, ...heads.map((head) => ({ head, align: 'right' as const }))];
console.log(renderTable(columns, rows, { colors: pc.createColors(process.stdout.isTTY === true) }));
console.log(machineLine());
if (values.svg) writeFileSync(values.svg, chart(all, machineLine()));
