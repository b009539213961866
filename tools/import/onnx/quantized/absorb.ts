// Owns moving sums and products per channel, as of a batch normalization, into the layer before them while its weights stay codes.
import { consumersOf, type Graph, type Node, replaceInput, type Value, weightedInputs } from 'zeropoint/graph';
import type { OnnxBuilder } from '../builder';
import { realOf } from './codes';
import { storedCodes } from './layer-codes';

/** One number per output channel, or one for all, that a node adds to or multiplies with what it reads. */
interface Affine {
  readonly type: 'ADD' | 'MUL';
  readonly numbers: Float32Array;
}

/** Undefined where the constant does not run along the channels, the last axis, alone. */
function affineOf(node: Node, value: Value, channels: number): Affine | undefined {
  if ((node.type !== 'ADD' && node.type !== 'SUB' && node.type !== 'MUL') || node.attributes.activation !== 'NONE') return undefined;
  const [a, b] = node.inputs as [Value, Value];
  const constant = a === value ? b : a;
  if (!(constant.data instanceof Float32Array) || (node.type === 'SUB' && constant === a)) return undefined;
  const { data, shape } = constant;
  if (data.length !== 1 && (data.length !== channels || shape.at(-1) !== channels)) return undefined;
  if (node.outputs[0].shape.join() !== value.shape.join()) return undefined;
  return { type: node.type === 'MUL' ? 'MUL' : 'ADD', numbers: node.type === 'SUB' ? data.map((number) => -number) : data };
}

const at = (numbers: ArrayLike<number>, c: number): number => numbers[numbers.length === 1 ? 0 : c];

/** Codes times factors are codes with scales times factors; negative factors turn the codes. Undefined where a code would not fit. */
function scaledWeights(builder: OnnxBuilder, weights: Value, axis: number, numbers: Float32Array): Value | undefined {
  const stored = storedCodes(builder, weights, axis, 'uint8');
  const channels = weights.shape[axis];
  if (stored?.dtype !== 'int8' || numbers.some((number) => number === 0 || !Number.isFinite(number))) return undefined;
  const stride = weights.shape.slice(axis + 1).reduce((product, size) => product * size, 1);
  const channelOf = (i: number) => Math.floor(i / stride) % channels;
  const codes = Int16Array.from(stored.data, (code, i) => code * Math.sign(at(numbers, channelOf(i))));
  const scale = Array.from({ length: channels }, (_, c) => Math.fround(at(stored.scale, c) * Math.abs(at(numbers, c))));
  if (codes.some((code) => code > 127) || scale.some((value) => !(value > 0))) return undefined;
  const origin = builder.dequantizedFrom(weights.data!)!;
  const result = builder.floats(`${weights.name}/scaled`, weights.shape, () =>
    Float32Array.from(codes, (code, i) => realOf(code, scale[channelOf(i)], 0)),
  );
  builder.dequantized.set(result.data!, { codes, scale, zeroPoint: scale.map(() => 0), isDynamic: origin.isDynamic });
  return result;
}

/** Moves one sum or product into a layer; false where it must stay. */
function absorb(builder: OnnxBuilder, layer: Node, { type, numbers }: Affine): boolean {
  const slots = weightedInputs(layer.type)!;
  const weights = layer.inputs[slots.weights]!;
  const bias = layer.inputs[slots.bias];
  if (!(bias?.data instanceof Float32Array)) return false;
  const old = bias.data;
  const scaled = type === 'MUL' ? scaledWeights(builder, weights, slots.channelAxis, numbers) : weights;
  if (!scaled) return false;
  const change = (real: number, c: number) => (type === 'MUL' ? real * at(numbers, c) : real + at(numbers, c));
  replaceInput(layer, slots.weights, scaled);
  replaceInput(
    layer,
    slots.bias,
    builder.floats(`${bias.name}/changed`, bias.shape, () => old.map(change)),
  );
  return true;
}

/** Whether a node is a layer whose weights were dequantized. */
function hasCodes(builder: OnnxBuilder, { type, inputs }: Node): boolean {
  const data = weightedInputs(type) && inputs[weightedInputs(type)!.weights]?.data;
  return data !== undefined && builder.dequantizedFrom(data) !== undefined;
}

/** Moves constants per channel into layers with dequantized weights; in other layers foldBatchNorm does. */
export function absorbAffine(builder: OnnxBuilder): void {
  const graph: Graph = builder.graph;
  const readers = consumersOf(graph);
  const outputs = new Set(graph.outputs);
  const removed = new Set<Node>();
  for (const layer of graph.nodes) {
    if (!hasCodes(builder, layer)) continue;
    for (;;) {
      const [value] = layer.outputs;
      const [reader, ...others] = readers.get(value) ?? [];
      if (!reader || others.length > 0 || outputs.has(value)) break;
      const affine = affineOf(reader, value, layer.inputs[weightedInputs(layer.type)!.bias]?.shape[0] ?? 0);
      if (!affine || !absorb(builder, layer, affine)) break;
      removed.add(reader);
      layer.outputs[0] = reader.outputs[0];
    }
  }
  graph.nodes = graph.nodes.filter((node) => !removed.has(node));
}
