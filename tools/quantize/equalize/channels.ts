// Owns groups of channels: channels of several values that cross-layer equalization can only scale by a common factor.
import { elementCount, type Graph, type Node, type Value, type WeightedNode, weightedInputs, weightedValues } from 'zeropoint/graph';
import { channelCount } from '../../calibrate/statistics';
import { isReal } from '../build/parameters';

/** A layer with weights, and the group numbers of its channels; -1: the channel keeps its scale. */
export interface ScaledLayer {
  readonly node: WeightedNode;
  /** One entry per output channel. */
  readonly outputs: readonly number[];
  /** One entry per input channel. */
  readonly inputs: readonly number[];
}

export interface ChannelGroups {
  readonly count: number;
  /** Group numbers from 0 to count - 1, one per channel; -1: the channel keeps its scale. */
  readonly of: ReadonlyMap<Value, readonly number[]>;
  readonly layers: readonly ScaledLayer[];
}

/** Operators f with f(s x) = s f(x) for a positive factor s per channel, the same for all inputs. */
const homogeneous = new Set<Node['type']>([
  'ADD',
  'SUB',
  'AVERAGE_POOL_2D',
  'MAX_POOL_2D',
  'MEAN',
  'SUM',
  'PAD',
  'RELU',
  'RELU6',
  'LEAKY_RELU',
  'PRELU',
  'RESIZE_BILINEAR',
  'RESIZE_NEAREST_NEIGHBOR',
  'SQUEEZE',
  'RESHAPE',
]);

/** Disjoint sets (union-find) of the channels of all activations, each fixed or not; `offsets`: number of a value's channel 0. */
class Channels {
  readonly offsets = new Map<Value, number>();
  private readonly parents: number[] = [];
  private readonly fixed: boolean[] = [];

  add(value: Value): void {
    this.offsets.set(value, this.parents.length);
    for (let c = 0; c < channelCount(value); c++) {
      this.fixed.push(false);
      this.parents.push(this.parents.length);
    }
  }

  root(channel: number): number {
    let root = channel;
    while (this.parents[root] !== root) root = this.parents[root];
    this.parents[channel] = root;
    return root;
  }

  join(a: Value, channelA: number, b: Value, channelB: number): void {
    const [from, to] = [this.root(this.offsets.get(a)! + channelA), this.root(this.offsets.get(b)! + channelB)];
    this.parents[from] = to;
    this.fixed[to] ||= this.fixed[from];
  }

  fix(value: Value): void {
    const offset = this.offsets.get(value);
    if (offset === undefined) return;
    for (let c = 0; c < channelCount(value); c++) this.fixed[this.root(offset + c)] = true;
  }

  isFixed(channel: number): boolean {
    return this.fixed[this.root(channel)];
  }
}

/** Groups of a prepared float graph. Inputs and outputs of the graph and of operators that are not homogeneous keep their scale. */
export function groupChannels(graph: Graph): ChannelGroups {
  const channels = new Channels();
  const activations = [...graph.inputs, ...graph.nodes.flatMap((node) => node.outputs)].filter(isReal);
  for (const value of activations) channels.add(value);
  for (const value of [...graph.inputs, ...graph.outputs]) channels.fix(value);
  for (const node of graph.nodes) connect(node, channels);

  const numbers = new Map<number, number>();
  const of = new Map<Value, number[]>();
  for (const value of activations) {
    const groups = Array.from({ length: channelCount(value) }, (_, c) => {
      const root = channels.root(channels.offsets.get(value)! + c);
      if (channels.isFixed(root)) return -1;
      const number = numbers.get(root) ?? numbers.size;
      numbers.set(root, number);
      return number;
    });
    of.set(value, groups);
  }
  const layers = graph.nodes
    .filter((node): node is WeightedNode => weightedInputs(node.type) !== undefined)
    .map((node) => ({ node, outputs: of.get(node.outputs[0])!, inputs: of.get(weightedValues(node).input)! }));
  return { count: numbers.size, of, layers };
}

