// Owns the checks of a graph's structure: unique ids, constants, one producer per value, execution order.
import { allocate, describeValue, elementCount, type Graph, type Node, type Value } from '../graph';
import { reject, rejectValue } from '../reject';
import { shapeFault } from '../shapes';
import { weightedInputs } from '../weighted';
import { checkArity } from './operands';

/**
 * Throws `bad-graph` when values or nodes do not form a graph in execution order, `bad-shape` and `bad-dtype` for a constant whose
 * elements do not fit its type, `unsupported-feature` for weights of convolutions that depend on the model's input.
 */
export function checkStructure(graph: Graph): void {
  const members = checkValues(graph);
  const defined = new Set<Value>();
  const constant = new Set<Value>();
  for (const value of graph.values) {
    if (!value.data) continue;
    checkConstant(value);
    defined.add(value);
    constant.add(value);
  }
  for (const value of graph.inputs) {
    if (!members.has(value) || defined.has(value))
      rejectValue('bad-graph', value, 'it is a graph input, so it must be listed once and hold no data');
    defined.add(value);
  }
  const ids = new Set<number>();
  for (const node of graph.nodes) {
    if (ids.has(node.id)) reject('bad-graph', node, 'another node has the same id');
    ids.add(node.id);
    checkArity(node);
    checkOrder(node, members, defined);
    // The outputs of a node with constant inputs become constants when fold-constants has run.
    if (node.type === 'SHAPE' || node.inputs.every((value) => !value || constant.has(value))) {
      for (const output of node.outputs) constant.add(output);
    }
    // Kernels pack weights when the model is loaded; a FULLY_CONNECTED with computed ones runs on the host.
    const weighted = node.type === 'FULLY_CONNECTED' ? undefined : weightedInputs(node.type);
    for (const value of weighted ? [node.inputs[weighted.weights], node.inputs[weighted.bias]] : []) {
      if (value && !constant.has(value)) {
        reject('unsupported-feature', node, `${describeValue(value)} depends on the model's input; weights must be constant`);
      }
    }
  }
  checkEnds(graph, members, defined);
}

function checkValues(graph: Graph): Set<Value> {
  const ids = new Set<number>();
  for (const value of graph.values) {
    if (ids.has(value.id)) rejectValue('bad-graph', value, 'another value has the same id');
    ids.add(value.id);
  }
  return new Set(graph.values);
}

function checkConstant(value: Value): void {
  const fault = shapeFault(value.shape);
  if (fault) rejectValue('bad-shape', value, `it has shape [${value.shape}], ${fault}`);
  const data = value.data!;
  if (data.length !== elementCount(value.shape)) {
    rejectValue('bad-shape', value, `${data.length} elements do not fill shape [${value.shape}]`);
  }
  if (data.constructor !== allocate(value.dtype, 0).constructor) {
    rejectValue('bad-dtype', value, `a ${data.constructor.name} does not fit ${value.dtype}`);
  }
}

/** The inputs of `node` must be in `defined`, its outputs must not; they are added. */
function checkOrder(node: Node, members: ReadonlySet<Value>, defined: Set<Value>): void {
  for (const value of node.inputs) {
    if (value && !(members.has(value) && defined.has(value))) {
      reject('bad-graph', node, `it reads ${describeValue(value)}, which nothing before provides`);
    }
  }
  for (const value of node.outputs) {
    if (!members.has(value) || defined.has(value)) {
      reject('bad-graph', node, `it writes ${describeValue(value)}, which something before provides`);
    }
    defined.add(value);
  }
}

/** States are the last inputs and outputs, in their order. */
function checkStates({ states = [], inputs, outputs }: Graph): void {
  for (const [i, { input, output, name }] of states.entries()) {
    const place = i - states.length;
    if (inputs.at(place) !== input || outputs.at(place) !== output || input.dtype !== output.dtype)
      rejectValue('bad-graph', input, `state '${name}' is not the graph's input ${place} and output ${place} from the end, of one dtype`);
  }
}

function checkEnds(graph: Graph, members: ReadonlySet<Value>, defined: ReadonlySet<Value>): void {
  for (const value of graph.outputs) {
    if (!members.has(value) || !defined.has(value)) rejectValue('bad-graph', value, 'it is a graph output, which nothing provides');
  }
  checkStates(graph);
  for (const { key, inputs, outputs } of graph.signatures) {
    for (const { name, value } of [...inputs, ...outputs]) {
      if (!members.has(value)) rejectValue('bad-graph', value, `signature '${key}' names it '${name}', but it is not in the graph`);
    }
  }
}
