// Owns building a quantized network layer by layer: values, seeded weights and biases in TFLite's two 8-bit schemes.
import { elementCount, type Graph, type Node, type Padding, type Quantization, type Value } from '../graph/graph';
import { heDeviation, logitGain } from './deviations';
import { codeDeviation, WeightSource } from './weight-source';

/** `uint8`: asymmetric, per tensor, as the quantized MobileNets of 2018. `int8`: weights symmetric and per channel. */
export type Scheme = 'uint8' | 'int8';

/** Real range of biases: small beside activations of up to 6. */
const biasRange = 0.1;
/** Maximum distance of a uint8 weight from its zero point, and of that from 128: 128 - 15 - 112 >= 0 and 128 + 15 + 112 <= 255. */
const maxUint8Weight = 112;
const maxZeroPointShift = 15;

interface ConvolutionLayer {
  readonly type: 'CONV_2D' | 'DEPTHWISE_CONV_2D';
  readonly name: string;
  /** Rows and columns of the filter. */
  readonly size: number;
  readonly stride: number;
  /** Output channels; those of the input in a depthwise layer. */
  readonly channels: number;
  readonly activation: 'NONE' | 'RELU' | 'RELU6';
  /** Quantization of the output. */
  readonly quantization: Quantization;
  /** Standard deviation of the real weights. */
  readonly deviation: number;
  /** Mean of the real biases, 0 by default. */
  readonly biasMean?: number;
}

/** Ends of the names of convolutions' outputs, as in models that TensorFlow's converter has written. */
const suffixes = { NONE: '/BiasAdd', RELU: '/Relu', RELU6: '/Relu6' };

/** Per-tensor parameters. `centre` is the zero point in uint8; int8 codes are 128 lower. The scale becomes a float32. */
export function perTensor(scheme: Scheme, scale: number, centre: number): Quantization {
  return { scale: [Math.fround(scale)], zeroPoint: [scheme === 'uint8' ? centre : centre - 128], axis: 0 };
}

export class Network {
  private readonly values: Value[] = [];
  private readonly nodes: Node[] = [];
  private readonly source: WeightSource;

  constructor(
    readonly scheme: Scheme,
    seed: number,
  ) {
    this.source = new WeightSource(seed);
  }

  /** An activation in the network's dtype. */
  activation(name: string, shape: readonly number[], quantization: Quantization): Value {
    return this.value({ name, dtype: this.scheme, shape, quantization });
  }

  /** A constant int32 vector, such as the shape of a RESHAPE. */
  operand(name: string, elements: readonly number[]): Value {
    return this.value({ name, dtype: 'int32', shape: [elements.length], data: Int32Array.from(elements) });
  }

  /** Appends a node; the writer sets its operator version. */
  node<T extends Node['type']>(type: T, attributes: Node<T>['attributes'], inputs: Value[], output: Value): Value {
    this.nodes.push({ type, id: this.nodes.length, attributes, inputs, outputs: [output], version: 1 } as unknown as Node);
    return output;
  }

  /** SAME-padded convolution of `input` [1, H, W, C] with new weights: [1, H / stride, W / stride, channels]. */
  convolution(input: Value, layer: ConvolutionLayer): Value {
    const { type, name, size, stride, channels, activation } = layer;
    const [, height, width, depth] = input.shape;
    const shape = type === 'CONV_2D' ? [channels, size, size, depth] : [1, size, size, channels];
    const weights = this.weights(`${name}/weights`, shape, type === 'CONV_2D' ? 0 : 3, layer.deviation);
    const bias = this.bias(`${name}/bias`, input, weights, channels, layer.biasMean ?? 0);
    const outputShape = [1, Math.ceil(height / stride), Math.ceil(width / stride), channels];
    const output = this.activation(name + suffixes[activation], outputShape, layer.quantization);
    const common = { padding: 'SAME' as Padding, strideH: stride, strideW: stride, dilationH: 1, dilationW: 1, activation };
    if (type === 'CONV_2D') return this.node(type, common, [input, weights, bias], output);
    return this.node(type, { ...common, depthMultiplier: 1 }, [input, weights, bias], output);
  }

  /** ADD of two activations of one shape. */
  sum(name: string, left: Value, right: Value, quantization: Quantization): Value {
    return this.node('ADD', { activation: 'NONE' }, [left, right], this.activation(name, left.shape, quantization));
  }

  /** MUL of an activation with one of its shape, or one that is broadcast to it. */
  product(name: string, left: Value, right: Value, quantization: Quantization): Value {
    return this.node('MUL', { activation: 'NONE' }, [left, right], this.activation(name, left.shape, quantization));
  }

  /** HARD_SWISH: x * RELU6(x + 3) / 6. */
  hardSwish(name: string, x: Value, quantization: Quantization): Value {
    return this.node('HARD_SWISH', {}, [x], this.activation(name, x.shape, quantization));
  }