/** Joins the channels of inputs and outputs that need a common factor, or fixes all channels of a node that is not homogeneous. */
function connect(node: Node, channels: Channels): void {
  const activation = 'activation' in node.attributes ? node.attributes.activation : 'NONE';
  // min(x, 6) is homogeneous only below 6; `equalize` bounds the factors of such channels.
  const isHomogeneous = activation === 'NONE' || activation === 'RELU' || activation === 'RELU6';
  if (isHomogeneous && join(node, channels)) return;
  for (const value of [...node.inputs, ...node.outputs]) if (isReal(value)) channels.fix(value);
}

/** Joins the channels of a homogeneous node; false where it is not, or where a layer's weights cannot compensate factors. */
function join(node: Node, channels: Channels): boolean {
  // Weights compensate factors of input and output channels, so these stay independent.
  if (weightedInputs(node.type)) return hasInputChannels(node as WeightedNode);
  const [output] = node.outputs;
  // The slopes of PRELU are constants and need no factor.
  const data = node.type === 'PRELU' ? node.inputs.slice(0, 1).filter(isReal) : node.inputs.filter(isReal);
  if (data.some((value) => value.data)) return false;
  if (node.type === 'CONCATENATION') return joinConcatenation(node, data, channels);
  const count = channelCount(output);
  if (!homogeneous.has(node.type) || data.some((value) => channelCount(value) !== count) || mixesChannels(node)) return false;
  for (const value of data) for (let c = 0; c < count; c++) channels.join(value, c, output, c);
  return true;
}

function joinConcatenation(node: Node<'CONCATENATION'>, data: readonly Value[], channels: Channels): boolean {
  const [output] = node.outputs;
  const rank = output.shape.length;
  if ((node.attributes.axis + rank) % rank !== rank - 1) return false;
  let offset = 0;
  for (const value of data) {
    for (let c = 0; c < channelCount(value); c++) channels.join(value, c, output, offset + c);
    offset += channelCount(value);
  }
  return true;
}

/** Whether each weight belongs to one input channel: not in grouped convolutions, nor where several positions of an image are flattened. */
function hasInputChannels(node: WeightedNode): boolean {
  const { input, weights } = weightedValues(node);
  if (node.type === 'TRANSPOSE_CONV') return false;
  if (node.type === 'DEPTHWISE_CONV_2D') return true;
  return weights.shape[weights.shape.length - 1] === channelCount(input);
}

/** Whether a reduction or a pad runs along the channels, or moves them to another axis. */
function mixesChannels(node: Node): boolean {
  if (node.type === 'MEAN' || node.type === 'SUM') {
    const rank = node.inputs[0]!.shape.length;
    const axes = node.inputs[1]!.data as Int32Array | undefined;
    return !axes || axes.some((axis) => (axis + rank) % rank === rank - 1) || (!node.attributes.keepDims && rank !== 4);
  }
  if (node.type === 'PAD') {
    const paddings = node.inputs[1]!.data as ArrayLike<number | bigint> | undefined;
    return !paddings || Number(paddings[paddings.length - 1]) !== 0 || Number(paddings[paddings.length - 2]) !== 0;
  }
  return false;
}

/** Calls `visit` for every weight with its index, output channel and input channel; `outputs` and `inputs` have one entry per channel. */
export function visitWeights(
  { node, outputs, inputs }: { node: WeightedNode; outputs: ArrayLike<unknown>; inputs: ArrayLike<unknown> },
  visit: (index: number, output: number, input: number) => void,
): void {
  const { weights } = weightedValues(node);
  const count = elementCount(weights.shape);
  if (node.type === 'DEPTHWISE_CONV_2D') {
    const multiplier = outputs.length / inputs.length;
    for (let i = 0; i < count; i++) visit(i, i % outputs.length, Math.floor((i % outputs.length) / multiplier));
    return;
  }
  const perOutput = count / outputs.length;
  for (let output = 0, i = 0; output < outputs.length; output++) {
    for (let k = 0; k < perOutput; k++, i++) visit(i, output, k % inputs.length);
  }
}
