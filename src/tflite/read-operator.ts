// Owns the reading of operators: their codes, options and operands.

import type { Account } from '../account';
import { ModelError } from '../errors';
import type { CustomOperator, DetectionPostProcess, Node, OperatorAttributes, OperatorType, Value } from '../graph/graph';
import { entryAt, type Table } from './flatbuffer';
import { readFlexMap } from './flexbuffer';
import { type BuiltinType, type OptionField, optionEnums, optionSchemas } from './operator-options';
import type { Densify } from './read-tensor';
import { readTransposeBias } from './read-transpose-bias';
import {
  builtinNames,
  customOperatorCode,
  densifyName,
  detectionPostProcessName,
  isStateOperator,
  slots,
  transposeBiasName,
} from './schema';

/** Of an operator: its options, version, number of inputs, and place in messages. */
export interface CustomSource {
  /** Custom options; of builtin operators empty. */
  readonly options: Uint8Array;
  /** Of builtin operators alone: their table in the file, the tensors of the subgraph, and those of them that the graph does not get. */
  readonly builtin?: undefined | { readonly table: Table; readonly values: readonly Value[]; readonly absent: Set<Value> };
  readonly version: number;
  readonly inputs: number;
  readonly where: string;
  readonly account: Account;
}

/**
 * Reads the options of custom operators and of rare builtin ones, by their names. Throws `malformed`, `bad-option` and
 * `unsupported-feature`.
 */
export type CustomOperators = Readonly<Record<string, (source: CustomSource) => CustomOperator>>;

/** What only some entries read, beside TFLite_Detection_PostProcess and Convolution2DTransposeBias. */
export interface ReadExtensions {
  readonly operators?: CustomOperators;
  readonly densify?: Densify;
}

export interface OperatorCode {
  /** Undefined for what is not supported. */
  readonly type: OperatorType | undefined;
  /** How messages name it. */
  readonly name: string;
  /** Of custom operators alone. */
  readonly customName?: string;
  readonly version: number;
}

export function readOperatorCode(table: Table, custom: CustomOperators): OperatorCode {
  const slot = slots.OperatorCode;
  // Files older than schema 3a have only the 8-bit field (`tflite/converter/schema/schema_utils.cc`, GetBuiltinCode).
  const code = Math.max(table.int8(slot.deprecatedBuiltinCode), table.int32(slot.builtinCode));
  const version = table.int32(slot.version, 1);
  if (code === customOperatorCode) {
    const name = table.string(slot.customCode) ?? '';
    return { type: customType(name, custom), name: `custom '${name}'`, customName: name, version };
  }
  const name = builtinNames[code] ?? `builtin ${code}`;
  return { type: name in optionSchemas ? (name as BuiltinType) : Object.hasOwn(custom, name) ? 'CUSTOM' : undefined, name, version };
}

function customType(name: string, custom: CustomOperators): OperatorType | undefined {
  if (name === detectionPostProcessName) return name;
  if (name === transposeBiasName) return 'TRANSPOSE_CONV';
  return Object.hasOwn(custom, name) && !builtinNames.includes(name) ? 'CUSTOM' : undefined;
}

const before = 'use the file from before';

