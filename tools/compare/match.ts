// Owns pairing the layers of a quantized graph with those of the float graph it was made from.
import { isReshape, weightedInputs } from 'zeropoint/graph';
import { elementCount, type Graph, type Node, type Value } from 'zeropoint/tflite';

/** An operator that both graphs have, and the value that it computes in each. */
export interface LayerPair {
  readonly node: Node;
  /** Index in the quantized graph's execution order. */
  readonly index: number;
  readonly output: Value;
  readonly floatNode: Node;
  readonly floatOutput: Value;
}

export interface Matching {
  /** In the quantized graph's execution order. */
  readonly layers: readonly LayerPair[];
  /** Quantized value -> float value that it approximates; outputs of QUANTIZE, DEQUANTIZE and reshapes have that of their input. */
  readonly floatOf: ReadonlyMap<Value, Value>;
  /** What the layers were paired by. */
  readonly by: 'names' | 'order';
  /** Names of the outputs of quantized layers without a counterpart. */
  readonly unmatched: readonly string[];
}

const isConversion = (node: Node | undefined): node is Node<'QUANTIZE' | 'DEQUANTIZE'> =>
  node?.type === 'QUANTIZE' || node?.type === 'DEQUANTIZE';

/** As many elements and channels. */
const haveSameSize = (a: Value, b: Value): boolean => elementCount(a.shape) === elementCount(b.shape) && a.shape.at(-1) === b.shape.at(-1);

function producersOf(graph: Graph): Map<Value, Node> {
  return new Map(graph.nodes.flatMap((node) => node.outputs.map((value) => [value, node] as const)));
}

/** The input of the conversions that end in `value`: an operator's output, or a graph input. */
function beforeConversions(value: Value, producers: ReadonlyMap<Value, Node>): Value {
  let current = value;
  for (let node = producers.get(current); isConversion(node); node = producers.get(current)) current = node.inputs[0]!;
  return current;
}

type Pairs = Map<Value, Value>;

/** Quantizers may replace an operator by another, as a global AVERAGE_POOL_2D by MEAN, but none that has weights. */
const mayCorrespond = (a: Node, b: Node): boolean => a.type === b.type || (!weightedInputs(a.type) && !weightedInputs(b.type));

/** Pairs of quantized and float values with the same name, and of graph outputs at the same position. */
function matchNames(float: Graph, quantized: Graph, producers: ReadonlyMap<Value, Node>): Pairs {
  const byName = new Map(quantized.nodes.flatMap((node) => node.outputs.map((value) => [value.name, value] as const)));
  const pairs: Pairs = new Map();
  const floatProducers = producersOf(float);
  const pair = (floatValue: Value, candidate: Value | undefined): void => {
    const source = candidate && beforeConversions(candidate, producers);
    const node = source && producers.get(source);
    const floatNode = floatProducers.get(floatValue);
    if (node && floatNode && !pairs.has(source) && mayCorrespond(node, floatNode) && haveSameSize(floatValue, source)) {
      pairs.set(source, floatValue);
    }
  };
  for (const node of float.nodes) for (const value of node.outputs) pair(value, byName.get(value.name));
  float.outputs.forEach((value, i) => {
    pair(value, quantized.outputs[i]);
  });
  return pairs;
}

/**
 * Pairs by a longest common subsequence of operators with equal type and output shape, for files whose values were renamed. By dynamic
 * programming: `lengths[i][j]` is that of float operators from i on and quantized ones from j on.
 */
function matchOrder(float: Graph, quantized: Graph): Pairs {
  const keyOf = (node: Node) => `${node.type} ${node.outputs[0].shape}`;
  const a = float.nodes.map(keyOf);
  const layers = quantized.nodes.filter((node) => !isConversion(node));
  const b = layers.map(keyOf);
  const lengths = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      lengths[i][j] = a[i] === b[j] ? lengths[i + 1][j + 1] + 1 : Math.max(lengths[i + 1][j], lengths[i][j + 1]);
    }
  }
  const pairs: Pairs = new Map();
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) pairs.set(layers[j++].outputs[0], float.nodes[i++].outputs[0]);
    else if (lengths[i + 1][j] >= lengths[i][j + 1]) i++;
    else j++;
  }
  return pairs;
}

/**
 * Pairs the layers by the names of their outputs, which most quantizers keep; where that finds fewer than half of the float layers, by the
 * order of operators. Paired outputs have as many elements and channels; paired operators with weights have the same type.
 */
export function matchLayers(float: Graph, quantized: Graph): Matching {
  const producers = producersOf(quantized);
  const byName = matchNames(float, quantized, producers);
  const by = byName.size * 2 >= float.nodes.length ? 'names' : 'order';
  const floatOf = by === 'names' ? byName : matchOrder(float, quantized);
  quantized.inputs.forEach((value, i) => {
    if (float.inputs[i] && haveSameSize(value, float.inputs[i])) floatOf.set(value, float.inputs[i]);
  });
  const floatProducers = producersOf(float);
  const layers: LayerPair[] = [];
  const unmatched: string[] = [];
  quantized.nodes.forEach((node, index) => {
    const [output] = node.outputs;
    const floatOutput = floatOf.get(output);
    const source = node.inputs[0] && floatOf.get(node.inputs[0]);
    if (isConversion(node) || (isReshape(node) && !floatOutput)) {
      if (source && !floatOutput) floatOf.set(output, source);
    } else if (floatOutput) layers.push({ node, index, output, floatNode: floatProducers.get(floatOutput)!, floatOutput });
    else unmatched.push(output.name);
  });
  return { layers, floatOf, by, unmatched };
}
