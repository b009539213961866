// Tests that the host's side of an ABI is generated from its AssemblyScript source, and that sources that do not fit together are refused.
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { operators, Requantization } from '../../../src/core/abi';
import { floatOperators } from '../../../src/core/abi-float';
import { generateAbi, readAbi } from '../../../tools/build/abi';
import { parseAbi } from '../../../tools/build/parse-abi';
import { fromRoot } from '../../../tools/build/root';

const source = `// Owns a small ABI.
//
// A remark.

export const ABI_VERSION: u32 = 3;
/** Of one descriptor. */
export const DESCRIPTOR_BYTES: usize = 16;
export const WIDE_PAIR_BYTES: usize = 16;

export const enum OpKind {
  Scale = 1,
  Shift = 4,
}

/**
 * How results
 * are rounded.
 */
export const enum Rounding {
  /** Towards zero. */
  Down = 0,
  Up = 1, // away from zero
}

/** Moves things. */
@unmanaged
export class MoveDescriptor {
  kind: u32;
  input: usize; // i16
  count: i32;
  factor: f32;
}

export type ScaleDescriptor = MoveDescriptor;
export type ShiftDescriptor = MoveDescriptor;

/** Constants of two lanes. */
@unmanaged
export class WidePair {
  first: u64;
  second: u64;
}
`;

const names = { descriptors: 'Descriptors', operators: 'operators' };
const generate = (text: string) => generateAbi(parseAbi('abi.ts', text), 'abi.ts', names);

const fields = `{
    /** i16 */
    input: A;
    count: number;
    factor: number;
  };
`;

const expected = `// Owns the ABI of abi.ts as the host sees it; generated from there by tools/build/.
export const abiVersion = 3;
/** Of one descriptor. */
export const descriptorBytes = 16;
export const widePairBytes = 16;

/** How results are rounded. */
export const Rounding = {
  /** Towards zero. */
  Down: 0,
  /** away from zero */
  Up: 1,
} as const;
export type Rounding = (typeof Rounding)[keyof typeof Rounding];

/** Fields of a descriptor by operator; A is what an address is before emission: a region and an offset, or 0 for none. */
export interface Descriptors<A> {
  /** Moves things. */
  Scale: ${fields}  /** Moves things. */
  Shift: ${fields}}

interface Shape {
  readonly kind: number;
  readonly fields: readonly string[];
  readonly floats: readonly string[];
}

function shape(kind: number, fields: string, floats: readonly string[] = []): Shape {
  return { kind, fields: fields.split(' '), floats };
}

/** Number of each operator, the names of its fields after \`kind\` in order, 4 bytes each, and which of them are float32. */
export const operators: { readonly [O in keyof Descriptors<unknown>]: Shape } = {
  Scale: shape(1, 'input count factor', ['factor']),
  Shift: shape(4, 'input count factor', ['factor']),
};
`;

test('constants, enums, types of fields and the table of operators, with their comments', () => {
  assert.fixture(generate(source), expected);
});

