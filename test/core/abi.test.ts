// Tests that the host's mirror of the core's ABI equals assembly/abi.ts, which is read as text.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as abi from '../../src/core/abi';

const source = readFileSync(fileURLToPath(new URL('../../assembly/abi.ts', import.meta.url)), 'utf8');

/** Fields of a class in order, as name and type. */
function fieldsOf(name: string): [name: string, type: string][] {
  const body = source.match(new RegExp(`export class ${name} \\{\\n([^}]*)\\}`))?.[1];
  assert.ok(body, `assembly/abi.ts has no class ${name}`);
  return [...body!.matchAll(/^ {2}(\w+): (\w+);/gm)].map(([, field, type]) => [field, type]);
}

function enumOf(name: string): Record<string, number> {
  const body = source.match(new RegExp(`export const enum ${name} \\{\\n([^}]*)\\}`))?.[1];
  assert.ok(body, `assembly/abi.ts has no enum ${name}`);
  return Object.fromEntries([...body!.matchAll(/^ {2}(\w+) = (\d+),/gm)].map(([, key, value]) => [key, Number(value)]));
}

function constantOf(name: string): number {
  return Number(source.match(new RegExp(`export const ${name}: \\w+ = (\\d+);`))?.[1]);
}

/** Operators that share a class; all others have one of their own name. */
const sharedClasses: Partial<Record<abi.CoreOperator, string>> = {
  Add: 'Elementwise',
  Multiply: 'Elementwise',
  MaxPool: 'Pool',
  AveragePool: 'Pool',
  Dequantize: 'Quantize',
  ResizeBilinear: 'Resize',
};

const names = Object.keys(abi.operators) as abi.CoreOperator[];

test('operators have the numbers of OpKind', () => {
  assert.equal(Object.fromEntries(names.map((name) => [name, abi.operators[name].kind])), enumOf('OpKind'));
});

for (const name of names) {
  test(`${name}: fields as in its class, in order, within one descriptor`, () => {
    const fields = fieldsOf(`${sharedClasses[name] ?? name}Descriptor`);
    assert.equal(
      fields.map(([field]) => field),
      ['kind', ...abi.operators[name].fields],
    );
    assert.ok(4 * fields.length <= abi.descriptorBytes, `${4 * fields.length} bytes`);
    // The host writes `scale` as float32 and everything else as an integer of 4 bytes.
    for (const [field, type] of fields) assert.is(type === 'f32', field === 'scale', `${field}: ${type}`);
    for (const [field, type] of fields) assert.ok(['u32', 'i32', 'f32'].includes(type), `${field}: ${type}`);
  });
}

test('every descriptor class belongs to an operator', () => {
  const classes = [...source.matchAll(/export class (\w+)Descriptor /g)].map(([, name]) => name);
  assert.equal(new Set(classes), new Set(names.map((name) => sharedClasses[name] ?? name)));
});

test('requantization modes and depthwise variants are numbered alike', () => {
  assert.equal({ ...abi.Requantization }, enumOf('Requantization'));
  assert.equal({ ...abi.DepthwiseVariant }, enumOf('DepthwiseVariant'));
});

test('version and sizes are equal', () => {
  assert.is(constantOf('ABI_VERSION'), abi.abiVersion);
  assert.is(constantOf('DESCRIPTOR_BYTES'), abi.descriptorBytes);
  assert.is(constantOf('REQUANTIZATION_BYTES'), abi.requantizationBytes);
  assert.is(constantOf('SCALAR_REQUANTIZATION_BYTES'), abi.scalarRequantizationBytes);
});

test('ScalarRequantization lies as the planner writes it and fits its padding', () => {
  const bytes = { u64: 8, i32: 4, u32: 4 } as Record<string, number>;
  let offset = 0;
  const offsets = fieldsOf('ScalarRequantization').map(([field, type]) => {
    offset += bytes[type];
    return [field, (offset - bytes[type]) / 4];
  });
  const words = { multiplier0: 0, multiplier1: 2, rounding0: 4, rounding1: 6, correction0: 8, correction1: 10 };
  assert.equal(Object.fromEntries(offsets), { ...words, leftShift: 12, shift: 13, general: 14, generalMultiplier: 15, generalShift: 16 });
  assert.ok(offset <= abi.scalarRequantizationBytes);
});

test.run();
