// Owns reading the members of an object of a TensorFlow.js model: kinds, defaults and ranges, with errors that name the layer or operator.
import { type ErrorCode, ModelError } from 'zeropoint';
import { isObject } from '../../json';
import { quote } from '../../quote';

/** Characters of a message, which may quote lists of the file. */
const maxMessage = 400;
/** Most entries of a list of integers. */
const maxIntegers = 4096;
/** Largest magnitude of an integer: sizes beyond it are refused by shapes anyway. */
const maxInteger = 2 ** 31;

/** An object of the file; members that are absent or null have the fallback that the reader gives. */
export class Config {
  constructor(
    private readonly members: Readonly<Record<string, unknown>>,
    /** The layer or operator, for messages. */
    readonly where: string,
  ) {}

  /** @throws ModelError with this object as the place */
  fail(code: ErrorCode, message: string): never {
    throw new ModelError(code, quote(message, maxMessage), { where: this.where });
  }

  /** The own member of that name; undefined for null. */
  member(name: string): unknown {
    return Object.hasOwn(this.members, name) ? (this.members[name] ?? undefined) : undefined;
  }

  private wrong(name: string, wanted: string): never {
    return this.fail('bad-option', `its member ${name} is not ${wanted}`);
  }

  text(name: string, fallback: string): string {
    const value = this.member(name) ?? fallback;
    return typeof value === 'string' ? value : this.wrong(name, 'text');
  }

  flag(name: string, fallback: boolean): boolean {
    const value = this.member(name) ?? fallback;
    return typeof value === 'boolean' ? value : this.wrong(name, 'true or false');
  }

  number(name: string, fallback: number): number {
    const value = this.member(name) ?? fallback;
    return typeof value === 'number' && Number.isFinite(value) ? value : this.wrong(name, 'a number');
  }

  integer(name: string, fallback: number): number {
    const value = this.number(name, fallback);
    return Number.isInteger(value) && Math.abs(value) <= maxInteger ? value : this.wrong(name, 'an integer');
  }

  /** A list of integers; one alone counts as a list of it. */
  integers(name: string, fallback: readonly number[]): number[] {
    const value = this.member(name) ?? fallback;
    const list = Array.isArray(value) ? value : [value];
    const isFine = list.length <= maxIntegers && list.every((entry) => Number.isInteger(entry) && Math.abs(entry) <= maxInteger);
    return isFine ? (list as number[]) : this.wrong(name, 'a list of integers');
  }

  /** Integers >= 1 for `count` axes; one alone holds for all. */
  sizes<const N extends 1 | 2>(name: string, count: N, fallback: number): N extends 2 ? [number, number] : [number] {
    const list = this.integers(name, [fallback]);
    const sizes = list.length === 1 ? new Array<number>(count).fill(list[0]) : list;
    if (sizes.length !== count || sizes.some((size) => size < 1)) this.wrong(name, `${count} integers >= 1`);
    return sizes as N extends 2 ? [number, number] : [number];
  }

  /** Amounts before and after each of `count` axes: one for all, one per axis, or a pair per axis. */
  amounts(name: string, count: number, fallback: number): [before: number, after: number][] {
    const value = this.member(name) ?? fallback;
    const entries: unknown[] = Array.isArray(value) ? value : new Array(count).fill(value);
    // An axis alone lists its pair without a list around it.
    const axes = count === 1 && entries.length === 2 && entries.every((entry) => typeof entry === 'number') ? [entries] : entries;
    const isAmount = (amount: unknown) => Number.isInteger(amount) && (amount as number) >= 0 && (amount as number) <= maxInteger;
    const pairs = axes.map((axis) => (Array.isArray(axis) ? axis : [axis, axis]));
    const isFine = pairs.length === count && pairs.every((pair) => pair.length === 2 && pair.every(isAmount));
    return isFine ? (pairs as [number, number][]) : this.wrong(name, `amounts >= 0 for ${count} axes`);
  }

  /** A list of numbers, possibly nested, as one flat list; undefined where it is absent. */
  numbers(name: string): number[] | undefined {
    const value = this.member(name);
    if (value === undefined) return undefined;
    const flat = (Array.isArray(value) ? value.flat(8) : [value]) as unknown[];
    return flat.every((entry) => typeof entry === 'number') ? (flat as number[]) : this.wrong(name, 'a list of numbers');
  }

  object(name: string): Config | undefined {
    const value = this.member(name);
    if (value === undefined) return undefined;
    return isObject(value) ? new Config(value, this.where) : this.wrong(name, 'an object');
  }

  list(name: string): readonly unknown[] {
    const value = this.member(name) ?? [];
    return Array.isArray(value) ? value : this.wrong(name, 'a list');
  }
}