/** A replacement in the source above, and the complaint about the result. */
const refused: [change: string, from: string, to: string, complaint: RegExp][] = [
  ['a field of an unknown type', 'count: i32;', 'count: i64;', /^abi\.ts:30: not a field: count: i64;$/],
  ['a field with an initial value', 'count: i32;', 'count: i32 = 1;', /^abi\.ts:30: not a field/],
  ['a method', 'count: i32;', 'count(): i32 { return 1; }', /^abi\.ts:30: not a field/],
  ['two fields of one name', 'count: i32;', 'input: i32;', /input stands twice/],
  ['a class without fields', '  first: u64;\n  second: u64;\n', '', /a body is empty/],
  ['a class without an end', '  second: u64;\n}\n', '  second: u64;\n', /a body has no end/],
  ['a managed class', '@unmanaged\nexport class MoveD', 'export class MoveD', /not a declaration of an ABI: export class MoveDescriptor/],
  ['an @unmanaged function', '@unmanaged\nexport class MoveD', '@unmanaged\nexport function moveD', /not a class: export function/],
  ['a member without a number', 'Up = 1,', 'Up,', /not a member with a number: Up,/],
  ['a number that is not a literal', 'Up = 1,', 'Up = 1 << 1,', /not a member with a number/],
  ['two members with one number', 'Up = 1,', 'Up = 0,', /two members of an enum have the same number/],
  ['an enum that is not const', 'const enum Rounding', 'enum Rounding', /not a declaration of an ABI: export enum Rounding/],
  ['a computed constant', '= 3;', '= 1 + 2;', /not a declaration of an ABI/],
  ['a function', '/** Moves things. */', 'export function move(): void {}', /not a declaration of an ABI/],
  ['a comment without an end', '/** Constants of two lanes. */', '/** Constants of two lanes.', /a comment has no end/],
  ['a name declared twice', 'ShiftDescriptor = ', 'ScaleDescriptor = ', /ScaleDescriptor is declared twice/],
  ['an alias of nothing', 'ShiftDescriptor = MoveDescriptor', 'ShiftDescriptor = Other', /ShiftDescriptor is an alias of Other/],
  ['an operator without fields', 'Shift = 4,', 'Turn = 4,', /operator Turn has no class TurnDescriptor/],
  ['fields without an operator', 'class WidePair', 'class WideDescriptor', /WideDescriptor belongs to no operator/],
  ['a descriptor without a kind', 'kind: u32;', 'which: u32;', /MoveDescriptor does not start with kind: u32/],
  ['a descriptor with a field of 8 bytes', 'count: i32;', 'count: u64;', /MoveDescriptor has a field of 8 bytes/],
  ['a descriptor that is too long', 'DESCRIPTOR_BYTES: usize = 16', 'DESCRIPTOR_BYTES: usize = 12', /16 bytes, more than DESCRIPTOR_BYTES/],
  [
    'a record longer than its constant',
    'WIDE_PAIR_BYTES: usize = 16',
    'WIDE_PAIR_BYTES: usize = 12',
    /16 bytes, more than WIDE_PAIR_BYTES/,
  ],
  ['a record without a constant', 'WIDE_PAIR_BYTES', 'PAIR_BYTES', /lacks WIDE_PAIR_BYTES/],
  ['no operators', 'enum OpKind', 'enum Operators', /lacks OpKind/],
];

for (const [change, from, to, complaint] of refused) {
  test(`refuses ${change}`, () => {
    assert.ok(source.includes(from));
    assert.throws(
      () => generate(source.replace(from, to)),
      ({ message }: Error) => complaint.test(message) || assert.unreachable(message),
    );
  });
}

test('the modules of the host are those of the sources as they are', () => {
  const coreSources = [
    'assembly/abi.ts',
    'assembly/abi-int16.ts',
    'assembly/abi-load.ts',
    'assembly/abi-move.ts',
    'assembly/abi-reduce.ts',
  ];
  const core = readAbi(coreSources);
  const floatSources = ['assembly/float/abi.ts', 'assembly/float/abi-recurrent.ts', 'assembly/float/abi-reduce.ts'];
  const float = readAbi(floatSources);
  const generated = (file: string) => readFileSync(fromRoot(file), 'utf8');
  const floatNames = { descriptors: 'FloatDescriptors', operators: 'floatOperators' };
  assert.fixture(generated('src/core/abi.ts'), generateAbi(core, coreSources.join(' and '), names), 'build again: npm run build -- --core');
  assert.fixture(generated('src/core/abi-float.ts'), generateAbi(float, floatSources.join(' and '), floatNames), 'build again');
});

test('operators that share a class have the same fields, and float32 fields are marked in both ABIs', () => {
  assert.equal(operators.Center.fields.slice(0, 3), ['input', 'output', 'images']);
  assert.equal(operators.Add.fields, operators.Multiply.fields);
  assert.equal([operators.Quantize.floats, operators.Convolution.floats], [['scale'], []]);
  assert.equal([floatOperators.Softmax.floats, floatOperators.Tanh.floats], [['factor'], ['a', 'b']]);
  assert.is(Requantization.FloatSigned, 5);
});

test.run();
