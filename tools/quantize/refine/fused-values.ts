// Owns values that the float runtime fuses into other operators and does not report: they are computed from those it reports.
import { elementCount, type Graph, type Node, type TensorData, type Value, variableInputs } from 'zeropoint/graph';
import { evaluate } from 'zeropoint/reference';

/** Values of a prepared float graph, reported by the runtime or computed by the reference kernels. */
export class FusedValues {
  private readonly producers = new Map<Value, Node>();

  constructor(graph: Graph) {
    for (const node of graph.nodes) for (const value of node.outputs) this.producers.set(value, node);
  }

  /** The values nearest to `value` that satisfy `isReported`, or that no node computes, from which `of` computes it. */
  sourcesOf(value: Value, isReported: (value: Value) => boolean): Value[] {
    const producer = this.producers.get(value);
    return isReported(value) || !producer ? [value] : variableInputs(producer).flatMap((input) => this.sourcesOf(input, isReported));
  }

  /** Elements of a value; `reported` gives those of the values that the runtime reported. */
  of(value: Value, reported: (value: Value) => Float32Array | undefined): TensorData {
    const found = value.data ?? reported(value);
    if (found) return found;
    const node = this.producers.get(value)!;
    const result = new Float32Array(elementCount(value.shape));
    evaluate(
      node,
      node.inputs.map((input) => input && this.of(input, reported)),
      [result],
    );
    return result;
  }
}
