// Owns costs: the bytes of weights, and the milliseconds of nodes and conversions, measured on this machine.

import { loadSync } from 'zeropoint/float';
import { elementCount, type Graph, type Node, type Value, type WeightedNode, weightedInputs, weightedValues } from 'zeropoint/graph';
import type { Ranges } from '../../calibrate/ranges';
import { maxBytes } from '../../model/float-model';
import { laterWarmUpMilliseconds, measureRuns } from '../../model/timing';
import { type BuildSettings, buildQuantized } from '../build/build';
import { type CodeType, noExceptions, type Scheme } from '../build/scheme';
import type { WeightMethod } from '../build/weights';
import type { Precision } from './configuration';

export interface Costs {
  /** Of one run of a node. */
  milliseconds(node: Node, precision: Precision): number;
  /** Of converting a value. */
  conversionMilliseconds(value: Value, from: CodeType | 'float32', to: CodeType | 'float32'): number;
  /** Of a node's constant operands. */
  bytes(node: Node, precision: Precision): number;
}

const profileRuns = 20;
const timedRuns = 20;

/** Elements of the conversions that are timed, more than the innermost cache holds. */
const conversionElements = 1 << 16;

/** Times networks with all nodes of one precision each: `precisions`, of which each node takes what it has a form of. */
export function measureCosts(
  float: Graph,
  ranges: Ranges['tensors'],
  scheme: Scheme,
  weights: WeightMethod,
  precisions: readonly Precision[],
): Costs {
  // The types of inputs and outputs do not matter here; those of the activations keep the names of values.
  const { dtype } = scheme.activations;
  const settings = { scheme: { ...scheme, inputs: dtype, outputs: dtype }, weights };
  const all = new Set(float.nodes);
  const exceptions = { base: noExceptions, int16: { ...noExceptions, int16: all }, float32: { ...noExceptions, skip: all } };
  const times = new Map<Precision, ReadonlyMap<string, number>>();
  for (const precision of ['base', 'int16', 'float32'] as const) {
    if (precision !== 'int16' || precisions.includes('int16')) {
      times.set(precision, nodeTimes(float, ranges, { ...settings, exceptions: exceptions[precision] }));
    }
  }
  const perElement = conversionTimes(dtype, precisions.includes('int16'));
  return {
    // Weights of 4 bits are unpacked by loading.
    milliseconds: (node, precision) => times.get(precision === 'int4' ? 'base' : precision)?.get(node.outputs[0].name) ?? 0,
    conversionMilliseconds: ({ shape }, from, to) => elementCount(shape) * perElement(from, to),
    bytes: (node, precision) => (weightedInputs(node.type) ? layerBytes(node as WeightedNode, precision, dtype) : 0),
  };
}

/** Milliseconds of nodes by the name of their first output, on the scale of whole runs, which have no clock between operators. */
function nodeTimes(float: Graph, ranges: Ranges['tensors'], settings: BuildSettings): Map<string, number> {
  const model = loadSync(buildQuantized(float, ranges, settings).graph, { maxBytes });
  try {
    const { median } = measureRuns(model, timedRuns, laterWarmUpMilliseconds);
    const profile = model.profile(profileRuns);
    const sum = profile.reduce((total, { milliseconds }) => total + milliseconds, 0);
    return new Map(profile.map(({ outputs, milliseconds }) => [outputs[0].name, sum > 0 ? (milliseconds * median) / sum : 0]));
  } finally {
    model.dispose();
  }
}

/** Milliseconds per element of QUANTIZE and DEQUANTIZE. */
function conversionTimes(dtype: CodeType, hasInt16: boolean): (from: CodeType | 'float32', to: CodeType | 'float32') => number {
  const known = new Map<string, number>();
  const types = [dtype, ...(hasInt16 ? (['int16'] as const) : [])];
  for (const type of types) {
    const [quantize, dequantize] = timeRoundTrip(type);
    known.set(`float32 ${type}`, quantize);
    known.set(`${type} float32`, dequantize);
  }
  // int16 to int8 is one QUANTIZE, whose time is near that of a float one.
  known.set('int16 int8', known.get('float32 int8') ?? 0);
  return (from, to) => known.get(`${from} ${to}`) ?? (known.get(`${from} float32`) ?? 0) + (known.get(`float32 ${to}`) ?? 0);
}

function timeRoundTrip(dtype: CodeType): [quantize: number, dequantize: number] {
  const shape = [1, conversionElements];
  const value = (id: number, name: string, type: Value['dtype']): Value => ({ id, name, dtype: type, shape });
  const [input, output] = [value(0, 'input', 'float32'), value(2, 'output', 'float32')];
  const codes: Value = { ...value(1, 'codes', dtype), quantization: { scale: [1 / 128], zeroPoint: [0], axis: 0 } };
  const node = (id: number, type: Node['type'], from: Value, to: Value): Node =>
    ({ id, type, attributes: {}, inputs: [from], outputs: [to], version: 1 }) as Node;
  const nodes = [node(0, 'QUANTIZE', input, codes), node(1, 'DEQUANTIZE', codes, output)];
  const rest = { name: '', description: '', signatures: [], metadata: [], trailer: new Uint8Array(0) };
  const model = loadSync({ ...rest, values: [input, codes, output], inputs: [input], outputs: [output], nodes });
  model.profile(profileRuns);
  const [quantize, dequantize] = model.profile(profileRuns).map(({ milliseconds }) => milliseconds / conversionElements);
  model.dispose();
  return [quantize, dequantize];
}

/** Of weights, their scales, and biases. */
function layerBytes(layer: WeightedNode, precision: Precision, dtype: CodeType): number {
  const { weights, bias } = weightedValues(layer);
  const count = elementCount(weights.shape);
  const channels = weights.shape[weightedInputs(layer.type)!.channelAxis];
  if (precision === 'float32') return 4 * count + (bias ? 4 * channels : 0);
  const biasBytes = precision === 'int16' || dtype === 'int16' ? 8 : 4;
  // Scales of weights and bias as float32; layers with as many channels share zero points.
  const parameters = dtype === 'uint8' ? 8 : 8 * channels;
  return (precision === 'int4' ? Math.ceil(count / 2) : count) + biasBytes * channels + parameters;
}
