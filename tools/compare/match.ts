// Owns pairing the layers of a quantized graph with those of the float graph it was made from.
import { isReshape, weightedInputs } from 'zeropoint/graph';
import { elementCount, type Graph, type Node, type Value } from 'zeropoint/tflite';

/** One operator present in both graphs, by the value it computes. */
export interface LayerPair {
  readonly node: Node;
  /** Index of the node in the quantized graph. */
  readonly index: number;
  readonly output: Value;
  readonly floatNode: Node;
  readonly floatOutput: Value;
}

export interface Matching {
  /** In the quantized graph's execution order. */
  readonly layers: readonly LayerPair[];
  /** The float value that a quantized one stands for; QUANTIZE, DEQUANTIZE and RESHAPE pass it on. */
  readonly floatOf: ReadonlyMap<Value, Value>;
  readonly by: 'names' | 'order';
  /** Quantized layers without a partner. */
  readonly unmatched: readonly string[];
}

const isConversion = (node: Node | undefined): node is Node<'QUANTIZE' | 'DEQUANTIZE'> =>
  node?.type === 'QUANTIZE' || node?.type === 'DEQUANTIZE';

const sameSize = (a: Value, b: Value): boolean => elementCount(a.shape) === elementCount(b.shape) && a.shape.at(-1) === b.shape.at(-1);

function producersOf(graph: Graph): Map<Value, Node> {
  return new Map(graph.nodes.flatMap((node) => node.outputs.map((value) => [value, node] as const)));
}

/** The value before all conversions: what an operator computed, or a graph input. */
function beforeConversions(value: Value, producers: ReadonlyMap<Value, Node>): Value {
  let current = value;
  for (let node = producers.get(current); isConversion(node); node = producers.get(current)) current = node.inputs[0]!;
  return current;
}

type Pairs = Map<Value, Value>;

/** Quantizers may write one operator for another, as MEAN for a global AVERAGE_POOL_2D, but weights belong to their operator. */
const isSameLayer = (a: Node, b: Node): boolean => a.type === b.type || (!weightedInputs(a.type) && !weightedInputs(b.type));

/** Quantized value -> float value of the same name, and graph outputs by their place. */
function matchNames(float: Graph, quantized: Graph, producers: ReadonlyMap<Value, Node>): Pairs {
  const byName = new Map(quantized.nodes.flatMap((node) => node.outputs.map((value) => [value.name, value] as const)));
  const pairs: Pairs = new Map();
  const floatProducers = producersOf(float);
  const pair = (floatValue: Value, candidate: Value | undefined): void => {
    const source = candidate && beforeConversions(candidate, producers);
    const node = source && producers.get(source);
    const floatNode = floatProducers.get(floatValue);
    if (node && floatNode && !pairs.has(source) && isSameLayer(node, floatNode) && sameSize(floatValue, source)) {
      pairs.set(source, floatValue);
    }
  };
  for (const node of float.nodes) for (const value of node.outputs) pair(value, byName.get(value.name));
  float.outputs.forEach((value, i) => {
    pair(value, quantized.outputs[i]);
  });
  return pairs;
}

/** Longest common subsequence of operators with equal type and shape: for files whose tools renamed everything. */
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
 * Pairs by the names of outputs, which quantizers keep; where fewer than half of the float layers are found that way, by the order
 * of operators. Partners have as many elements, and with weights the same type.
 */
export function matchLayers(float: Graph, quantized: Graph): Matching {
  const producers = producersOf(quantized);
  const byName = matchNames(float, quantized, producers);
  const by = byName.size * 2 >= float.nodes.length ? 'names' : 'order';
  const floatOf = by === 'names' ? byName : matchOrder(float, quantized);
  quantized.inputs.forEach((value, i) => {
    if (float.inputs[i] && sameSize(value, float.inputs[i])) floatOf.set(value, float.inputs[i]);
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
