// Tests that the host's mirror of the float core's ABI equals assembly/float/abi.ts, which is read as text.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { abiVersion } from '../../src/core/abi';
import * as abi from '../../src/float/abi';

const source = readFileSync(fileURLToPath(new URL('../../assembly/float/abi.ts', import.meta.url)), 'utf8');

/** Fields of a class in order, as name and type. */
function fieldsOf(name: string): [name: string, type: string][] {
  const body = source.match(new RegExp(`export class ${name} \\{\\n([^}]*)\\}`))?.[1];
  assert.ok(body, `assembly/float/abi.ts has no class ${name}`);
  return [...body!.matchAll(/^ {2}(\w+): (\w+);/gm)].map(([, field, type]) => [field, type]);
}

function enumOf(name: string): Record<string, number> {
  const body = source.match(new RegExp(`export const enum ${name} \\{\\n([^}]*)\\}`))?.[1];
  assert.ok(body, `assembly/float/abi.ts has no enum ${name}`);
  return Object.fromEntries([...body!.matchAll(/^ {2}(\w+) = (\d+),/gm)].map(([, key, value]) => [key, Number(value)]));
}

function constantOf(name: string): number {
  return Number(source.match(new RegExp(`export const ${name}: \\w+ = (\\d+);`))?.[1]);
}

/** Operators that share a class; all others have one of their own name. */
const sharedClasses: Partial<Record<abi.FloatOperator, string>> = {
  Add: 'Elementwise',
  Subtract: 'Elementwise',
  Multiply: 'Elementwise',
  Divide: 'Elementwise',
  MaxPool: 'Pool',
  AveragePool: 'Pool',
  Clamp: 'Unary',
  Logistic: 'Unary',
  Tanh: 'Unary',
  HardSwish: 'Unary',
};

const names = Object.keys(abi.operators) as abi.FloatOperator[];

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
    for (const [field, type] of fields) assert.is(type, abi.floatFields.has(field) ? 'f32' : 'u32', field);
  });
}

test('every descriptor class belongs to an operator', () => {
  const classes = [...source.matchAll(/export class (\w+)Descriptor /g)].map(([, name]) => name);
  assert.equal(new Set(classes), new Set(names.map((name) => sharedClasses[name] ?? name)));
});

test('version, sizes and depthwise variants are equal', () => {
  // Both cores are loaded by the same code, which checks one version.
  assert.is(constantOf('ABI_VERSION'), abiVersion);
  assert.is(constantOf('DESCRIPTOR_BYTES'), abi.descriptorBytes);
  assert.equal({ ...abi.DepthwiseVariant }, enumOf('DepthwiseVariant'));
});

test.run();