  /** MEAN of `x` [1, H, W, C] over rows and columns: [1, 1, 1, C]. */
  mean(name: string, x: Value, quantization: Quantization): Value {
    const axes = this.operand(`${name}/reduction_indices`, [1, 2]);
    return this.node('MEAN', { keepDims: true }, [x, axes], this.activation(name, [1, 1, 1, x.shape[3]], quantization));
  }

  /** A positive real number as a constant of shape []: its code is the largest one. */
  scalar(name: string, real: number): Value {
    const data = this.scheme === 'uint8' ? Uint8Array.of(255) : Int8Array.of(127);
    return this.value({ name, dtype: this.scheme, shape: [], quantization: perTensor(this.scheme, real / 255, 0), data });
  }

  /** AVERAGE_POOL_2D over all rows and columns of `x` [1, H, W, C], and `predictions` of it. */
  classifier(x: Value, prefix: string, classes: number): Value {
    const [, height, width, depth] = x.shape;
    const pooled = this.activation(`${prefix}/Logits/AvgPool_1a/AvgPool`, [1, 1, 1, depth], x.quantization!);
    const pool = { padding: 'VALID', strideH: 2, strideW: 2, filterH: height, filterW: width, activation: 'NONE' } as const;
    this.node('AVERAGE_POOL_2D', pool, [x], pooled);
    return this.predictions(pooled, prefix, classes, logitGain * heDeviation(depth));
  }

  /** A pointwise convolution of `x` [1, 1, 1, C] with weights of standard deviation `deviation`, RESHAPE and SOFTMAX: [1, classes]. */
  predictions(x: Value, prefix: string, classes: number, deviation: number): Value {
    const logits = this.convolution(x, {
      type: 'CONV_2D',
      name: `${prefix}/Logits/Conv2d_1c_1x1`,
      size: 1,
      stride: 1,
      channels: classes,
      activation: 'NONE',
      quantization: perTensor(this.scheme, 1 / 8, 128),
      deviation,
    });
    const flat = this.activation(`${prefix}/Logits/SpatialSqueeze`, [1, classes], logits.quantization!);
    this.node('RESHAPE', { newShape: [1, classes] }, [logits, this.operand(`${prefix}/Logits/Shape`, [1, classes])], flat);
    const output = this.activation(`${prefix}/Predictions/Reshape_1`, [1, classes], perTensor(this.scheme, 1 / 256, 0));
    return this.node('SOFTMAX', { beta: 1 }, [flat], output);
  }

  graph(name: string, description: string, inputs: Value[], outputs: Value[]): Graph {
    const { values, nodes } = this;
    return { name, description, values, inputs, outputs, nodes, signatures: [], metadata: [], trailer: new Uint8Array() };
  }

  private value(value: Omit<Value, 'id'>): Value {
    const added = { id: this.values.length, ...value };
    this.values.push(added);
    return added;
  }

  /** Weights with real standard deviation `deviation`; in int8, channels along `axis` differ in scale, as trained ones do. */
  private weights(name: string, shape: readonly number[], axis: number, deviation: number): Value {
    const count = elementCount(shape);
    if (this.scheme === 'uint8') {
      const zeroPoint = 128 + this.source.integer(-maxZeroPointShift, maxZeroPointShift);
      const data = new Uint8Array(count);
      for (let i = 0; i < count; i++) data[i] = zeroPoint + this.source.normalCode(maxUint8Weight);
      const quantization = { scale: [Math.fround(deviation / codeDeviation(maxUint8Weight))], zeroPoint: [zeroPoint], axis: 0 };
      return this.value({ name, dtype: 'uint8', shape, quantization, data });
    }
    const channels = shape[axis];
    const peaks = Array.from({ length: channels }, () => this.source.integer(80, 127));
    const data = new Int8Array(count);
    // Consecutive elements of one channel: all of its filter along axis 0, one along the innermost axis.
    const span = axis === 0 ? count / channels : 1;
    for (let i = 0, channel = 0; i < count; channel = (channel + 1) % channels) {
      for (const end = i + span; i < end; i++) data[i] = this.source.normalCode(peaks[channel]);
    }
    const scale = peaks.map((peak) => Math.fround(deviation / codeDeviation(peak)));
    return this.value({ name, dtype: 'int8', shape, quantization: { scale, zeroPoint: scale.map(() => 0), axis }, data });
  }

  /** Biases have the scale of input times weights, zero point 0: kernels add them to the accumulator as they are. */
  private bias(name: string, input: Value, weights: Value, channels: number, mean: number): Value {
    const scale = weights.quantization!.scale.map((weightScale) => Math.fround(input.quantization!.scale[0] * weightScale));
    const data = new Int32Array(channels);
    for (let i = 0; i < channels; i++) {
      const real = mean + this.source.uniform(-biasRange, biasRange);
      data[i] = Math.floor(real / scale[scale.length > 1 ? i : 0] + 0.5);
    }
    const quantization = { scale, zeroPoint: scale.map(() => 0), axis: 0 };
    return this.value({ name, dtype: 'int32', shape: [channels], quantization, data });
  }
}
