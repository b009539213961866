// Owns reading an ABI from its AssemblyScript source: constants, enums, classes of fields and aliases of classes, nothing else.

/** What a field of a class may be. */
export type FieldType = 'usize' | 'u32' | 'i32' | 'f32' | 'u64';

const fieldBytes: Readonly<Record<FieldType, number>> = { usize: 4, u32: 4, i32: 4, f32: 4, u64: 8 };

/** A comment belongs to what stands below it or, of a field or member, on the same line. */
interface Documented {
  readonly name: string;
  readonly comment: string;
}

export interface Constant extends Documented {
  readonly value: number;
}

export interface Enumeration extends Documented {
  readonly members: readonly Constant[];
}

export interface AbiField extends Documented {
  readonly type: FieldType;
}

/** An @unmanaged class: its fields follow each other in memory without gaps. */
export interface AbiClass extends Documented {
  readonly fields: readonly AbiField[];
  readonly bytes: number;
}

export interface Abi {
  readonly constants: readonly Constant[];
  readonly enums: readonly Enumeration[];
  readonly classes: readonly AbiClass[];
  /** Further names of classes. */
  readonly aliases: ReadonlyMap<string, string>;
}

/** The lines of a source, one after the other, without blank lines and comments that document nothing. */
class Lines {
  private readonly lines: readonly string[];
  private next = 0;
  /** The documentation above the line that was returned last. */
  comment = '';

  constructor(
    private readonly file: string,
    source: string,
  ) {
    this.lines = source.split('\n');
  }

  /** The next line of code, trimmed; undefined at the end. */
  take(): string | undefined {
    this.comment = '';
    while (this.next < this.lines.length) {
      const line = this.lines[this.next++].trim();
      if (line.startsWith('/**')) this.comment = this.documentation(line.slice(3));
      else if (line.startsWith('//')) this.comment = '';
      else if (line !== '') return line;
    }
    return undefined;
  }

  private documentation(first: string): string {
    const parts = [first];
    while (!parts[parts.length - 1].endsWith('*/')) {
      if (this.next === this.lines.length) this.fail('a comment has no end');
      parts.push(this.lines[this.next++].trim().replace(/^\*(?!\/)/, ''));
    }
    return parts
      .map((part) => part.replace(/\*\/$/, '').trim())
      .filter((part) => part !== '')
      .join(' ');
  }

  fail(message: string): never {
    throw new SyntaxError(`${this.file}:${this.next}: ${message}`);
  }
}

/** Matches the lines of a body up to `}` and reads each by `read`; names must differ. */
function body<T extends Documented>(
  lines: Lines,
  pattern: RegExp,
  what: string,
  read: (match: RegExpMatchArray, comment: string) => T,
): T[] {
  const found: T[] = [];
  for (let line = lines.take(); line !== '}'; line = lines.take()) {
    const match = line?.match(pattern);
    if (!match) lines.fail(line === undefined ? `a body has no end` : `not ${what}: ${line}`);
    const item = read(match, match.groups?.comment ?? lines.comment);
    if (found.some(({ name }) => name === item.name)) lines.fail(`${item.name} stands twice`);
    found.push(item);
  }
  if (found.length === 0) lines.fail('a body is empty');
  return found;
}

function members(lines: Lines): Constant[] {
  const pattern = /^(?<name>[A-Z]\w*) = (?<value>\d+),(?: \/\/ (?<comment>.*))?$/;
  const found = body(lines, pattern, 'a member with a number', ({ groups }, comment) => {
    return { name: groups!.name, value: Number(groups!.value), comment };
  });
  if (new Set(found.map(({ value }) => value)).size < found.length) lines.fail('two members of an enum have the same number');
  return found;
}

function fields(lines: Lines): AbiField[] {
  const types = Object.keys(fieldBytes).join('|');
  const pattern = new RegExp(`^(?<name>[a-z]\\w*): (?<type>${types});(?: // (?<comment>.*))?$`);
  return body(lines, pattern, 'a field', ({ groups }, comment) => ({ name: groups!.name, type: groups!.type as FieldType, comment }));
}

/** Reads the source of an ABI. Throws SyntaxError with file and line on anything but its four kinds of declarations. */
export function parseAbi(file: string, source: string): Abi {
  const lines = new Lines(file, source);
  const constants: Constant[] = [];
  const enums: Enumeration[] = [];
  const classes: AbiClass[] = [];
  const aliases = new Map<string, string>();
  const names = new Set<string>();
  const declare = (name: string) => {
    if (names.has(name)) lines.fail(`${name} is declared twice`);
    names.add(name);
    return name;
  };
  for (let line = lines.take(); line !== undefined; line = lines.take()) {
    const { comment } = lines;
    const constant = line.match(/^export const ([A-Z][A-Z_]*): (?:u32|usize) = (\d+);$/);
    const enumeration = line.match(/^export const enum ([A-Z]\w*) \{$/);
    const alias = line.match(/^export type ([A-Z]\w*) = ([A-Z]\w*);$/);
    if (constant) constants.push({ name: declare(constant[1]), value: Number(constant[2]), comment });
    else if (enumeration) enums.push({ name: declare(enumeration[1]), comment, members: members(lines) });
    else if (alias) aliases.set(declare(alias[1]), alias[2]);
    else if (line === '@unmanaged') {
      const opening = lines.take();
      const name = opening?.match(/^export class ([A-Z]\w*) \{$/)?.[1] ?? lines.fail(`not a class: ${opening}`);
      const found = fields(lines);
      classes.push({ name: declare(name), comment, fields: found, bytes: found.reduce((sum, { type }) => sum + fieldBytes[type], 0) });
    } else lines.fail(`not a declaration of an ABI: ${line}`);
  }
  for (const [name, target] of aliases) {
    if (!classes.some((declared) => declared.name === target)) lines.fail(`${name} is an alias of ${target}, which is no class`);
  }
  return { constants, enums, classes, aliases };
}
