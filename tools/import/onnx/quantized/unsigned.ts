// Owns the choice of uint8 for a whole network some of whose weights have a zero point, as in TensorFlow Lite's first scheme.
import { ModelError } from 'zeropoint';
import { copyGraph, type Graph, type Node, removeDead, tensorParams, type Value, validate, weightedInputs } from 'zeropoint/graph';
import { evaluate } from 'zeropoint/reference';
import { sameParams, toInt8 } from './codes';

function weightsOf({ type, inputs }: Node): Value | undefined {
  const at = weightedInputs(type);
  return at && inputs[at.weights];
}

/** Whether every layer could have uint8 weights, some have, and no input or output of the file holds int8 codes. */
function isCandidate({ nodes, inputs, outputs }: Graph): boolean {
  const weights = nodes.map(weightsOf).filter((value) => value !== undefined);
  return (
    weights.some(({ dtype }) => dtype === 'uint8') &&
    weights.every(({ quantization }) => !quantization || quantization.scale.length === 1) &&
    [...inputs, ...outputs].every(({ dtype }) => dtype !== 'int8')
  );
}

/** The same reals in uint8 codes: codes and zero points are moved alike. */
function toUint8(value: Value): void {
  const { scale, zeroPoint, axis } = value.quantization!;
  value.dtype = 'uint8';
  value.quantization = { scale, zeroPoint: zeroPoint.map((entry) => entry - toInt8), axis };
  // Codes + 128, as bytes.
  if (value.data) value.data = new Uint8Array(value.data as Int8Array).map((code) => code ^ 0x80);
}

/** Removes QUANTIZE between equal codes; its result takes the place of its input where that is an output's. */
function removeIdentities(graph: Graph): void {
  const same = new Map<Value, Value>();
  const final = (value: Value): Value => same.get(value) ?? value;
  const kept: Node[] = [];
  for (const node of graph.nodes) {
    node.inputs = node.inputs.map((value) => value && final(value));
    const [input] = node.inputs;
    const [output] = node.outputs;
    const isIdentity = node.type === 'QUANTIZE' && input!.dtype === output.dtype && sameParams(tensorParams(input!), tensorParams(output));
    if (isIdentity && !graph.outputs.includes(output)) same.set(output, input!);
    else kept.push(node);
  }
  graph.nodes = kept;
}

/**
 * Gives the whole graph uint8 codes where some layers need them and kernels take all of it so; else these layers stay between QUANTIZE
 * from and to int8.
 */
export function preferUnsigned(graph: Graph): void {
  if (!isCandidate(graph)) return;
  const unsigned = copyGraph(graph);
  for (const value of unsigned.values) if (value.dtype === 'int8' && value.quantization) toUint8(value);
  removeIdentities(unsigned);
  removeDead(unsigned);
  try {
    validate(copyGraph(unsigned), { evaluate });
  } catch (error) {
    if (error instanceof ModelError) return;
    throw error;
  }
  Object.assign(graph, unsigned);
}
