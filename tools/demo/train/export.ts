// Owns exporting a trained network to a float .tflite: batch normalizations folded, layouts and operators converted to TensorFlow Lite's.
import { type Graph, type Node, type Value, writeModel } from 'zeropoint/tflite';
import type { Connection, Gate, Layer, TrainedNetwork } from './network';
import { type Activation, epsilon } from './normalization';

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

  /** The mean over rows and columns: [1, channels], or [1, 1, 1, channels] where `keepDims`. */
  mean(name: string, x: Value, keepDims: boolean): Value {
    const channels = x.shape[3];
    const axes = this.value(`${name}/axes`, [2], Int32Array.of(1, 2));
    return this.node('MEAN', { keepDims }, [x, axes], this.value(name, keepDims ? [1, 1, 1, channels] : [1, channels]));
  }

  product(name: string, x: Value, factor: Value): Value {
    return this.node('MUL', { activation: 'NONE' }, [x, factor], this.value(name, x.shape));
  }

  sigmoid(name: string, x: Value): Value {
    return this.node('LOGISTIC', {}, [x], this.value(name, x.shape));
  }

  /** The part of an activation that TensorFlow Lite does not fuse into the operator before it. */
  activation(name: string, activation: Activation, x: Value): Value {
    if (activation === 'HARD_SWISH') return this.node('HARD_SWISH', {}, [x], this.value(`${name}/hard_swish`, x.shape));
    if (activation === 'SWISH') return this.product(`${name}/mul`, x, this.sigmoid(`${name}/Sigmoid`, x));
    return x;
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

/** What TensorFlow Lite fuses. */
type Fused = 'NONE' | 'RELU' | 'RELU6';

const window = (stride: number, activation: Fused) =>
  ({ padding: 'SAME', strideH: stride, strideW: stride, dilationH: 1, dilationW: 1, activation }) as const;

function convolution(graph: GraphBuilder, input: Value, layer: Layer): Value {
  const { type, name, size, stride, channels, activation } = layer;
  const [, height, width, depth] = input.shape;
  const { folded, bias } = foldNormalization(layer);
  const isDepthwise = type === 'depthwise';
  const fused = activation === 'RELU' || activation === 'RELU6' ? activation : 'NONE';
  const shape = isDepthwise ? [1, size, size, channels] : [channels, size, size, depth];
  const weights = graph.value(`${name}/weights`, shape, isDepthwise ? folded : transpose(folded, channels));
  const biases = graph.value(`${name}/bias`, [channels], bias);
  const suffix = { NONE: '', RELU: '/Relu', RELU6: '/Relu6' }[fused];
  const output = graph.value(`${name}${suffix}`, [1, Math.ceil(height / stride), Math.ceil(width / stride), channels]);
  const attributes = window(stride, fused);
  if (isDepthwise) graph.node('DEPTHWISE_CONV_2D', { ...attributes, depthMultiplier: 1 }, [input, weights, biases], output);
  else graph.node('CONV_2D', attributes, [input, weights, biases], output);
  return graph.activation(name, activation, output);
}

/** A fully connected layer over [1, 1, 1, channels] as a convolution, as the converter makes it of Keras's networks; `offset` is added to biases. */
function squeeze(graph: GraphBuilder, name: string, x: Value, { weights, bias }: Connection, activation: Fused, offset = 0): Value {
  const [inputs, outputs] = weights.shape;
  const constant = graph.value(`${name}/weights`, [outputs, 1, 1, inputs], transpose(weights.dataSync(), outputs));
  const biases = graph.value(
    `${name}/bias`,
    [outputs],
    bias.dataSync().map((value) => value + offset),
  );
  return graph.node('CONV_2D', window(1, activation), [x, constant, biases], graph.value(name, [1, 1, 1, outputs]));
}

/** Squeeze-and-excite. A hard sigmoid is a convolution with 3 more bias and RELU6, then MUL by 1/6, as the converter writes it. */
function gated(graph: GraphBuilder, x: Value, gate: Gate): Value {
  const { name } = gate;
  const pooled = graph.mean(`${name}/pool`, x, true);
  if (gate.style === 'v3') {
    const squeezed = squeeze(graph, `${name}/squeeze`, pooled, gate.squeeze, 'RELU');
    const sixfold = squeeze(graph, `${name}/excite`, squeezed, gate.excite, 'RELU6', 3);
    return graph.product(name, x, graph.product(`${name}/hard_sigmoid`, sixfold, graph.value(`${name}/sixth`, [], Float32Array.of(1 / 6))));
  }
  const squeezed = graph.activation(`${name}/squeeze`, 'SWISH', squeeze(graph, `${name}/squeeze`, pooled, gate.squeeze, 'NONE'));
  return graph.product(name, x, graph.sigmoid(`${name}/Sigmoid`, squeeze(graph, `${name}/excite`, squeezed, gate.excite, 'NONE')));
}

/**
 * The network as a float .tflite: pictures [1, size, size, channels] in 0..255 to probabilities [1, classes].
 * The division of pixels by 255, as in training, is folded into the first layer's weights.
 */
export function exportNetwork({ architecture, stages, classifier }: TrainedNetwork): Uint8Array {
  const { picture, classes, description } = architecture;
  const graph = new GraphBuilder();
  const input = graph.value('picture', [1, picture[0], picture[0], picture[1]]);
  let x = input;
  let kept = x;
  for (const stage of stages) {
    if (stage.type === 'keep') kept = x;
    else if (stage.type === 'add') x = graph.node('ADD', { activation: 'NONE' }, [kept, x], graph.value(`${x.name}/add`, x.shape));
    else if (stage.type === 'gate') x = gated(graph, x, stage);
    else x = convolution(graph, x, stage);
  }
  const features = x.shape[3];
  const pooled = graph.mean('pool', x, false);
  const weights = graph.value('logits/weights', [classes, features], transpose(classifier.weights.dataSync(), classes));
  const bias = graph.value('logits/bias', [classes], classifier.bias.dataSync());
  const logits = graph.value('logits', [1, classes]);
  graph.node('FULLY_CONNECTED', { activation: 'NONE', keepNumDims: false }, [pooled, weights, bias], logits);
  const output = graph.node('SOFTMAX', { beta: 1 }, [logits], graph.value('probabilities', [1, classes]));
  const { values, nodes } = graph;
  const model: Graph = {
    name: 'main',
    description,
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
