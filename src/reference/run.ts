// Owns the interpreter: evaluating one node, and a whole graph in order.
import { ModelError } from '../errors';
import { allocate, describeValue, elementCount, type Graph, type Node, type TensorData, type Value } from '../graph/graph';
import { reject, rejectValue } from '../graph/reject';
import { argKernels } from './arg';
import { arithmeticKernels } from './arithmetic';
import { batchBlockKernels } from './batch-blocks';
import { batchMatMulKernels } from './batch-matmul';
import { comparisonKernels } from './comparison';
import { concatenationKernels } from './concatenation';
import { convolutionKernels } from './convolution';
import { detectionKernels } from './detection';
import { gatherKernels } from './gather';
import { generateKernels } from './generate';
import type { Inputs, Outputs, ReferenceKernel, ReferenceKernels } from './kernel';
import { layoutKernels } from './layout';
import { logSoftmaxKernels } from './log-softmax';
import { normalizationKernels } from './normalization';
import { padKernels } from './pad';
import { poolKernels } from './pool';
import { quantizeKernels } from './quantize';
import { reductionKernels } from './reduction';
import { resizeKernels } from './resize';
import { sliceKernels } from './slice';
import { softmaxKernels } from './softmax';
import { transposeConvolutionKernels } from './transpose-convolution';
import { unaryKernels } from './unary';

const kernels: ReferenceKernels = {
  CUSTOM: (node, inputs, outputs) => node.attributes.operator.evaluate(node, inputs, outputs),
  ...argKernels,
  ...arithmeticKernels,
  ...batchBlockKernels,
  ...batchMatMulKernels,
  ...comparisonKernels,
  ...concatenationKernels,
  ...convolutionKernels,
  ...detectionKernels,
  ...gatherKernels,
  ...generateKernels,
  ...normalizationKernels,
  ...padKernels,
  ...poolKernels,
  ...quantizeKernels,
  ...reductionKernels,
  ...layoutKernels,
  ...resizeKernels,
  ...sliceKernels,
  ...softmaxKernels,
  ...logSoftmaxKernels,
  ...transposeConvolutionKernels,
  ...unaryKernels,
};

/**
 * Computes one node of a validated graph into `outputs`, which are allocated for its inferred shapes. Where an input is left out,
 * `inputs` holds undefined.
 * @throws ModelError `bad-data` for elements that the operator cannot take, `unsupported-operator` for an operator without kernel
 */
export function evaluate(node: Node, inputs: Inputs, outputs: Outputs): void {
  // Node and kernel are of one type, which the table's index cannot express.
  const kernel = kernels[node.type] as ReferenceKernel<Node['type']> | undefined;
  if (!kernel) reject('unsupported-operator', node, 'has no reference kernel');
  kernel(node, inputs, outputs);
}

/** @throws ModelError `bad-argument` unless `inputs` are typed arrays of the dtypes and sizes of graph.inputs, in order */
export function requireInputs(graph: Graph, inputs: readonly TensorData[]): void {
  if (inputs?.length !== graph.inputs.length) {
    throw new ModelError('bad-argument', `inputs must be an array of ${graph.inputs.length} typed arrays, one for each input`);
  }
  graph.inputs.forEach((value, i) => {
    const expected = allocate(value.dtype, 0)[Symbol.toStringTag];
    const count = elementCount(value.shape);
    if (inputs[i]?.[Symbol.toStringTag] !== expected || inputs[i].length !== count) {
      const where = `input ${i}, ${describeValue(value)}`;
      const message = `needs a ${expected} of ${count} elements for shape [${value.shape}]; a transferred buffer has none`;
      throw new ModelError('bad-argument', message, { where });
    }
  });
}

/** For every value the index of the last node that reads it; Infinity for graph outputs. */
function lastReads(graph: Graph): Map<Value, number> {
  const last = new Map<Value, number>();
  graph.nodes.forEach((node, index) => {
    for (const value of node.inputs) if (value) last.set(value, index);
  });
  for (const value of graph.outputs) last.set(value, Number.POSITIVE_INFINITY);
  return last;
}

/**
 * Runs a validated graph with inferred shapes and returns the data of its outputs in order. `inputs` are in the order of
 * graph.inputs, typed arrays of the values' dtypes, and are not changed; an output that is an input or constant is that very array.
 * `observe` is called with every graph input and then every node output, in execution order; it may keep the arrays but not change them.
 * @throws ModelError `bad-argument` when an input does not fit its value, `bad-data` as the kernels
 */
export function runReference(
  graph: Graph,
  inputs: readonly TensorData[],
  observe?: (value: Value, data: TensorData) => void,
): TensorData[] {
  requireInputs(graph, inputs);
  const live = new Map<Value, TensorData>();
  graph.inputs.forEach((value, i) => {
    live.set(value, inputs[i]);
    observe?.(value, inputs[i]);
  });
  const dataOf = (value: Value): TensorData => {
    const data = live.get(value) ?? value.data;
    return data ?? rejectValue('bad-graph', value, 'is read before anything wrote it');
  };
  const last = lastReads(graph);
  graph.nodes.forEach((node, index) => {
    const operands = node.inputs.map((value) => value && dataOf(value));
    const outputs = node.outputs.map((value) => allocate(value.dtype, elementCount(value.shape)));
    evaluate(node, operands, outputs);
    node.outputs.forEach((value, i) => {
      observe?.(value, outputs[i]);
      if (last.has(value)) live.set(value, outputs[i]);
    });
    for (const value of node.inputs) if (value && last.get(value) === index) live.delete(value);
  });
  return graph.outputs.map(dataOf);
}
