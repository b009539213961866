// Tests tools/report: numbers, tables, and the texts of runs, inspections and benchmarks.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Model, OperatorInfo } from '../../src/index';
import { inspectModel } from '../../tools/model/inspection';
import { interpret } from '../../tools/model/results';
import { type BenchReport, renderBench } from '../../tools/report/bench';
import { renderInspection } from '../../tools/report/inspect';
import { formatBytes, formatCount, formatMillions, formatMilliseconds, formatSignificant } from '../../tools/report/numbers';
import { renderRun } from '../../tools/report/run';
import { renderTable } from '../../tools/report/table';
import { formatShape } from '../../tools/report/tensors';
import { source, tensor } from '../support/results';
import { recordingTerminal } from '../support/terminal';

const terminal = recordingTerminal();

test('numbers: digits, units, exponents', () => {
  assert.equal(
    [0, 1234.5678, 12.3456, 0.0012345, 0.00001, 1e12, Number.NaN, -5].map((value) => formatSignificant(value)),
    ['0', '1235', '12.35', '0.001234', '1.000e-5', '1.000e+12', 'NaN', '-5.000'],
  );
  assert.equal([0, 1023, 1024, 5_000_000].map(formatBytes), ['0 B', '1023 B', '1.00 KiB', '4.77 MiB']);
  assert.equal([1234567].map(formatCount), ['1,234,567']);
  assert.equal([568_740_352, 468_000].map(formatMillions), ['568.7 million', '0.47 million']);
  assert.is(formatMilliseconds(0.01234), '0.0123 ms');
  assert.equal([[1, 224, 224, 3], []].map(formatShape), ['1x224x224x3', 'scalar']);
});

test('tables: numbers to the right, no blanks at line ends', () => {
  const text = renderTable(
    [{ head: 'name' }, { head: 'n', align: 'right' }],
    [
      ['ab', '7'],
      ['c', '100'],
    ],
    terminal,
  );
  assert.is(text, 'name    n\nab      7\nc     100\n');
});

test('a run without classes or objects: statistics of the output, whole numbers without decimals', () => {
  const indices = tensor(BigInt64Array.of(5n, 7n), 'int64', [1, 2]);
  assert.match(renderRun({ inputs: [], milliseconds: 1, ...interpret(source([indices]), [], 5) }, terminal), /int64 +5 +7 +6\n/);
});

test('a run reads well: file, time, best label, bar', () => {
  const output = tensor(Uint8Array.of(64, 192), 'uint8', [1, 2], { scale: 1 / 256, zeroPoint: 0 });
  const report = { inputs: [{ file: 'cat.jpg', preprocessing: 'raw' }], milliseconds: 4.2, ...interpret(source([output]), [['dog']], 5) };
  assert.is(
    renderRun(report, terminal),
    [
      'cat.jpg (raw)  4.20 ms',
      '',
      'label    class  score',
      `class 1      1  0.750  ${'█'.repeat(15)}`,
      `dog          0  0.250  ${'█'.repeat(5)}`,
      '',
    ].join('\n'),
  );
  assert.match(renderRun({ ...report, detections: [] }, terminal), /nothing detected/);
  const third = tensor(Float32Array.of(0, 0.28), 'float32', [1, 2]);
  assert.match(
    renderRun({ ...report, ...interpret(source([third]), [], 1) }, terminal),
    / █████▌\n/,
    '0.28 of 20 cells is 5 cells and 4.8 eighths',
  );
});

const operators: OperatorInfo[] = [
  {
    index: 0,
    name: 'CONV_2D #0',
    type: 'CONV_2D',
    kernel: 'pointwise',
    inputs: [tensor(new Uint8Array(0), 'uint8', [1, 8, 8, 3])],
    outputs: [tensor(new Uint8Array(0), 'uint8', [1, 4, 4, 8], { scale: 0.5, zeroPoint: 3 })],
    macs: 1_500_000,
    parameters: 24,
    weightBytes: 2048,
  },
  {
    index: 1,
    name: 'CAST #1',
    type: 'CAST',
    kernel: 'host',
    inputs: [],
    outputs: [],
    macs: 0,
    parameters: 0,
    weightBytes: 0,
  },
];

test('an inspection sums up and names host operators', () => {
  const model = {
    description: 'toy',
    inputs: [tensor(new Uint8Array(192), 'uint8', [1, 8, 8, 3], { scale: 0.0078125, zeroPoint: 128 })],
    outputs: [],
    operators,
    metadata: [{ name: 'min_runtime_version', data: new Uint8Array(16) }],
    memory: { program: 100, weights: 2048, arena: 4096, total: 65536 },
  } as unknown as Model;
  const inspection = inspectModel('toy.tflite', 3000, model);
  assert.equal(inspection.totals, { operators: 2, hostOperators: 1, macs: 1_500_000, parameters: 24, weightBytes: 2048 });
  assert.not.ok('data' in inspection.inputs[0], 'elements have no place in an inspection');
  const text = renderInspection(inspection, terminal);
  for (const part of [
    /toy\.tflite {2}2\.93 KiB {2}toy/,
    /scale 0\.007813, zero point 128/,
    /CONV_2D #0 +1x8x8x3 +1x4x4x8 +uint8/,
    /1,500,000/,
  ]) {
    assert.match(text, part);
  }
  assert.match(text, /1\.50 million mult-adds, 0\.00 million parameters, 2 operators, 1 of them on the host/);
  assert.match(text, /Memory {4}64\.0 KiB = program 100 B, packed weights 2\.00 KiB, arena 4\.00 KiB/);
});

test('a bench report: run, speed, cold start, layers', () => {
  const report: BenchReport = {
    file: 'toy.tflite',
    machine: 'a processor, one thread',
    runtime: 'Node 0',
    macs: 1_500_000,
    coldStartMilliseconds: { compile: 5, load: 4, firstRun: 3 },
    runMilliseconds: { runs: 9, min: 1, median: 2, p95: 3 },
    gmacs: 0.75,
    layers: operators.map((operator, i) => ({ ...operator, milliseconds: 1 + 2 * i, gmacs: i === 0 ? 1.5 : 0 })),
  };
  const text = renderBench(report, terminal);
  assert.match(text, /Run +2\.00 ms median of 9; min 1\.00 ms, 95 % within 3\.00 ms/);
  assert.match(text, /0\.750 GMAC\/s at 1\.50 million mult-adds/);
  assert.match(text, /Cold start +12\.0 ms = compile 5\.00 ms, load 4\.00 ms, first run 3\.00 ms/);
  assert.match(text, /CONV_2D #0 +1x4x4x8 +pointwise +1\.000 +25\.0 % +1\.50\n/);
  assert.match(text, /CAST #1 +host +3\.000 +75\.0 %\n/);
  assert.not.match(renderBench({ ...report, macs: 0, layers: undefined }, terminal), /Speed|operator/);
});

test.run();
