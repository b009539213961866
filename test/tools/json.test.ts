// Tests tools/json.ts: numbers that JSON lacks, checks and what they call wrong.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  anyObject,
  type Check,
  checkJson,
  count,
  flag,
  hash,
  integer,
  list,
  literal,
  maybe,
  real,
  record,
  text,
  toJson,
} from '../../tools/json';
import { refuses } from '../support/errors';

test('NaN and infinities become text and numbers again; text that reads like them stays text', () => {
  const value = { numbers: [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0.1], name: 'NaN', none: undefined };
  const json = toJson(value);
  assert.equal(json, { numbers: ['NaN', 'Infinity', '-Infinity', 0.1], name: 'NaN' });
  const check = record<{ numbers: number[]; name: string; none?: string }>({ numbers: list(real), name: text, none: maybe(text) });
  const read = checkJson(check, json, 'f.json', 'try again');
  assert.equal([read.numbers.map(String), read.name, Object.keys(read)], [value.numbers.map(String), 'NaN', ['numbers', 'name']]);
});

test('members come in the declared order, inherited and undeclared ones not at all', () => {
  const check = record<{ a: number; toString?: unknown }>({ a: count, toString: maybe(text as Check<unknown>) });
  assert.is(JSON.stringify(checkJson(check, JSON.parse('{"b":1,"__proto__":{"c":2},"a":3}'), 'f', '')), '{"a":3}');
});

const wrong: [string, Check<unknown>, unknown, RegExp][] = [
  ['text', text, 1, /^f: is damaged: is 1, not text; do$/],
  ['flag', flag, 'true', /is "true", not true or false/],
  ['count', count, -1, /is -1, not a count/],
  ['count', count, 2 ** 53, /not a count/],
  ['integer', integer, 0.5, /is 0\.5, not a whole number/],
  ['hash', hash, `${'0'.repeat(63)}g`, /not a SHA-256/],
  ['real', real, 'nan', /is "nan", not a number/],
  ['real', real, Number.NaN, /is NaN, not a number/],
  ['literal', literal('a', 'b'), 'c', /is "c", not a or b/],
  ['list', list(text), {}, /is an object, not a list/],
  ['list', list(text), new Array(1), /\[0\] is missing, not text/],
  ['record', record({ a: record({ b: list(count) }) }), { a: { b: [0, null] } }, /a\.b\[1\] is null, not a count/],
  ['record', record({ a: text }), [], /is a list, not an object/],
  ['anyObject', anyObject, null, /is null, not an object/],
];

for (const [name, check, value, message] of wrong) {
  test(`${name} refuses ${JSON.stringify(value)} and says where`, () =>
    refuses(async () => checkJson(check, value, 'f', 'do'), 'bad-data', message));
}

test('an error that is no mismatch is not called damage', async () => {
  const broken: Check<unknown> = () => {
    throw new TypeError('broken check');
  };
  assert.throws(
    () => checkJson(broken, 0, 'f', ''),
    (error: Error) => error instanceof TypeError,
  );
});

test.run();
