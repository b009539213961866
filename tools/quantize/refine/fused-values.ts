// Owns values that the float runtime fuses away and so does not show: they are computed from those it shows.
import { elementCount, type Graph, type Node, type TensorData, type Value } from 'zeropoint/graph';
import { evaluate } from 'zeropoint/reference';

/** Values of a prepared float graph, each known from elsewhere or computed by its producer. */
export class FusedValues {
  private readonly producers = new Map<Value, Node>();

  constructor(graph: Graph) {
    for (const node of graph.nodes) for (const value of node.outputs) this.producers.set(value, node);
  }

  /** The pads in front of a value, itself included: they may be fused into the layer behind them. */
  padsBefore(value: Value): Value[] {
    const producer = this.producers.get(value);
    const isPad = producer?.type === 'PAD' || producer?.type === 'PADV2';
    return isPad ? [value, ...this.padsBefore(producer.inputs[0]!)] : [value];
  }

  /** Elements of a value; `known` gives those that were observed. */
  of(value: Value, known: (value: Value) => Float32Array | undefined): TensorData {
    const found = value.data ?? known(value);
    if (found) return found;
    const node = this.producers.get(value)!;
    const result = new Float32Array(elementCount(value.shape));
    evaluate(
      node,
      node.inputs.map((input) => input && this.of(input, known)),
      [result],
    );
    return result;
  }
}
