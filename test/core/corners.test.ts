// Tests cases that no grid holds: constants and computed values in unusual places, extreme sizes, inputs that are outputs.
import { test } from 'uvu';
import type { Graph, TensorData } from '../../src/graph/graph';
import { convolution, GraphBuilder, quantized } from '../support/build';
import { checkGuarded } from '../support/guard';
import { Random } from '../support/random';
import { codes, inputCodes } from './families/operands';

const int8 = { dtype: 'int8', quantization: quantized(0.05, -3) } as const;
const none = { activation: 'NONE' } as const;
const resize = { alignCorners: false, halfPixelCenters: false };

function randomCodes(count: number, seed = 1): number[] {
  return codes('int8', count, 'random', new Random(seed));
}

function inputs(graph: Graph): TensorData[] {
  return inputCodes(graph, 'random', new Random(5));
}

/** Registers a graph that must be exact in the core; `allowHost` where parts of it have no kernel there. */
function exact(name: string, build: (builder: GraphBuilder) => Graph, allowHost = false): void {
  test(name, () => {
    const graph = build(new GraphBuilder());
    checkGuarded(graph, inputs(graph), name, allowHost);
  });
}

const filter = (builder: GraphBuilder, ...shape: number[]) =>
  builder.constant('int8', shape, randomCodes(shape.reduce((a, b) => a * b, 1)), quantized(0.01));

exact('CONV_2D of a constant with a border', (builder) => {
  const image = builder.constant('int8', [1, 4, 4, 3], randomCodes(48), int8.quantization);
  const attributes = { ...convolution, padding: 'SAME' } as const;
  const [result] = builder.node('CONV_2D', attributes, [image, filter(builder, 5, 3, 3, 3), undefined], int8);
  return builder.outputs(...builder.node('ADD', none, [result, builder.input('int8', [1, 4, 4, 5], quantized(0.1))], int8));
});

exact('DEPTHWISE_CONV_2D of a constant with a border', (builder) => {
  const image = builder.constant('int8', [1, 4, 4, 3], randomCodes(48), int8.quantization);
  const attributes = { ...convolution, padding: 'SAME', depthMultiplier: 1 } as const;
  const [result] = builder.node('DEPTHWISE_CONV_2D', attributes, [image, filter(builder, 1, 3, 3, 3), undefined], int8);
  return builder.outputs(...builder.node('ADD', none, [result, builder.input('int8', [1, 4, 4, 3], quantized(0.1))], int8));
});

for (const [from, to] of [
  [2, 3000],
  [3, 2049],
  [7, 4000],
]) {
  for (const halfPixelCenters of [false, true]) {
    for (const dtype of ['int8', 'uint8'] as const) {
      exact(`RESIZE_BILINEAR ${dtype} ${from} to ${to} columns, halfPixelCenters ${halfPixelCenters}`, (builder) => {
        const quantization = quantized(0.05, 9);
        const image = builder.input(dtype, [1, 1, from, 8], quantization);
        const attributes = { ...resize, halfPixelCenters };
        return builder.outputs(...builder.node('RESIZE_BILINEAR', attributes, [image, builder.ints(1, to)], { dtype, quantization }));
      });
    }
  }
}

exact('a graph input that is an output, and read twice', (builder) => {
  const image = builder.input('int8', [1, 3, 3, 5], int8.quantization);
  const [sum] = builder.node('ADD', none, [image, image], int8);
  return builder.outputs(image, sum, image);
});

exact('a constant that is an output and an operand twice', (builder) => {
  const constant = builder.constant('int8', [1, 3, 3, 5], randomCodes(45), int8.quantization);
  const [sum] = builder.node('ADD', none, [constant, builder.input('int8', [1, 3, 3, 5], int8.quantization)], int8);
  const [product] = builder.node('MUL', none, [sum, constant], int8);
  return builder.outputs(constant, product);
});

exact('one filter and one bias for two layers with other scales', (builder) => {
  const weights = filter(builder, 3, 1, 1, 3);
  const bias = builder.constant('int32', [3], [500, -700, 9], quantized(0.01));
  let value = builder.input('int8', [1, 3, 3, 3], int8.quantization);
  for (const scale of [0.05, 0.9, 7]) {
    [value] = builder.node('CONV_2D', convolution, [value, weights, bias], { dtype: 'int8', quantization: quantized(scale, 4) });
    builder.graph.outputs.push(value);
  }
  return builder.graph;
});

exact('one value for consumers with borders of 0, 1 and 4', (builder) => {
  const image = builder.input('int8', [2, 5, 5, 6], int8.quantization);
  const [value] = builder.node('RELU', {}, [image], int8);
  for (const size of [1, 3, 9]) {
    const attributes = { ...convolution, padding: 'SAME' } as const;
    builder.outputs(...builder.node('CONV_2D', attributes, [value, filter(builder, 4, size, size, 6), undefined], int8));
  }
  return builder.outputs(value);
});

exact('RESHAPE chains through odd channels, each an output', (builder) => {
  let value = builder.input('int8', [2, 3, 5, 7], int8.quantization);
  [value] = builder.node('RELU6', {}, [value], int8);
  for (const shape of [[2, 105], [2, 15, 1, 7], [6, 35], [2, 3, 5, 7], [210], [1, 210, 1, 1], [2, 7, 5, 3]]) {
    [value] = builder.node('RESHAPE', { newShape: undefined }, [value, builder.ints(...shape)], int8);
    builder.outputs(value);
  }
  const attributes = { ...convolution, padding: 'SAME' } as const;
  return builder.outputs(...builder.node('CONV_2D', attributes, [value, filter(builder, 4, 3, 3, 3), undefined], int8));
});

for (const side of ['top', 'bottom', 'left', 'right'] as const) {
  exact(`RESHAPE of a value without border for a convolution with a border on the ${side} only`, (builder) => {
    const image = builder.input('int8', [1, 2, 8, 8], int8.quantization);
    const [value] = builder.node('RELU', {}, [image], int8);
    const [reshaped] = builder.node('RESHAPE', { newShape: [1, 4, 4, 8] }, [value, undefined], int8);
    const padding = { top: 0, bottom: 0, left: 0, right: 0, [side]: 1 };
    const size = side === 'top' || side === 'bottom' ? [2, 1] : [1, 2];
    const operands = [reshaped, filter(builder, 4, ...size, 8), undefined];
    return builder.outputs(...builder.node('CONV_2D', { ...convolution, padding }, operands, int8));
  });
}

exact('RESHAPE that keeps the codes and changes scale and zero point', (builder) => {
  const image = builder.input('int8', [1, 4, 8], int8.quantization);
  const [relu] = builder.node('RELU', {}, [image], int8);
  const [reshaped] = builder.node('RESHAPE', { newShape: [4, 8] }, [relu, undefined], { dtype: 'int8', quantization: quantized(1, 17) });
  return builder.outputs(...builder.node('TANH', {}, [reshaped], { dtype: 'int8', quantization: quantized(1 / 128) }));
});

test.run();
