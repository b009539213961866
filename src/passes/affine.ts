// Owns reading ADD, SUB, MUL and DIV with constants as a factor and an offset per channel, and what folding them into layers may copy.
import { elementCount, type Node, type Value } from '../graph/graph';
import { type WeightedNode, weightedValues } from '../graph/weighted';

export type Scaling = Node<'ADD' | 'SUB' | 'MUL' | 'DIV'>;

/** x * factor + offset, one entry each or one per channel. */
export interface Affine {
  readonly factor: ArrayLike<number>;
  readonly offset: ArrayLike<number>;
}

export function changesWeights({ type }: Scaling): boolean {
  return type === 'MUL' || type === 'DIV';
}

/** Weights that several layers share are copied for each; more than this together stays unfolded. */
const maxSharedBytes = 256 * 2 ** 20;

/** Counts the copies that one pass makes of shared weights. */
export class WeightCopies {
  private bytes = 0;

  constructor(private readonly consumers: ReadonlyMap<Value, readonly Node[]>) {}

  /** Counts what folding `scaling` into `layer` copies; why it must not be, where that is too much. */
  add(scaling: Scaling, layer: WeightedNode): string | undefined {
    const { weights } = weightedValues(layer);
    if (!changesWeights(scaling) || (this.consumers.get(weights)?.length ?? 1) <= 1) return undefined;
    this.bytes += 4 * elementCount(weights.shape);
    return this.bytes > maxSharedBytes ? `copies of shared weights would take more than ${maxSharedBytes} bytes` : undefined;
  }
}

/** Entry `channel` of values that may be one for all. */
export function at(values: ArrayLike<number>, channel: number): number {
  return values[values.length === 1 ? 0 : channel];
}

/** The data operand and what happens to it, where the other operand is a constant that the operator takes from any side it may. */
export function affineOf(node: Node): (Affine & { data: Value; scaling: Scaling }) | undefined {
  if (node.type !== 'ADD' && node.type !== 'SUB' && node.type !== 'MUL' && node.type !== 'DIV') return undefined;
  const scaling = node as Scaling;
  const [first, second] = node.inputs as [Value, Value];
  const commutes = node.type === 'ADD' || node.type === 'MUL';
  const [data, constant] = commutes && first.data ? [second, first] : [first, second];
  if (data.data || !(constant.data instanceof Float32Array)) return undefined;
  const [channels] = constant.shape.slice(-1);
  // Along the last dimension only.
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
