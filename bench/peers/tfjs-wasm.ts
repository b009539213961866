// Owns running a float network op by op on @tensorflow/tfjs-backend-wasm (XNNPACK, SIMD, one thread) in Node.
import { createRequire } from 'node:module';
import type { Graph, Node, Value } from '../../src/graph/graph';
import { peerPath, peerVersion } from './peer';

interface Tensor {
  dataSync(): Float32Array;
}

interface Fused {
  x: Tensor;
  filter: Tensor;
  strides: [number, number];
  pad: string;
  bias?: Tensor;
  activation?: 'relu6' | 'relu' | 'linear';
}

interface Tfjs {
  env(): { set(flag: string, value: unknown): void };
  setBackend(name: string): Promise<boolean>;
  ready(): Promise<void>;
  tensor(data: Float32Array, shape: readonly number[]): Tensor;
  transpose(x: Tensor, permutation: number[]): Tensor;
  tidy<T>(body: () => T): T;
  fused: { conv2d(options: Fused): Tensor; depthwiseConv2d(options: Fused): Tensor };
  avgPool(x: Tensor, size: [number, number], strides: [number, number], pad: string): Tensor;
  reshape(x: Tensor, shape: readonly number[]): Tensor;
  softmax(x: Tensor): Tensor;
}

export interface FloatPeer {
  readonly name: string;
  /** One input image to the network's only output, copied. */
  run(input: Float32Array): Float32Array;
}

const activations = { NONE: 'linear', RELU: 'relu', RELU6: 'relu6' } as const;

/** The one function that computes a node from tensors; weights are made once, in the layout that tfjs wants. */
function compile(tf: Tfjs, node: Node): (x: Tensor) => Tensor {
  switch (node.type) {
    case 'CONV_2D':
    case 'DEPTHWISE_CONV_2D': {
      const [, weights, biases] = node.inputs as Value[];
      const raw = tf.tensor(weights.data as Float32Array, weights.shape);
      // OHWI to HWIO, and [1, H, W, C] to [H, W, C, 1].
      const filter = tf.transpose(raw, [1, 2, 3, 0]);
      const bias = tf.tensor(biases.data as Float32Array, biases.shape);
      const { strideH, strideW, padding, activation } = node.attributes;
      const options = {
        filter,
        bias,
        strides: [strideH, strideW] as [number, number],
        pad: (padding as string).toLowerCase(),
        activation: activations[activation as keyof typeof activations],
      };
      return node.type === 'CONV_2D' ? (x) => tf.fused.conv2d({ x, ...options }) : (x) => tf.fused.depthwiseConv2d({ x, ...options });
    }
    case 'AVERAGE_POOL_2D': {
      const { filterH, filterW, strideH, strideW, padding } = node.attributes;
      return (x) => tf.avgPool(x, [filterH, filterW], [strideH, strideW], (padding as string).toLowerCase());
    }
    case 'RESHAPE':
      return (x) => tf.reshape(x, node.outputs[0].shape);
    case 'SOFTMAX':
      return (x) => tf.softmax(x);
    default:
      throw new Error(`no counterpart of ${node.type} here; only chains of MobileNetV1's operators are compared`);
  }
}

/** `graph`: a chain of the operators above with inferred shapes. Activations are fused as in tfjs' own graph models. */
export async function createTfjsWasm(graph: Graph): Promise<FloatPeer> {
  const require = createRequire(peerPath('package.json'));
  const tf: Tfjs = require('@tensorflow/tfjs-core');
  require('@tensorflow/tfjs-backend-wasm');
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  await tf.setBackend('wasm');
  await tf.ready();
  const steps = graph.nodes.map((node) => compile(tf, node));
  const { shape } = graph.inputs[0];
  return {
    name: `tfjs-backend-wasm ${peerVersion('@tensorflow/tfjs-backend-wasm')}`,
    run: (input) =>
      tf.tidy(() =>
        steps
          .reduce((x, step) => step(x), tf.tensor(input, shape))
          .dataSync()
          .slice(),
      ),
  };
}
