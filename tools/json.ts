// Owns plain data in JSON files: numbers that JSON lacks, and checking member by member what a file holds.
import { ModelError } from 'zeropoint';
import { quote } from './quote';

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
  return `is ${typeof value === 'string' ? JSON.stringify(quote(value, 40)) : String(value)}`;
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

export const nullable =
  <T>(check: Check<T>): Check<T | null> =>
  (value, at) =>
    value === null ? null : check(value, at);

export const finite: Check<number> = only('a number', Number.isFinite);

/** A number in [low, high]; NaN and infinities are none. */
export const within = (low: number, high: number): Check<number> =>
  only(`a number from ${low} to ${high}`, (value) => typeof value === 'number' && value >= low && value <= high);

/** A number that float32 holds exactly. */
export const float32: Check<number> = only(
  'a float32 number',
  (value) => typeof value === 'number' && Number.isFinite(value) && Object.is(Math.fround(value), value),
);

/** Throws a Mismatch unless `condition`, for members that contradict each other. */
export function ensure(condition: boolean, at: string, message: string): void {
  if (!condition) throw new Mismatch(at, message);
}

/** `check`, then `confirm`, which throws a Mismatch where members contradict each other. */
export const consistent =
  <T>(check: Check<T>, confirm: (checked: T, at: string) => void): Check<T> =>
  (value, at) => {
    const checked = check(value, at);
    confirm(checked, at);
    return checked;
  };

/** A check by a function that throws a ModelError for what does not pass. */
export const parsed =
  <T>(parse: (value: unknown) => T): Check<T> =>
  (value, at) => {
    try {
      return parse(value);
    } catch (cause) {
      if (cause instanceof ModelError) throw new Mismatch(at, `is refused: ${cause.message}`);
      throw cause;
    }
  };

/** Members of any names, `__proto__` included, all of one kind. */
export const dictionary =
  <T>(member: Check<T>): Check<Readonly<Record<string, T>>> =>
  (value, at) => {
    const object = only<Record<string, unknown>>('an object', isObject)(value, at);
    // Unlike assignment, fromEntries defines own members of all names.
    return Object.fromEntries(Object.keys(object).map((name) => [name, member(object[name], `${at}[${JSON.stringify(quote(name))}]`)]));
  };

/** The own member of that name; undefined for `constructor` and other inherited ones. */
export function memberOf<T>(members: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(members, name) ? members[name] : undefined;
}

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
