// Owns the trade-off of the MobileNets papers on this machine: cost beside the published one, speed, memory, file size and cold start of
// built V1, V2 and V3 members, as a table and a chart; on request instructions on arm64, which emulation counts.
//   npx tsx bench/family.ts [--members WORD] [--arm64] [--svg FILE]
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pc from 'picocolors';
import { load } from 'zeropoint';
import { renderTable } from '../tools/report/table';
import { type CountInferences, totalInstructions, withInferenceCounter } from './arm64/inferences';
import { chart, type Panel } from './family/chart';
import { buildMember, type Member, memberName, members } from './family/members';
import { machineLine, medianMilliseconds } from './measure';

interface Measured extends Member {
  readonly name: string;
  readonly macs: number;
  readonly parameters: number;
  readonly milliseconds: number;
  readonly memoryBytes: number;
  readonly fileBytes: number;
  readonly coldStart: number;
  /** On arm64, where they were counted. */
  readonly instructions?: number;
}

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

async function measure(member: Member, file: string, count?: CountInferences): Promise<Measured> {
  const name = memberName(member);
  const bytes = buildMember(member);
  writeFileSync(file, bytes);
  const model = await load(bytes);
  const sum = (of: (operator: (typeof model.operators)[number]) => number) => model.operators.reduce((total, each) => total + of(each), 0);
  const measured = {
    ...member,
    name,
    macs: sum((operator) => operator.macs),
    parameters: sum((operator) => operator.parameters),
    milliseconds: medianMilliseconds(name, () => model.run(), 300),
    memoryBytes: model.memory.total,
    fileBytes: bytes.length,
    coldStart: coldStart(file),
    instructions: count && totalInstructions(count('zeropoint', file, 1)),
  };
  model.dispose();
  return measured;
}

/** A table whose columns hold text or numbers of two decimals; columns without a value are left out. */
function table(all: readonly Measured[]): string {
  const columns: [head: string, of: (measured: Measured) => number | string | undefined][] = [
    ['million multiply-adds', ({ macs }) => macs / 1e6],
    ['published', ({ published }) => published?.[0]],
    ['million parameters', ({ parameters }) => parameters / 1e6],
    ['published', ({ published }) => published?.[1]],
    ['run, ms', ({ milliseconds }) => milliseconds],
    ['GMAC/s', ({ macs, milliseconds }) => macs / milliseconds / 1e6],
    ['arm64, million instructions', ({ instructions }) => instructions && instructions / 1e6],
    ['memory, MB', ({ memoryBytes }) => memoryBytes / 2 ** 20],
    ['file, MB', ({ fileBytes }) => fileBytes / 1e6],
    ['cold start, ms', ({ coldStart }) => coldStart],
  ];
  const shown = columns.filter(([, of]) => all.some((measured) => of(measured) !== undefined));
  const cell = (value: number | string | undefined) => (typeof value === 'number' ? value.toFixed(2) : (value ?? ''));
  const heads = [{ head: 'network' }, ...shown.map(([head]) => ({ head, align: 'right' as const }))];
  const rows = all.map((measured) => [measured.name, ...shown.map(([, of]) => cell(of(measured)))]);
  return renderTable(heads, rows, { colors: pc.createColors(process.stdout.isTTY === true) });
}

function panels(all: readonly Measured[]): Panel[] {
  const points = (of: (measured: Measured) => number | undefined) =>
    all.flatMap((measured) => {
      const { family, dtype, name, macs, alpha } = measured;
      const value = of(measured);
      const line = alpha === 1 && dtype === 'uint8' ? family : undefined;
      return value === undefined ? [] : [{ family, dtype, name, macs: macs / 1e6, value, line }];
    });
  const time = { title: 'milliseconds', source: machineLine(), points: points(({ milliseconds }) => milliseconds) };
  const counted = points(({ instructions }) => instructions && instructions / 1e6);
  const instructions = {
    title: 'million instructions on arm64 with dot products',
    source: 'Node 24.21.0 under QEMU, one thread',
    points: counted,
  };
  return counted.length > 0 ? [time, instructions] : [time];
}

async function measureAll(chosen: readonly Member[], count?: CountInferences): Promise<Measured[]> {
  const folder = mkdtempSync(join(tmpdir(), 'family-'));
  try {
    const all: Measured[] = [];
    for (const [i, member] of chosen.entries()) {
      if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${i + 1} of ${chosen.length}: ${memberName(member)}`);
      all.push(await measure(member, join(folder, 'member.tflite'), count));
    }
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
    return all;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const { values } = parseArgs({
  options: { members: { type: 'string', default: '' }, arm64: { type: 'boolean', default: false }, svg: { type: 'string' } },
});
const chosen = members.filter((member) => memberName(member).includes(values.members));
if (chosen.length === 0) throw new Error(`no member has '${values.members}' in its name, such as ${memberName(members[0])}`);
const all = values.arm64 ? await withInferenceCounter((count) => measureAll(chosen, count)) : await measureAll(chosen);
console.log(table(all));
console.log(machineLine());
if (values.svg) writeFileSync(values.svg, chart(panels(all), 'resolutions of width 1.0'));
