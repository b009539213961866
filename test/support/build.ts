// Owns building small graphs by hand for tests: values, constants and nodes in one line each.
import type { DType, Graph, Node, OperatorAttributes, OperatorType, Quantization, TensorData, Value } from '../../src/graph/graph';
import { allocate, elementCount } from '../../src/graph/graph';

/** What a value needs beyond its id; `name` is `t<id>` unless given. */
export type ValueOptions = Partial<Omit<Value, 'id' | 'data'>> & { dtype: DType };

/** Per-tensor quantization; the scale is rounded to float32 as in a file. */
export function quantized(scale: number, zeroPoint = 0): Quantization {
  return { scale: [Math.fround(scale)], zeroPoint: [zeroPoint], axis: 0 };
}

/** Per-channel quantization with zero points 0. */
export function perChannel(scales: readonly number[], axis: number): Quantization {
  return { scale: scales.map(Math.fround), zeroPoint: scales.map(() => 0), axis };
}

/** Default attributes of convolutions and pools: stride 1, VALID, no activation. */
export const window = { padding: 'VALID', strideH: 1, strideW: 1, activation: 'NONE' } as const;
export const convolution = { ...window, dilationH: 1, dilationW: 1 } as const;

/** Options of TFLite_Detection_PostProcess: 2 slots, 2 classes. */
export const detectionOptions: OperatorAttributes['TFLite_Detection_PostProcess'] = {
  maxDetections: 2,
  maxClassesPerDetection: 1,
  detectionsPerClass: 10,
  useRegularNms: false,
  nmsScoreThreshold: 0,
  nmsIouThreshold: 0.6,
  numClasses: 2,
  yScale: 10,
  xScale: 10,
  hScale: 5,
  wScale: 5,
  customOptions: new Uint8Array(0),
};

/** Collects a graph. Nothing is checked, so that tests can build bad graphs. */
export class GraphBuilder {
  readonly graph: Graph = {
    name: 'hand-built',
    description: '',
    values: [],
    inputs: [],
    outputs: [],
    nodes: [],
    signatures: [],
    metadata: [],
    trailer: new Uint8Array(0),
  };

  /** A value without a role. */
  value(options: ValueOptions): Value {
    const id = this.graph.values.length;
    const value: Value = { id, name: `t${id}`, shape: [], ...options };
    this.graph.values.push(value);
    return value;
  }

  /** A graph input. */
  input(dtype: DType, shape: readonly number[], quantization?: Quantization): Value {
    const value = this.value({ dtype, shape, quantization });
    this.graph.inputs.push(value);
    return value;
  }

  /** A constant; `data` may be shorter than the shape and then repeats. */
  constant(dtype: DType, shape: readonly number[], data: ArrayLike<number>, quantization?: Quantization): Value {
    const value = this.value({ dtype, shape, quantization });
    const elements: TensorData = allocate(dtype, elementCount(shape));
    for (let i = 0; i < elements.length; i++) {
      const element = data[i % data.length];
      elements[i] = dtype === 'int64' ? BigInt(element) : element;
    }
    value.data = elements;
    return value;
  }

  /** An int32 vector, as shape operands are. */
  ints(...data: number[]): Value {
    return this.constant('int32', [data.length], data);
  }

  /** A node; returns its outputs, built from `outputs` with shape [] as files may have it. */
  node<T extends OperatorType>(
    type: T,
    attributes: OperatorAttributes[T],
    inputs: (Value | undefined)[],
    ...outputs: (ValueOptions | Value)[]
  ): Value[] {
    const results = outputs.map((output) => ('id' in output ? output : this.value(output)));
    this.graph.nodes.push({
      type,
      id: this.graph.nodes.length,
      attributes: { ...attributes },
      inputs,
      outputs: results,
      version: 1,
    } as Node);
    return results;
  }

  /** Declares graph outputs and returns the graph. */
  outputs(...values: Value[]): Graph {
    this.graph.outputs.push(...values);
    return this.graph;
  }
}
