// Owns how many inputs and outputs each operator takes and of which dtypes, as one table, and the check against it.
import { type DType, describeValue, type Node, type OperatorType } from '../graph';
import { reject } from '../reject';
import { weightedInputs } from '../weighted';

/** Sets of dtypes, by the names that rows use. */
const sets = {
  index: ['int32', 'int64'],
  plain: ['float32', 'int32', 'int64'],
  real: ['float32', 'uint8', 'int8'],
  real16: ['float32', 'uint8', 'int8', 'int16'],
  number: ['float32', 'int32', 'int64', 'uint8', 'int8'],
  number16: ['float32', 'int32', 'int64', 'uint8', 'int8', 'int16'],
  any: ['float32', 'int32', 'int64', 'uint8', 'int8', 'int16', 'bool'],
  decoded: ['float32', 'uint8'],
} as const satisfies Record<string, readonly DType[]>;

/**
 * One row per combination: inputs > outputs. A word is a dtype, the name of a set above (any of it), or T, which is one and the same
 * dtype wherever it stands and must be of the sets behind the bar. `?` marks an optional input, `*` one or more of a kind.
 * From the type checks of each operator's Prepare() in tflite/kernels; hybrid arithmetic is left out. All rows of one
 * operator have equally many words, so the first row gives the number of inputs and outputs.
 */