/** Ways out of operators that no runtime but one has, by the list of their names. */
const hints: readonly (readonly [operator: RegExp, wayOut: string])[] = [
  [/edgetpu-custom-op/, `it was compiled for the Edge TPU: ${before} edgetpu_compiler`],
  [/ethos-u/i, `it was compiled for Arm Ethos-U: ${before} vela`],
  [/neutron/i, `it was compiled for NXP Neutron: ${before} neutron-converter`],
  [/dispatch_op|hexagon|qnn/i, `it was compiled for another processor: ${before} that`],
  [/custom '(Landmarks2T|Transform|Max|Posenet)/, 'operators of MediaPipe and Coral: load it with zeropoint/float'],
  [/^(UNI.*LSTM|SVDF)$/, 'recurrent layers: load it with zeropoint/float'],
  [/custom 'Flex/, 'it was converted with SELECT_TF_OPS: convert it again with TFLITE_BUILTINS alone'],
  [/^(WHILE|IF|CALL)$/, 'it has control flow: convert it again with loops unrolled and branches fixed'],
];

/** Whether the reader knows the operator: as a node, or as one that it replaces. */
export function isSupported({ type, name }: OperatorCode): boolean {
  return type !== undefined || name === densifyName || isStateOperator(name);
}

/** What to do about operators of these names, if something is known. */
export function wayOut(names: readonly string[]): string | undefined {
  return hints.find(([pattern]) => names.some((name) => pattern.test(name)))?.[1];
}

/** The code of each operator. */
export function codesOf(tables: readonly Table[], codes: readonly OperatorCode[]): OperatorCode[] {
  return tables.map((table, i) => entryAt(codes, table.uint32(slots.Operator.opcodeIndex), 'operator code', `operator #${i}`));
}

/** The code of each operator. Throws one 'unsupported-operator' that lists all that are not supported, with their counts. */
export function resolveOperators(tables: readonly Table[], codes: readonly OperatorCode[]): OperatorCode[] {
  const resolved = codesOf(tables, codes);
  const missing = new Map<string, number>();
  for (const code of resolved) if (!isSupported(code)) missing.set(code.name, (missing.get(code.name) ?? 0) + 1);
  if (missing.size > 0) {
    const list = Array.from(missing, ([name, count]) => `${name} (${count})`).sort();
    const hint = wayOut([...missing.keys()]);
    throw new ModelError(
      'unsupported-operator',
      `the model has operators that are not supported: ${list.join(', ')}${hint ? `; ${hint}` : ''}`,
    );
  }
  return resolved;
}

/** The tensors that an operator reads and writes; undefined: an input that is left out. */
export function readOperands(
  table: Table,
  where: string,
  values: readonly Value[],
  account: Account,
): { inputs: (Value | undefined)[]; outputs: Value[] } {
  const operands = (of: number): number[] => {
    const indices = table.int32s(of) ?? [];
    account.charge('operand', indices.length);
    return indices;
  };
  return {
    inputs: operands(slots.Operator.inputs).map((index) => (index === -1 ? undefined : entryAt(values, index, 'tensor', where))),
    outputs: operands(slots.Operator.outputs).map((index) => entryAt(values, index, 'tensor', where)),
  };
}

/** Operator `id` as a node over `values`. */
export function readOperator(table: Table, code: OperatorCode, id: number, values: readonly Value[], options: OptionReader): Node {
  const type = code.type!;
  const where = `${code.customName ?? code.name} #${id}`;
  const slot = slots.Operator;
  const { inputs, outputs } = readOperands(table, where, values, options.account);
  if (table.uint64(slot.largeCustomOptionsOffset) > 1) {
    throw new ModelError('unsupported-feature', 'data outside the FlatBuffer is not supported', { where });
  }
  const custom = table.bytes(slot.customOptions);
  if (code.customName === transposeBiasName) {
    options.account.charge('tensor', 1);
    const read = readTransposeBias({ id, options: custom, inputs, outputs }, values.length + options.added.length);
    options.added.push(read.inputs[0]!);
    return read;
  }
  const attributes =
    type === detectionPostProcessName
      ? options.detectionPostProcess(custom)
      : type === 'CUSTOM'
        ? options.custom(code, inputs.length, where, table, values, custom)
        : readOptions(table, type, where);
  return { type, id, attributes, inputs, outputs, version: code.version } as Node;
}

function readOptions(operator: Table, type: BuiltinType, where: string): Record<string, unknown> {
  const schema = optionSchemas[type];
  const union = operator.uint8(slots.Operator.builtinOptionsType);
  const fields = Object.entries<OptionField>(schema.fields);
  const attributes: Record<string, unknown> = {};
  if (fields.length === 0) return attributes;
  const table = union === schema.union ? operator.table(slots.Operator.builtinOptions) : undefined;
  // Required but for RESHAPE: without them TFLite leaves parameters unset.
  if (!table && !(type === 'RESHAPE' && union === 0)) {
    throw new ModelError('bad-option', `it needs builtin options of type ${schema.union}, the file has type ${union}`, { where });
  }
  for (const [name, field] of fields) {
    const value = table && readOption(table, name, field, where);
    if (!field.isOptional || (value !== undefined && value !== Boolean(field.default))) attributes[name] = value;
  }
  if (type === 'SQUEEZE') attributes.squeezeDims ??= [];
  // weights_format, the only field not in the schema above that changes what an operator computes.
  if (type === 'FULLY_CONNECTED' && table?.int8(1)) {
    throw new ModelError('unsupported-feature', 'shuffled weights are not supported', { where });
  }
  return attributes;
}

function readOption(table: Table, name: string, field: OptionField, where: string): unknown {
  const { slot, kind } = field;
  if (kind === 'ints') return table.int32s(slot);
  if (kind === 'bool') return table.int8(slot, field.default) !== 0;
  if (kind === 'float' || kind === 'int') {
    const value = kind === 'float' ? table.float32(slot) : table.int32(slot, field.default);
    const fault = field.fault(value);
    if (fault) throw new ModelError('bad-option', `${name} is ${value}; it ${fault}`, { where });
    return value;
  }
  const code = table.int8(slot);
  if (field.isOptional && code === 0) return undefined;
  const value = optionEnums[kind][code];
  if (value === undefined) throw new ModelError('bad-option', `${name} has the unknown value ${code}`, { where });
  return value;
}

/** Custom options: operators that share them have one object. */
export class OptionReader {
  private readonly known = new Map<string, DetectionPostProcess>();
  private readonly operators = new Map<string, CustomOperator>();
  /** Values that are no tensors of the file: what options became, and what operators leave in variable tensors. */
  readonly added: Value[] = [];

  constructor(
    readonly account: Account,
    private readonly customOperators: CustomOperators,
    /** See TensorReader. */
    private readonly absent: Set<Value>,
  ) {}

  /** `table` is that of the operator, `values` the tensors of its subgraph. */
  custom(
    { customName, name, version }: OperatorCode,
    inputs: number,
    where: string,
    table: Table,
    values: readonly Value[],
    bytes: Uint8Array = new Uint8Array(),
  ): OperatorAttributes['CUSTOM'] {
    const key = `${customName} ${version} ${inputs} ${bytes.byteOffset} ${bytes.length}`;
    const { account, absent } = this;
    const builtin = customName === undefined ? { table, values, absent } : undefined;
    const known = builtin ? undefined : this.operators.get(key);
    const operator = known ?? this.customOperators[customName ?? name]({ options: bytes, builtin, version, inputs, where, account });
    this.operators.set(key, operator);
    return { operator, customOptions: bytes };
  }

  detectionPostProcess(bytes: Uint8Array = new Uint8Array()): DetectionPostProcess {
    const key = `${bytes.byteOffset} ${bytes.length}`;
    const options = this.known.get(key) ?? detectionPostProcess(bytes, this.account);
    this.known.set(key, options);
    return { ...options };
  }
}

/** As Init in `tflite/kernels/detection_postprocess.cc`: only `detections_per_class` has a default other than 0, which is 100. */
function detectionPostProcess(customOptions: Uint8Array, account: Account): DetectionPostProcess {
  const map = readFlexMap(customOptions, account);
  const number = (key: string) => map.get(key) ?? 0;
  return {
    maxDetections: Math.trunc(number('max_detections')),
    maxClassesPerDetection: Math.trunc(number('max_classes_per_detection')),
    detectionsPerClass: Math.trunc(map.get('detections_per_class') ?? 100),
    useRegularNms: number('use_regular_nms') !== 0,
    nmsScoreThreshold: Math.fround(number('nms_score_threshold')),
    nmsIouThreshold: Math.fround(number('nms_iou_threshold')),
    numClasses: Math.trunc(number('num_classes')),
    yScale: Math.fround(number('y_scale')),
    xScale: Math.fround(number('x_scale')),
    hScale: Math.fround(number('h_scale')),
    wScale: Math.fround(number('w_scale')),
    customOptions,
  };
}
