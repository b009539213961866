// Owns ADD, SUB, MUL and DIV with a constant operand as an affine function per channel, and what folding them into layers has in common.
import { describeNode, elementCount, type Node, type Value } from '../graph/graph';
import { type WeightedNode, weightedValues } from '../graph/weighted';

export type Scaling = Node<'ADD' | 'SUB' | 'MUL' | 'DIV'>;

/** x * factor + offset; each has one entry or one per channel. */
export interface Affine {
  readonly factor: ArrayLike<number>;
  readonly offset: ArrayLike<number>;
}

/** Whether folding changes the weights of the layer, or its bias alone. */
export function changesWeights({ type }: Scaling): boolean {
  return type === 'MUL' || type === 'DIV';
}

/** Of all copies that one pass makes of weights that several layers share; what exceeds it is not folded. */
const maxSharedBytes = 256 * 2 ** 20;

/** The bytes of the copies that one pass makes of shared weights. */
export class WeightCopies {
  private bytes = 0;

  constructor(private readonly consumers: ReadonlyMap<Value, readonly Node[]>) {}

  /** Adds the bytes that folding `scaling` into `layer` copies; returns why it must not be folded, or undefined. */
  obstacle(scaling: Scaling, layer: WeightedNode): string | undefined {
    const { weights } = weightedValues(layer);
    if (!changesWeights(scaling) || (this.consumers.get(weights)?.length ?? 1) <= 1) return undefined;
    this.bytes += 4 * elementCount(weights.shape);
    return this.bytes > maxSharedBytes ? `copies of shared weights would take more than ${maxSharedBytes} bytes` : undefined;
  }
}

/** Entry `channel` of `values`, which has one entry per channel or one for all. */
export function atChannel(values: ArrayLike<number>, channel: number): number {
  return values[values.length === 1 ? 0 : channel];
}

/** The data operand and the function of it, when the other operand is a constant; ADD and MUL commute. Undefined for other nodes. */
export function affineOf(node: Node): (Affine & { data: Value; scaling: Scaling }) | undefined {
  if (node.type !== 'ADD' && node.type !== 'SUB' && node.type !== 'MUL' && node.type !== 'DIV') return undefined;
  const scaling = node as Scaling;
  const [first, second] = node.inputs as [Value, Value];
  const commutes = node.type === 'ADD' || node.type === 'MUL';
  const [data, constant] = commutes && first.data ? [second, first] : [first, second];
  if (data.data || !(constant.data instanceof Float32Array)) return undefined;
  const [channels] = constant.shape.slice(-1);
  // One entry for all, or one per channel of the last dimension.
  if (constant.data.length !== 1 && constant.data.length !== channels) return undefined;
  const values = constant.data;
  switch (node.type) {
    case 'ADD':
      return { data, scaling, factor: [1], offset: values };
    case 'SUB':
      return { data, scaling, factor: [1], offset: values.map((value) => -value) };
    case 'MUL':
      return { data, scaling, factor: values, offset: [0] };
    case 'DIV':
      return { data, scaling, factor: Float64Array.from(values, (value) => 1 / value), offset: [0] };
  }
}

/** Why the weights of a layer cannot be multiplied or its bias changed; undefined: they can. */
export function weightsObstacle(layer: WeightedNode): string | undefined {
  const { weights, bias } = weightedValues(layer);
  const isFloat = weights.data instanceof Float32Array && (!bias || bias.data instanceof Float32Array);
  return isFloat ? undefined : `the weights of ${describeNode(layer)} are not constant floats`;
}