const rows: Readonly<Record<Exclude<OperatorType, 'CUSTOM'>, readonly string[]>> = {
  CONV_2D: ['float32 float32 float32? > float32', 'uint8 uint8 int32? > uint8', 'int8 int8 int32? > int8', 'int16 int8 index? > int16'],
  DEPTHWISE_CONV_2D: [
    'float32 float32 float32? > float32',
    'uint8 uint8 int32? > uint8',
    'int8 int8 int32? > int8',
    'int16 int8 int64? > int16',
  ],
  TRANSPOSE_CONV: [
    'int32 float32 float32 float32? > float32',
    'int32 uint8 uint8 int32? > uint8',
    'int32 int8 int8 int32? > int8',
    'int32 int8 int16 index? > int16',
  ],
  FULLY_CONNECTED: [
    'float32 float32 float32? > float32',
    'uint8 uint8 int32? > uint8',
    'int8 int8 int32? > int8',
    'int16 int8 index? > int16',
  ],
  BATCH_MATMUL: ['T T > T | float32 int8 int16', 'int16 int8 > int16'],
  ADD: ['T T > T | number16'],
  SUB: ['T T > T | number16'],
  MUL: ['T T > T | number16'],
  DIV: ['T T > T | real int32'],
  AVERAGE_POOL_2D: ['T > T | real16'],
  MAX_POOL_2D: ['T > T | real16'],
  MEAN: ['T int32 > T | number16'],
  SUM: ['T int32 > T | number16'],
  REDUCE_MAX: ['T int32 > T | any'],
  REDUCE_MIN: ['T int32 > T | any'],
  REDUCE_PROD: ['T int32 > T | plain'],
  REDUCE_ANY: ['bool int32 > bool'],
  REDUCE_ALL: ['bool int32 > bool'],
  SOFTMAX: ['T > T | real16', 'int8 > int16'],
  LOG_SOFTMAX: ['T > T | real'],
  LOGISTIC: ['T > T | real16'],
  TANH: ['T > T | real16'],
  HARD_SWISH: ['T > T | real'],
  RELU: ['T > T | real16'],
  RELU6: ['T > T | real16'],
  RELU_N1_TO_1: ['T > T | real'],
  RELU_0_TO_1: ['T > T | real'],
  ELU: ['T > T | float32 int8'],
  GELU: ['T > T | real16'],
  LEAKY_RELU: ['T > T | real16'],
  PRELU: ['T T > T | real', 'int16 int8 > int16'],
  CONCATENATION: ['T* > T | any'],
  SPLIT: ['int32 T > T* | any'],
  SPLIT_V: ['T index int32 > T* | any'],
  SLICE: ['T index index > T | any'],
  STRIDED_SLICE: ['T int32 int32 int32 > T | any'],
  PACK: ['T* > T | any'],
  UNPACK: ['T > T* | any'],
  PAD: ['T index > T | any'],
  PADV2: ['T index T > T | any'],
  MIRROR_PAD: ['T index > T | any'],
  RESHAPE: ['T any? > T | any'],
  SQUEEZE: ['T > T | any'],
  EXPAND_DIMS: ['T index > T | any'],
  TRANSPOSE: ['T int32 > T | any'],
  TILE: ['T index > T | any'],
  BROADCAST_TO: ['T index > T | any'],
  REVERSE_V2: ['T int32 > T | any'],
  SPACE_TO_BATCH_ND: ['T int32 int32 > T | number16'],
  BATCH_TO_SPACE_ND: ['T int32 int32 > T | number16'],
  GATHER: ['T index > T | any', 'T int16 > T | any'],
  GATHER_ND: ['T index > T | any', 'T int16 > T | any'],
  SHAPE: ['any > index'],
  CAST: ['any > any'],
  RESIZE_BILINEAR: ['T int32 > T | real16'],
  RESIZE_NEAREST_NEIGHBOR: ['T int32 > T | real16'],
  SPACE_TO_DEPTH: ['T > T | number'],
  DEPTH_TO_SPACE: ['T > T | number'],
  ARG_MAX: ['number index > index', 'bool index > index'],
  ARG_MIN: ['number index > index', 'bool index > index'],
  MAXIMUM: ['T T > T | number16'],
  MINIMUM: ['T T > T | number16'],
  EQUAL: ['T T > bool | number16 bool'],
  NOT_EQUAL: ['T T > bool | number16 bool'],
  LESS: ['T T > bool | number16'],
  LESS_EQUAL: ['T T > bool | number16'],
  GREATER: ['T T > bool | number16'],
  GREATER_EQUAL: ['T T > bool | number16'],
  LOGICAL_AND: ['bool bool > bool'],
  LOGICAL_OR: ['bool bool > bool'],
  LOGICAL_NOT: ['bool > bool'],
  SELECT: ['bool T T > T | any'],
  SELECT_V2: ['bool T T > T | any'],
  WHERE: ['T > int64 | number bool'],
  FILL: ['index T > T | any'],
  RANGE: ['T T T > T | plain'],
  ONE_HOT: ['index int32 T T > T | any'],
  TOPK_V2: ['T int32 > T int32 | number int16'],
  CUMSUM: ['T int32 > T | plain'],
  L2_NORMALIZATION: ['T > T | real'],
  QUANTIZE: [
    ...['real > uint8', 'real > int8', 'real > int16', 'int16 > uint8', 'int16 > int8', 'int16 > int16'],
    ...['int16 > int32', 'int32 > int8', 'int32 > int16'],
  ],
  DEQUANTIZE: ['uint8 > float32', 'int8 > float32', 'int16 > float32', 'float16 > float32'],
  FLOOR_DIV: ['T T > T | float32 int32'],
  FLOOR_MOD: ['T T > T | plain'],
  POW: ['T T > T | float32 int32'],
  SQUARED_DIFFERENCE: ['T T > T | float32 int32 int8'],
  SQRT: ['float32 > float32'],
  RSQRT: ['T > T | float32 int8 int16'],
  EXP: ['T > T | float32 int8 int16'],
  LOG: ['T > T | float32 int8 int16'],
  SIN: ['float32 > float32'],
  COS: ['float32 > float32'],
  SQUARE: ['float32 > float32'],
  ABS: ['T > T | float32 int32 int8 int16'],
  NEG: ['T > T | plain'],
  SIGN: ['T > T | float32 int32'],
  FLOOR: ['float32 > float32'],
  CEIL: ['float32 > float32'],
  ROUND: ['float32 > float32'],
  TFLite_Detection_PostProcess: [
    'float32 float32 float32 > float32 float32 float32 float32',
    'float32 uint8 float32 > float32 float32 float32 float32',
    'uint8 float32 uint8 > float32 float32 float32 float32',
    'uint8 uint8 uint8 > float32 float32 float32 float32',
  ],
};

interface Word {
  readonly dtype: string;
  readonly optional: boolean;
  readonly repeated: boolean;
}

interface Row {
  readonly inputs: readonly Word[];
  readonly outputs: readonly Word[];
  readonly bound: readonly DType[];
}

function dtypesOf(name: string): readonly DType[] {
  return sets[name as keyof typeof sets] ?? [name as DType];
}

function parseRow(text: string): Row {
  const [inputs, outputs, bound] = text.split(/[>|]/).map((part) => part.trim());
  const words = (part: string) =>
    part.split(' ').map((word) => ({ dtype: word.replace(/[?*]/, ''), optional: word.endsWith('?'), repeated: word.endsWith('*') }));
  return { inputs: words(inputs), outputs: words(outputs), bound: bound ? bound.split(' ').flatMap(dtypesOf) : [] };
}

const parsed = Object.fromEntries(Object.entries(rows).map(([type, texts]) => [type, texts.map(parseRow)]));

