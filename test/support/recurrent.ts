// Owns small graphs of recurrent layers with their states, which are also seeds of the fuzz campaign.
import { Account } from '../../src/account';
import { customOperators } from '../../src/custom';
import type { DType, Graph, OperatorAttributes, Quantization, Value } from '../../src/graph/graph';
import { FlatBuffer } from '../../src/tflite/flatbuffer';
import { pointer, scalar, table, writeFlatBuffer } from '../../src/tflite/flatbuffer-writer';
import { slots } from '../../src/tflite/schema';
import { GraphBuilder, quantized } from './build';
import { Random } from './random';

type Fields = readonly (readonly ['int8' | 'int32' | 'float32', number])[];

/** The attributes of the node, from an options table as a file has it. */
export function recurrentAttributes(name: string, union: number, fields: Fields, inputs: number): OperatorAttributes['CUSTOM'] {
  const slot = slots.Operator;
  const optionsTable = table(...fields.map(([type, value], field) => scalar(field, type, value)));
  const operator = table(scalar(slot.builtinOptionsType, 'int8', union), pointer(slot.builtinOptions, optionsTable));
  const bytes = writeFlatBuffer(operator, 'OPTS');
  const account = new Account(bytes.length);
  const builtin = { table: new FlatBuffer(bytes, account).root(), values: [], absent: new Set<Value>() };
  const options = new Uint8Array();
  return {
    operator: customOperators[name]({ options, builtin, version: 1, inputs, where: `${name} #0`, account }),
    customOptions: options,
  };
}

/** float32, int8 weights with float32 activations, or int8. */
export type Kind = 'float32' | 'hybrid' | 'int8';

export interface LstmCase {
  readonly kind: Kind;
  readonly batch?: number;
  readonly steps?: number;
  readonly inputs?: number;
  readonly cells?: number;
  /** Outputs of a projection; absent: none. */
  readonly projection?: number;
  readonly isCoupled?: boolean;
  readonly hasPeephole?: boolean;
  readonly hasNorm?: boolean;
  /** Code of the activation; default TANH. */
  readonly activation?: number;
  readonly cellClip?: number;
  readonly projectionClip?: number;
  readonly timeMajor?: boolean;
  readonly asymmetric?: boolean;
  readonly diagonal?: boolean;
  readonly zeroPoint?: number;
  readonly cellScale?: number;
  readonly seed?: number;
  /** Constants are at both ends of their dtypes. */
  readonly isExtreme?: boolean;
}

const names = { lstm: 'UNIDIRECTIONAL_SEQUENCE_LSTM', svdf: 'SVDF' } as const;

function bools(...values: readonly (boolean | undefined)[]): Fields {
  return values.map((value) => ['int8', Number(value ?? false)] as const);
}

const ends = { int8: [-128, 127], int16: [-(2 ** 15), 2 ** 15 - 1], int32: [-(2 ** 31), 2 ** 31 - 1] };

/** Constants of one model, drawn from a seed: reals about 0, codes over their whole range, biases small. */
class Constants {
  private readonly random: Random;

  constructor(
    private readonly builder: GraphBuilder,
    seed: number,
    private readonly isExtreme = false,
  ) {
    this.random = new Random(seed);
  }

  make(dtype: DType, shape: readonly number[], scale: number, magnitude = 1): Value {
    const count = shape.reduce((product, dimension) => product * dimension, 1);
    const data = Array.from({ length: count }, () => {
      const real = magnitude * (2 * this.random.real() - 1);
      if (this.isExtreme && dtype in ends) return this.random.pick([...ends[dtype as 'int8'], 0, 1]);
      return dtype === 'float32' ? real : Math.round(real * { int8: 127, int16: 3000, int32: 2000 }[dtype as 'int8' | 'int16' | 'int32']);
    });
    return this.builder.constant(dtype, shape, data, dtype === 'float32' ? undefined : quantized(scale));
  }
}

/** Adds states to a graph of one node: its inputs at `indices` are variables, its last outputs what it leaves in them. */
function withStates(builder: GraphBuilder, states: readonly Value[], outputs: readonly Value[]): Graph {
  for (const state of states) state.isVariable = true;
  const graph = builder.outputs(...outputs);
  graph.states = states.map((input, i) => ({
    name: input.name,
    input,
    output: outputs[outputs.length - states.length + i],
    ...(input.dtype === 'int8' && { initial: new Int8Array(input.shape[0] * input.shape[1]).fill(input.quantization!.zeroPoint[0]) }),
  }));
  return graph;
}

