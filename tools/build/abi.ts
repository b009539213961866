// Owns the host's side of the ABIs: src/core/abi.ts, abi-relaxed.ts and abi-float.ts, generated from abi.ts in assembly/ and its folders.
import { readFileSync, writeFileSync } from 'node:fs';
import { type Abi, type AbiClass, type AbiField, type Constant, type Enumeration, parseAbi } from './parse-abi';
import { fromRoot } from './root';

/** One operator with the class of its descriptors. */
interface Operator {
  readonly name: string;
  readonly kind: number;
  readonly descriptor: AbiClass;
}

/** What the generated module calls its interface of fields and its table of operators. */
export interface AbiNames {
  readonly descriptors: string;
  readonly operators: string;
}

const modules: readonly { sources: readonly string[]; module: string; names: AbiNames }[] = [
  {
    sources: ['assembly/abi.ts', 'assembly/abi-int16.ts', 'assembly/abi-load.ts', 'assembly/abi-move.ts', 'assembly/abi-reduce.ts'],
    module: 'src/core/abi.ts',
    names: { descriptors: 'Descriptors', operators: 'operators' },
  },
  {
    sources: ['assembly/relaxed/abi.ts'],
    module: 'src/core/abi-relaxed.ts',
    names: { descriptors: 'DotDescriptors', operators: 'dotOperators' },
  },
  {
    sources: ['assembly/float/abi.ts', 'assembly/float/abi-recurrent.ts', 'assembly/float/abi-reduce.ts'],
    module: 'src/core/abi-float.ts',
    names: { descriptors: 'FloatDescriptors', operators: 'floatOperators' },
  },
];

/** Constants that all ABIs must agree on, since one loader and one emitter of the host serve all binaries. */
const common = ['ABI_VERSION', 'DESCRIPTOR_BYTES'];

/** Reads the sources and writes the modules. */
export function buildAbi(): void {
  const abis = modules.map(({ sources }) => readAbi(sources));
  for (const name of common) {
    const values = abis.map((abi) => constantOf(abi, name));
    if (new Set(values).size > 1) throw new RangeError(`${name} differs: ${values.join(' and ')}`);
  }
  modules.forEach(({ sources, module, names }, i) => {
    writeFileSync(fromRoot(module), generateAbi(abis[i], sources.join(' and '), names));
  });
}

/** The declarations of all `sources` of one ABI. */
export function readAbi(sources: readonly string[]): Abi {
  const abis = sources.map((source) => parseAbi(source, readFileSync(fromRoot(source), 'utf8')));
  return {
    constants: abis.flatMap(({ constants }) => constants),
    enums: abis.flatMap(({ enums }) => enums),
    classes: abis.flatMap(({ classes }) => classes),
    aliases: new Map(abis.flatMap(({ aliases }) => [...aliases])),
  };
}

function constantOf({ constants }: Abi, name: string): number {
  const found = constants.find((constant) => constant.name === name);
  if (!found) throw new RangeError(`the ABI lacks ${name}`);
  return found.value;
}

/** The operators of OpKind; operator X has the fields of class or alias XDescriptor. */
function operatorsOf(abi: Abi): Operator[] {
  const kinds = abi.enums.find(({ name }) => name === 'OpKind');
  if (!kinds) throw new RangeError('the ABI lacks OpKind');
  return kinds.members.map(({ name, value }) => {
    const own = `${name}Descriptor`;
    const descriptor = abi.classes.find((declared) => declared.name === (abi.aliases.get(own) ?? own));
    if (!descriptor) throw new RangeError(`operator ${name} has no class ${own}`);
    return { name, kind: value, descriptor };
  });
}