/** Undefined for a type that is not in the table. */
function rowsOf(node: Node): Row[] | undefined {
  if (node.type === 'CUSTOM') return [node.attributes.operator.operands].flat().map(parseRow);
  return Object.hasOwn(parsed, node.type) ? parsed[node.type] : undefined;
}

/** Throws `unsupported-operator` for a type that is not in the table, `bad-graph` for a wrong number of inputs or outputs. */
export function checkArity(node: Node): void {
  const row = rowsOf(node)?.[0];
  if (!row) reject('unsupported-operator', node, 'the operator does not exist');
  const { inputs, outputs } = row;
  const min = inputs.filter(({ optional }) => !optional).length;
  const max = inputs.at(-1)!.repeated ? Number.POSITIVE_INFINITY : inputs.length;
  if (node.inputs.length < min || node.inputs.length > max) {
    reject('bad-graph', node, `it has ${node.inputs.length} inputs; it takes ${min === max ? min : `${min} to ${max}`}`);
  }
  const expected = outputs.length;
  if (outputs.at(-1)!.repeated ? node.outputs.length < expected : node.outputs.length !== expected) {
    reject('bad-graph', node, `it has ${node.outputs.length} outputs; it takes ${expected}`);
  }
  for (let i = 0; i < node.inputs.length; i++) {
    if (!node.inputs[i] && !inputs[Math.min(i, inputs.length - 1)].optional) {
      reject('bad-graph', node, `input ${i} is left out; it is not optional`);
    }
  }
}

/** Throws `bad-dtype` when no row of the table has the dtypes of the node, or an option contradicts them. */
export function checkDtypes(node: Node): void {
  const candidates = rowsOf(node)!;
  if (!candidates.some((row) => matches(row, node))) {
    const dtypes = (values: Node['inputs']) => values.map((value) => value?.dtype ?? 'none').join(', ');
    const found = `${dtypes(node.inputs)} to ${dtypes(node.outputs)}`;
    reject('bad-dtype', node, `${hintOf(node)}it does not take ${found}; it takes ${candidates.map(inWords).join(', or ')}`);
  }
  const declared =
    node.type === 'SHAPE' ? node.attributes.outType : 'outputType' in node.attributes ? node.attributes.outputType : undefined;
  const [output] = node.outputs;
  if (declared && declared !== output.dtype) {
    reject('bad-dtype', node, `its option is ${declared}, but ${describeValue(output)} is ${output.dtype}`);
  }
  checkBiasType(node);
}

/** The option of 16-bit layers says the dtype of the bias, too (conv.cc, fully_connected.cc, transpose_conv.cc). */
function checkBiasType(node: Node): void {
  const places = weightedInputs(node.type);
  const type = 'quantizedBiasType' in node.attributes ? node.attributes.quantizedBiasType : undefined;
  const bias = places && node.inputs[places.bias];
  if (type && bias && node.outputs[0].dtype === 'int16' && bias.dtype !== type) {
    reject('bad-dtype', node, `its bias type is ${type}, but ${describeValue(bias)} is ${bias.dtype}`);
  }
}

/** The way out where there is one, in front of the dtypes. */
function hintOf({ type, inputs: [input, weights] }: Node): string {
  const isHybrid = weightedInputs(type) && input?.dtype === 'float32' && (weights?.dtype === 'int8' || weights?.dtype === 'uint8');
  return isHybrid ? 'float32 with 8-bit weights, a hybrid layer, runs through the entry zeropoint/float; ' : '';
}

/** A row for readers, as `float32/int8, int32 to the same`. */
function inWords({ inputs, outputs, bound }: Row): string {
  let isNamed = false;
  const word = ({ dtype, optional, repeated }: Word): string => {
    const types = dtype !== 'T' ? dtypesOf(dtype) : isNamed ? ['the same'] : bound;
    isNamed ||= dtype === 'T';
    return `${optional ? 'optional ' : ''}${types.join('/')}${repeated ? ' any number of times' : ''}`;
  };
  return `${inputs.map(word).join(', ')} to ${outputs.map(word).join(', ')}`;
}

function matches({ inputs, outputs, bound }: Row, node: Node): boolean {
  let chosen: DType | undefined;
  const fits = (dtype: DType, word: Word): boolean => {
    if (word.dtype !== 'T') return dtypesOf(word.dtype).includes(dtype);
    chosen ??= dtype;
    return dtype === chosen && bound.includes(dtype);
  };
  return (
    node.inputs.every((value, i) => !value || fits(value.dtype, inputs[Math.min(i, inputs.length - 1)])) &&
    node.outputs.every((value, i) => fits(value.dtype, outputs[Math.min(i, outputs.length - 1)]))
  );
}
