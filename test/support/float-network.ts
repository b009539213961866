// Owns a small float network by hand for tests of the quantizer: a stem, a depthwise-separable residual block, a head.

import type { Activation, Graph, TensorData } from '../../src/graph/graph';
import { validate } from '../../src/graph/validate';
import { evaluate } from '../../src/reference/run';
import type { Samples } from '../../tools/dataset/dataset';
import { loadFloat } from '../../tools/model/float-model';
import { convolution, GraphBuilder, window } from './build';
import { Random } from './random';

export interface NetworkOptions {
  seed?: number;
  /** Of the stem and the depthwise layer; default RELU. */
  activation?: Activation;
  /** Factor of output channel c of the depthwise layer, undone in the layer behind. */
  spread?: (channel: number) => number;
}

const channels = 8;
const side = 8;

/** [1, 8, 8, 3] to 5 probabilities named 'scores'. */
export function floatNetwork({ seed = 1, activation = 'RELU', spread = () => 1 }: NetworkOptions = {}): Graph {
  const random = new Random(seed);
  const b = new GraphBuilder();
  const normals = (count: number, deviation: number, mean = 0) => Array.from({ length: count }, () => mean + deviation * random.normal());
  const real = (shape: readonly number[], deviation: number) => {
    const count = shape.reduce((product, n) => product * n, 1);
    return b.constant('float32', shape, normals(count, deviation));
  };
  const spreads = Array.from({ length: channels }, (_, c) => spread(c));
  const same = { ...convolution, padding: 'SAME' as const };
  const out = (name: string) => ({ dtype: 'float32' as const, name });

  const input = b.input('float32', [1, side, side, 3]);
  const [stem] = b.node('CONV_2D', { ...same, activation }, [input, real([channels, 3, 3, 3], 0.3), real([channels], 0.2)], out('stem'));
  const kernel = b.constant(
    'float32',
    [1, 3, 3, channels],
    normals(9 * channels, 0.4).map((w, i) => w * spreads[i % channels]),
  );
  const bias = b.constant(
    'float32',
    [channels],
    normals(channels, 0.2, 0.5).map((w, c) => w * spreads[c]),
  );
  const [depthwise] = b.node('DEPTHWISE_CONV_2D', { ...same, activation, depthMultiplier: 1 }, [stem, kernel, bias], out('depthwise'));
  const point = b.constant(
    'float32',
    [channels, 1, 1, channels],
    normals(channels * channels, 0.4).map((w, i) => w / spreads[i % channels]),
  );
  const [project] = b.node('CONV_2D', same, [depthwise, point, real([channels], 0.1)], out('project'));
  const [sum] = b.node('ADD', { activation: 'NONE' }, [stem, project], out('sum'));
  const pool = { ...window, filterH: side, filterW: side };
  const [pooled] = b.node('AVERAGE_POOL_2D', pool, [sum], out('pooled'));
  const [flat] = b.node('RESHAPE', { newShape: [1, channels] }, [pooled, b.ints(1, channels)], out('flat'));
  const dense = { activation: 'NONE' as const, keepNumDims: false };
  const [logits] = b.node('FULLY_CONNECTED', dense, [flat, real([5, channels], 1), real([5], 0.3)], out('logits'));
  const [scores] = b.node('SOFTMAX', { beta: 1 }, [logits], out('scores'));
  const graph = b.outputs(scores);
  validate(graph, { evaluate });
  return graph;
}

/** Inputs for it, uniform in [-1, 1). */
export function networkSamples(count: number, seed = 7): Float32Array[][] {
  const random = new Random(seed);
  return Array.from({ length: count }, () => [Float32Array.from({ length: side * side * 3 }, () => 2 * random.real() - 1)]);
}

export function asSamples(inputs: readonly TensorData[][]): Samples {
  return {
    size: inputs.length,
    async *[Symbol.asyncIterator]() {
      yield* inputs.map((elements, index) => ({ name: `#${index}`, index, inputs: elements }));
    },
  };
}

/** Every float activation by name on one sample; `graph` is not touched. */
export function observeFloat(graph: Graph, sample: readonly TensorData[]): Record<string, Float32Array> {
  const seen: Record<string, Float32Array> = {};
  const model = loadFloat({
    ...graph,
    values: [...graph.values],
    nodes: graph.nodes.map((node) => ({ ...node, inputs: [...node.inputs], outputs: [...node.outputs] })) as Graph['nodes'],
  });
  model.run(sample, (value, data) => {
    if (data instanceof Float32Array) seen[value.name] = data.slice();
  });
  model.dispose();
  return seen;
}
