// Owns one-layer graphs for benchmarks: seeded weights, ReLU6 outputs, and the step that does the layer's work.
import { inlineCores } from '../src/core/inline';
import { Scratch } from '../src/core/scratch';
import { Execution } from '../src/execution';
import type { Graph, Node, Quantization, Value } from '../src/graph/graph';
import { validate } from '../src/graph/validate';
import { coreBackend } from '../src/plan/lower';
import { makePlan } from '../src/plan/plan';
import { evaluate } from '../src/reference/run';
import { fillRandom } from '../tools/random';

const activationScale = 6 / 255;

function quantization(scale: number, zeroPoint: number): Quantization {
  return { scale: [Math.fround(scale)], zeroPoint: [zeroPoint], axis: 0 };
}

function randomCodes(count: number): Uint8Array {
  const codes = new Uint8Array(count);
  fillRandom([codes]);
  return codes;
}

/** A uint8 convolution (filter OHWI) or depthwise convolution (filter [1, rows, columns, channels]) over an NHWC input. */
export function convolutionGraph(
  type: 'CONV_2D' | 'DEPTHWISE_CONV_2D',
  inputShape: readonly number[],
  filterShape: readonly number[],
  stride: number,
): Graph {
  const outputs = type === 'CONV_2D' ? filterShape[0] : filterShape[3];
  const depth = filterShape.reduce((product, size) => product * size, 1) / outputs;
  const weightScale = 1 / (64 * Math.sqrt(depth));
  const value = (id: number, name: string, rest: Omit<Value, 'id' | 'name'>): Value => ({ id, name, ...rest });
  const input = value(0, 'input', { dtype: 'uint8', shape: inputShape, quantization: quantization(activationScale, 0) });
  const weights = value(1, 'weights', {
    dtype: 'uint8',
    shape: filterShape,
    quantization: quantization(weightScale, 128),
    data: randomCodes(depth * outputs),
  });
  const bias = value(2, 'bias', {
    dtype: 'int32',
    shape: [outputs],
    quantization: quantization(activationScale * weightScale, 0),
    data: new Int32Array(outputs),
  });
  const output = value(3, 'output', { dtype: 'uint8', shape: [], quantization: quantization(activationScale, 0) });
  const window = { padding: 'SAME', strideH: stride, strideW: stride, dilationH: 1, dilationW: 1, activation: 'RELU6' } as const;
  const attributes = type === 'CONV_2D' ? window : { ...window, depthMultiplier: 1 };
  const node = { type, id: 0, attributes, inputs: [input, weights, bias], outputs: [output], version: 1 } as Node;
  return {
    name: 'layer',
    description: '',
    values: [input, weights, bias, output],
    inputs: [input],
    outputs: [output],
    nodes: [node],
    signatures: [],
    metadata: [],
    trailer: new Uint8Array(0),
  };
}

const core = inlineCores().simd;

/** The core's step for the graph's only layer, on random input codes; conversions of input and output are not part of it. */
export function layerStep(graph: Graph, operator: 'Convolution' | 'Depthwise'): () => void {
  validate(graph, { evaluate });
  const plan = makePlan(graph, { backends: [coreBackend], hostOperators: 'forbid', maxBytes: 2 ** 30, scratch: new Scratch(core.sync()) });
  const execution = new Execution(plan, { core: core.sync(), float: undefined });
  const input = execution.view(plan.inputs[0]) as Uint8Array;
  input.set(randomCodes(input.length));
  execution.run();
  return execution.timedSteps()[plan.steps.findIndex((step) => step.kind === 'core' && step.operator === operator)].run;
}