/** Every class is an operator's descriptor, which starts with its kind and fits, or a record with a constant for its padded size. */
function checkClasses(abi: Abi, operators: readonly Operator[]): void {
  const limit = constantOf(abi, 'DESCRIPTOR_BYTES');
  for (const declared of abi.classes) {
    const { name, fields, bytes } = declared;
    if (!name.endsWith('Descriptor')) {
      const size = `${name.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase()}_BYTES`;
      if (bytes > constantOf(abi, size)) throw new RangeError(`${name} has ${bytes} bytes, more than ${size}`);
      continue;
    }
    if (!operators.some(({ descriptor }) => descriptor === declared)) throw new RangeError(`${name} belongs to no operator`);
    if (fields[0].name !== 'kind' || fields[0].type !== 'u32') throw new RangeError(`${name} does not start with kind: u32`);
    if (fields.some(({ type }) => type === 'u64')) throw new RangeError(`${name} has a field of 8 bytes`);
    if (bytes > limit) throw new RangeError(`${name} has ${bytes} bytes, more than DESCRIPTOR_BYTES`);
  }
}

/** The text of a module of the host for the ABI in `source`. Throws RangeError when its parts do not fit together. */
export function generateAbi(abi: Abi, source: string, names: AbiNames): string {
  const operators = operatorsOf(abi);
  checkClasses(abi, operators);
  const sections = [
    `// Owns the ABI of ${source} as the host sees it; generated from there by tools/build/.`,
    abi.constants.map(constant).join(''),
    ...abi.enums.filter(({ name }) => name !== 'OpKind').map(enumeration),
    descriptorTypes(operators, names.descriptors),
    operatorTable(operators, names),
  ];
  return sections.join('\n');
}

function documentation(text: string, indentation = ''): string {
  return text === '' ? '' : `${indentation}/** ${text} */\n`;
}

/** DESCRIPTOR_BYTES becomes descriptorBytes. */
function constant({ name, value, comment }: Constant): string {
  const camelCase = name.toLowerCase().replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
  return `${documentation(comment)}export const ${camelCase} = ${value};\n`;
}

function enumeration({ name, comment, members }: Enumeration): string {
  const entries = members.map((member) => `${documentation(member.comment, '  ')}  ${member.name}: ${member.value},\n`);
  const type = `export type ${name} = (typeof ${name})[keyof typeof ${name}];\n`;
  return `${documentation(comment)}export const ${name} = {\n${entries.join('')}} as const;\n${type}`;
}

/** Fields that the host chooses: all but `kind`. */
function hostFields({ fields }: AbiClass): readonly AbiField[] {
  return fields.slice(1);
}

function descriptorTypes(operators: readonly Operator[], name: string): string {
  const entries = operators.map((operator) => {
    const fields = hostFields(operator.descriptor).map((field) => {
      return `${documentation(field.comment, '    ')}    ${field.name}: ${field.type === 'usize' ? 'A' : 'number'};\n`;
    });
    return `${documentation(operator.descriptor.comment, '  ')}  ${operator.name}: {\n${fields.join('')}  };\n`;
  });
  const comment = 'Fields of a descriptor by operator; A is what an address is before emission: a region and an offset, or 0 for none.';
  return `${documentation(comment)}export interface ${name}<A> {\n${entries.join('')}}\n`;
}

/** Names as one string per operator: shorter than lists, and equal strings compress to next to nothing. */
function operatorTable(operators: readonly Operator[], { descriptors, operators: table }: AbiNames): string {
  const entries = operators.map(({ name, kind, descriptor }) => {
    const fields = hostFields(descriptor);
    const floats = fields.filter(({ type }) => type === 'f32').map((field) => `'${field.name}'`);
    const list = fields.map((field) => field.name).join(' ');
    return `  ${name}: shape(${kind}, '${list}'${floats.length > 0 ? `, [${floats.join(', ')}]` : ''}),\n`;
  });
  return [
    'interface Shape {',
    '  readonly kind: number;',
    '  readonly fields: readonly string[];',
    '  readonly floats: readonly string[];',
    '}',
    '',
    'function shape(kind: number, fields: string, floats: readonly string[] = []): Shape {',
    "  return { kind, fields: fields.split(' '), floats };",
    '}',
    '',
    '/** Number of each operator, the names of its fields after `kind` in order, 4 bytes each, and which of them are float32. */',
    `export const ${table}: { readonly [O in keyof ${descriptors}<unknown>]: Shape } = {`,
    `${entries.join('')}};`,
    '',
  ].join('\n');
}
