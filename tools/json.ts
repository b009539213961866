// Owns plain data in JSON files: numbers that JSON lacks, and checking member by member what a file holds.
import { ModelError } from 'zeropoint';

/** JSON has no NaN and no infinities. */
export type JsonNumber = number | 'NaN' | 'Infinity' | '-Infinity';

/** Plain data whose numbers are JsonNumbers. */
export type Json<T> = T extends number ? JsonNumber : T extends object ? { readonly [K in keyof T]: Json<T[K]> } : T;

/** A deep copy of `value` with JsonNumbers and without undefined members. */
export function toJson<T>(value: T): Json<T> {
  const encode = (_: string, member: unknown) => (typeof member === 'number' && !Number.isFinite(member) ? String(member) : member);
  return JSON.parse(JSON.stringify(value, encode));
}

/** Returns a checked copy of `value`, its members in the declared order; `at` is its path, as `outputs[0].name`. Throws a Mismatch. */
export type Check<T> = (value: unknown, at: string) => T;

/** The path of a member, and what is wrong with it. */
export class Mismatch extends Error {
  constructor(
    readonly at: string,
    message: string,
  ) {
    super(at === '' ? message : `${at} ${message}`);
  }
}

/** Checks the content of a file; `advice` tells the user what to do about one that does not pass. @throws ModelError `bad-data` */
export function checkJson<T>(check: Check<T>, value: unknown, where: string, advice: string): T {
  try {
    return check(value, '');
  } catch (cause) {
    if (!(cause instanceof Mismatch)) throw cause;
    throw new ModelError('bad-data', `is damaged: ${cause.message}; ${advice}`, { where, cause });
  }
}

/** Whether JSON.parse gave an object, not a list and not null. */
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What `value` is, for messages. */
function describe(value: unknown): string {
  if (value === undefined) return 'is missing';
  if (Array.isArray(value)) return 'is a list';
  if (isObject(value)) return 'is an object';
  return `is ${typeof value === 'string' ? JSON.stringify(value.slice(0, 40)) : String(value)}`;
}

/** A check by a predicate; `wanted` names what passes. */
const only =
  <T>(wanted: string, passes: (value: unknown) => boolean): Check<T> =>
  (value, at) => {
    if (!passes(value)) throw new Mismatch(at, `${describe(value)}, not ${wanted}`);
    return value as T;
  };

export const text: Check<string> = only('text', (value) => typeof value === 'string');
export const flag: Check<boolean> = only('true or false', (value) => typeof value === 'boolean');
export const integer: Check<number> = only('a whole number', Number.isSafeInteger);
export const count: Check<number> = only('a count', (value) => Number.isSafeInteger(value) && (value as number) >= 0);
/** SHA-256, hexadecimal. */
export const hash: Check<string> = only('a SHA-256', (value) => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value));

const specials: ReadonlyMap<unknown, number> = new Map(
  [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map((x) => [String(x), x]),
);

/** The number that a JsonNumber stands for. */
export const real: Check<number> = (value, at) =>
  specials.get(value) ?? only<number>('a number', (number) => typeof number === 'number' && Number.isFinite(number))(value, at);

export const literal = <const T extends string | number>(...values: readonly T[]): Check<T> =>
  only(values.join(' or '), (value) => values.includes(value as T));

export const maybe =
  <T>(check: Check<T>): Check<T | undefined> =>
  (value, at) =>
    value === undefined ? undefined : check(value, at);

/** Holes of an array count as undefined items. */
export const list =
  <T>(item: Check<T>): Check<T[]> =>
  (value, at) =>
    Array.from(only<unknown[]>('a list', Array.isArray)(value, at), (member, i) => item(member, `${at}[${i}]`));

/** Members that are absent stay absent; those without a check are left out. */
export const record =
  <T extends object>(members: { readonly [K in keyof T]-?: Check<T[K]> }): Check<T> =>
  (value, at) => {
    const object = only<Record<string, unknown>>('an object', isObject)(value, at);
    const read = Object.entries<Check<unknown>>(members).map(([name, check]) => {
      const member = Object.hasOwn(object, name) ? object[name] : undefined;
      return [name, check(member, at === '' ? name : `${at}.${name}`)] as const;
    });
    return Object.fromEntries(read.filter(([, member]) => member !== undefined)) as T;
  };

/** Levels of nesting; JSON.stringify is recursive and overflows the stack on much deeper data. */
const maxDepth = 64;

function depthOf(value: unknown, most: number): number {
  if (typeof value !== 'object' || value === null || most === 0) return 0;
  return 1 + Object.values(value).reduce<number>((depth, member) => Math.max(depth, depthOf(member, most - 1)), 0);
}

/** An object of any members, for data that are only displayed. */
export const anyObject: Check<Record<string, unknown>> = only(
  'an object of reasonable depth',
  (value) => isObject(value) && depthOf(value, maxDepth) < maxDepth,
);
