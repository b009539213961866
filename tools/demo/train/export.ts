// Owns exporting the trained network to a float .tflite: batch normalizations folded, layouts converted to TensorFlow Lite's.
import { type Graph, type Node, type Value, writeModel } from 'zeropoint/tflite';
import { digitSize } from '../digits';
import { epsilon } from './kernels';
import type { Layer, Network } from './network';

/** A graph that grows layer by layer; operator versions are left to the writer. */
class GraphBuilder {
  readonly values: Value[] = [];
  readonly nodes: Node[] = [];

  value(name: string, shape: readonly number[], data?: Float32Array | Int32Array): Value {
    const dtype = data instanceof Int32Array ? 'int32' : 'float32';
    const value: Value = { id: this.values.length, name, dtype, shape, ...(data && { data }) };
    this.values.push(value);
    return value;
  }

  node<T extends Node['type']>(type: T, attributes: Node<T>['attributes'], inputs: Value[], output: Value): Value {
    this.nodes.push({ type, id: this.nodes.length, attributes, inputs, outputs: [output], version: 1 } as unknown as Node);
    return output;
  }
}

/**
 * Weights [rows, channels] and bias with the batch normalization inside: gamma / sqrt(variance + epsilon) scales every channel.
 * The first layer also includes the division of pixels by 255.
 */
function foldNormalization({ type, weights, gamma, beta, mean, variance, channels }: Layer): { folded: Float32Array; bias: Float32Array } {
  const scale = gamma.dataSync().map((value, c) => value / Math.sqrt(variance[c] + epsilon));
  const inputScale = type === 'full' ? 1 / 255 : 1;
  return {
    folded: weights.dataSync().map((weight, i) => weight * scale[i % channels] * inputScale),
    bias: beta.dataSync().map((value, c) => value - mean[c] * scale[c]),
  };
}

/** [rows, columns] to [columns, rows]: TFLite stores the output channels of full convolutions and FULLY_CONNECTED first. */
function transpose(matrix: Float32Array, columns: number): Float32Array {
  const rows = matrix.length / columns;
  return matrix.map((_, i) => matrix[(i % rows) * columns + Math.floor(i / rows)]);
}

function convolution(graph: GraphBuilder, input: Value, layer: Layer, name: string): Value {
  const { type, stride, channels } = layer;
  const [, height, width, depth] = input.shape;
  const { folded, bias } = foldNormalization(layer);
  const size = type === 'pointwise' ? 1 : 3;
  const isDepthwise = type === 'depthwise';
  const shape = isDepthwise ? [1, size, size, channels] : [channels, size, size, depth];
  const weights = graph.value(`${name}/weights`, shape, isDepthwise ? folded : transpose(folded, channels));
  const biases = graph.value(`${name}/bias`, [channels], bias);
  const output = graph.value(`${name}/Relu6`, [1, Math.ceil(height / stride), Math.ceil(width / stride), channels]);
  const window = { padding: 'SAME', strideH: stride, strideW: stride, dilationH: 1, dilationW: 1, activation: 'RELU6' } as const;
  if (isDepthwise) return graph.node('DEPTHWISE_CONV_2D', { ...window, depthMultiplier: 1 }, [input, weights, biases], output);
  return graph.node('CONV_2D', window, [input, weights, biases], output);
}

/**
 * The network as a float .tflite: pictures [1, 28, 28, 1] in 0..255 to probabilities [1, 10].
 * The division of pixels by 255, as in training, is folded into the first layer's weights.
 */
export function exportNetwork({ layers, classifier }: Pick<Network, 'layers' | 'classifier'>): Uint8Array {
  const graph = new GraphBuilder();
  const input = graph.value('picture', [1, digitSize, digitSize, 1]);
  let x = input;
  for (const [i, layer] of layers.entries()) x = convolution(graph, x, layer, `Conv2d_${Math.ceil(i / 2)}_${layer.type}`);
  const features = x.shape[3];
  const axes = graph.value('pool/axes', [2], Int32Array.of(1, 2));
  const pooled = graph.node('MEAN', { keepDims: false }, [x, axes], graph.value('pool', [1, features]));
  const weights = graph.value('logits/weights', [10, features], transpose(classifier.weights.dataSync(), 10));
  const bias = graph.value('logits/bias', [10], classifier.bias.dataSync());
  const logits = graph.value('logits', [1, 10]);
  graph.node('FULLY_CONNECTED', { activation: 'NONE', keepNumDims: false }, [pooled, weights, bias], logits);
  const output = graph.node('SOFTMAX', { beta: 1 }, [logits], graph.value('probabilities', [1, 10]));
  const { values, nodes } = graph;
  const model: Graph = {
    name: 'main',
    description: 'Handwritten digits, made and learnt by zeropoint',
    values,
    inputs: [input],
    outputs: [output],
    nodes,
    signatures: [],
    metadata: [],
    trailer: new Uint8Array(),
  };
  return writeModel(model);
}