/** One LSTM; its input is the model's, and its outputs are. */
export function lstmModel(options: LstmCase): Graph {
  const { kind, batch = 2, steps = 3, inputs = 5, cells = 4, projection, seed = 1, zeroPoint = -9, cellScale = 2 ** -11 } = options;
  const builder = new GraphBuilder();
  const isInteger = kind === 'int8';
  const outputs = projection ?? cells;
  const activations = isInteger ? 'int8' : 'float32';
  const [input, hidden, cell] = (
    isInteger ? [quantized(0.02, 3), quantized(1 / 128, zeroPoint), quantized(cellScale)] : []
  ) as Quantization[];
  const x = builder.input(activations, options.timeMajor ? [steps, batch, inputs] : [batch, steps, inputs], input);
  const states = [
    builder.input(activations, [batch, outputs], hidden),
    builder.input(isInteger ? 'int16' : 'float32', [batch, cells], cell),
  ];
  const constants = new Constants(builder, seed, options.isExtreme);
  const weights = (rows: number, columns: number) => constants.make(kind === 'float32' ? 'float32' : 'int8', [rows, columns], 0.01);
  const gates = (make: () => Value, isPresent: boolean | undefined) =>
    Array.from({ length: 4 }, (_, i) => (isPresent && !(i === 0 && options.isCoupled) ? make() : undefined));
  const vector = (dtype: DType, count: number) => constants.make(dtype, [count], isInteger ? 2e-4 : 0.01);
  const sized = (count: number) => () => weights(cells, count);
  const peepholes = gates(() => vector(isInteger ? 'int16' : kind === 'hybrid' ? 'int8' : 'float32', cells), options.hasPeephole);
  const operands = [
    x,
    ...gates(sized(inputs), true),
    ...gates(sized(outputs), true),
    ...[peepholes[0], peepholes[1], peepholes[3]],
    ...gates(() => vector(isInteger ? 'int32' : 'float32', cells), true),
    projection && weights(outputs, cells),
    projection && vector(isInteger ? 'int32' : 'float32', outputs),
    ...states,
    ...gates(() => vector(isInteger ? 'int16' : 'float32', cells), options.hasNorm),
  ].map((value) => value || undefined);
  const fields: Fields = [
    ['int8', options.activation ?? 4],
    ['float32', options.cellClip ?? 0],
    ['float32', options.projectionClip ?? 0],
    ...bools(options.timeMajor, options.asymmetric, options.diagonal),
  ];
  const attributes = recurrentAttributes(names.lstm, 71, fields, operands.length);
  const results = [x, ...states].map(({ dtype }, i) => ({ dtype, quantization: [hidden, hidden, cell][i] }));
  return withStates(builder, states, builder.node('CUSTOM', attributes, operands, ...results));
}

export interface SvdfCase {
  readonly kind: Kind;
  readonly batch?: number;
  readonly inputs?: number;
  readonly filters?: number;
  readonly memory?: number;
  readonly rank?: number;
  readonly activation?: number;
  readonly asymmetric?: boolean;
  /** Of int8 layers. */
  readonly state?: 'int8' | 'int16';
  readonly hasBias?: boolean;
  readonly seed?: number;
  readonly isExtreme?: boolean;
}

/** One SVDF. */
export function svdfModel(options: SvdfCase): Graph {
  const { kind, batch = 2, inputs = 3, filters = 4, memory = 5, rank = 2, state: integers = 'int16', hasBias = true, seed = 1 } = options;
  const builder = new GraphBuilder();
  const isInteger = kind === 'int8';
  const constants = new Constants(builder, seed, options.isExtreme);
  const [activations, stateType] = isInteger ? (['int8', integers] as const) : (['float32', 'float32'] as const);
  const [input, memoryScale, output] = (
    isInteger ? [quantized(0.02, 3), integers === 'int16' ? quantized(1e-3) : quantized(0.1, -7), quantized(0.05, 5)] : []
  ) as Quantization[];
  const x = builder.input(activations, [batch, inputs], input);
  const state = builder.input(stateType, [batch, filters * memory], memoryScale);
  const weights = kind === 'float32' ? 'float32' : 'int8';
  const timeScale = isInteger && integers === 'int16' ? 2e-4 : 0.01;
  const operands = [
    x,
    constants.make(weights, [filters, inputs], 0.01),
    constants.make(isInteger ? integers : weights, [filters, memory], timeScale),
    hasBias
      ? constants.make(isInteger ? 'int32' : 'float32', [filters / rank], isInteger ? memoryScale.scale[0] * timeScale : 1)
      : undefined,
    state,
  ];
  const fields: Fields = [['int32', rank], ['int8', options.activation ?? 0], ...bools(options.asymmetric)];
  const attributes = recurrentAttributes(names.svdf, 6, fields, operands.length);
  const results = [
    { dtype: activations, quantization: output },
    { dtype: stateType, quantization: memoryScale },
  ];
  return withStates(builder, [state], builder.node('CUSTOM', attributes, operands, ...results));
}

/** One graph for each kind of layer, by name. */
export function recurrentModels(): Map<string, Graph> {
  const kinds = ['float32', 'hybrid', 'int8'] as const;
  return new Map([
    ...kinds.map((kind) => [`LSTM ${kind}`, lstmModel({ kind })] as const),
    ['LSTM of all parts', lstmModel({ kind: 'hybrid', projection: 3, hasPeephole: true, hasNorm: true, timeMajor: true })] as const,
    ...kinds.map((kind) => [`SVDF ${kind}`, svdfModel({ kind })] as const),
  ]);
}
