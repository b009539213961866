// Owns which channels of a network belong together: values whose channels can only be scaled by one common factor.
import { elementCount, type Graph, type Node, type Value, type WeightedNode, weightedInputs, weightedValues } from 'zeropoint/graph';
import { isReal } from '../build/parameters';
import { channelCount } from '../statistics';

/** One use of weights by scaled channels: factors of the layer's output or input channels, as group numbers; -1 where fixed. */
export interface ScaledLayer {
  readonly node: WeightedNode;
  /** One entry per output channel. */
  readonly outputs: readonly number[];
  /** One entry per input channel. */
  readonly inputs: readonly number[];
}

export interface ChannelGroups {
  readonly count: number;
  /** Group of each channel of each activation; -1 where it must keep its scale. */
  readonly of: ReadonlyMap<Value, readonly number[]>;
  readonly layers: readonly ScaledLayer[];
}

/** Operators through which a positive factor per channel passes from every input to the output, element by element or per channel. */
const transparent = new Set<Node['type']>([
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

/** Union-find over the channels of all activations. */
class Channels {
  readonly first = new Map<Value, number>();
  private readonly parents: number[] = [];
  private readonly fixed: boolean[] = [];

  add(value: Value): void {
    this.first.set(value, this.parents.length);
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
    const [from, to] = [this.root(this.first.get(a)! + channelA), this.root(this.first.get(b)! + channelB)];
    this.parents[from] = to;
    this.fixed[to] ||= this.fixed[from];
  }

  fix(value: Value): void {
    const first = this.first.get(value);
    if (first === undefined) return;
    for (let c = 0; c < channelCount(value); c++) this.fixed[this.root(first + c)] = true;
  }

  isFixed(channel: number): boolean {
    return this.fixed[this.root(channel)];
  }
}

/** Groups of a prepared float graph. Graph inputs and outputs, and what other operators touch, keep their scale. */
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
      const root = channels.root(channels.first.get(value)! + c);
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

/** Joins the channels that one node ties, or fixes all it touches where no factor may pass. */
function connect(node: Node, channels: Channels): void {
  const activation = 'activation' in node.attributes ? node.attributes.activation : 'NONE';
  // ReLU6 is the caller's to watch.
  const passes = activation === 'NONE' || activation === 'RELU' || activation === 'RELU6';
  if (passes && join(node, channels)) return;
  for (const value of [...node.inputs, ...node.outputs]) if (isReal(value)) channels.fix(value);
}

/** Whether factors per channel pass through, or, at a layer with weights, can be made up for. */
function join(node: Node, channels: Channels): boolean {
  // A layer's input and output channels are free of each other.
  if (weightedInputs(node.type)) return hasCountableInputs(node as WeightedNode);
  const [output] = node.outputs;
  // A PRELU's slopes are constant and have no scale.
  const data = node.type === 'PRELU' ? node.inputs.slice(0, 1).filter(isReal) : node.inputs.filter(isReal);
  if (data.some((value) => value.data)) return false;
  if (node.type === 'CONCATENATION') return joinConcatenation(node, data, channels);
  const count = channelCount(output);
  if (!transparent.has(node.type) || data.some((value) => channelCount(value) !== count) || mixesChannels(node)) return false;
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

/** Input channels must be countable in the weights: no groups, a flattened image only with one position. */
function hasCountableInputs(node: WeightedNode): boolean {
  const { input, weights } = weightedValues(node);
  if (node.type === 'TRANSPOSE_CONV') return false;
  if (node.type === 'DEPTHWISE_CONV_2D') return true;
  return weights.shape[weights.shape.length - 1] === channelCount(input);
}

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

/** Every weight with its output and input channel; `outputs` and `inputs` have an entry per channel. */
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
