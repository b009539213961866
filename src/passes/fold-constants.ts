// Owns the evaluation, at load, of nodes that do not depend on the model's input.
import { Account } from '../account';
import { makeConstant, removeNodes } from '../graph/edit';
import { allocate, describeValue, dtypeBytes, elementCount, type Graph, type Node, type TensorData, type Value } from '../graph/graph';
import { hostOperations } from '../graph/work';
import { PassLog, type PassOptions, type PassRecord } from './pass';

/** Of the results of one node, which take memory as long as the model lives; larger ones are computed in every run. */
const maxBytesPerNode = 16 * 2 ** 20;

/**
 * Replaces nodes whose inputs are all constants, and SHAPE, by their results, as far as the account of the load affords them. DEQUANTIZE
 * is folded at any size: its result has at most four times the bytes of its input. Nodes with the same constants, attributes and results
 * share one result. Nodes that produce graph outputs stay.
 */
export function foldConstants(graph: Graph, { evaluate, account = new Account(Infinity, Infinity) }: PassOptions): PassRecord[] {
  const log = new PassLog('fold-constants');
  const kept = new Set(graph.outputs);
  const folded = new Set<Node>();
  const keys = new ResultKeys();
  const results = new Map<string, TensorData[]>();
  for (const node of graph.nodes) {
    if (node.type !== 'SHAPE' && !node.inputs.every((value) => !value || value.data)) continue;
    const size = node.outputs.reduce((sum, { dtype, shape }) => sum + elementCount(shape) * dtypeBytes[dtype], 0);
    const key = keys.of(node);
    const known = results.get(key);
    const obstacle = obstacleTo(node, kept, size, known ? undefined : account);
    if (obstacle) {
      log.declined(node, obstacle);
      continue;
    }
    const outputs = known ?? evaluated(node, size, evaluate, account);
    results.set(key, outputs);
    for (const [i, value] of node.outputs.entries()) makeConstant(value, outputs[i]);
    folded.add(node);
    log.changed(node, `replaced by a constant of ${size} bytes`);
  }
  removeNodes(graph, folded);
  return log.records;
}

function evaluated(node: Node, size: number, evaluate: PassOptions['evaluate'], account: Account): TensorData[] {
  account.spend(size, hostOperations(node));
  const inputs = node.inputs.map((value) => value?.data);
  const outputs = node.outputs.map(({ dtype, shape }) => allocate(dtype, elementCount(shape)));
  evaluate(node, inputs, outputs);
  return outputs;
}

/** What results follow from: type, attributes, elements and quantization of the inputs, dtypes, shapes and quantization of the outputs. */
class ResultKeys {
  private readonly ids = new Map<object, number>();

  /** Elements and parameters are compared by identity or by a few numbers: one of many channels is one object. */
  of({ type, attributes, inputs, outputs }: Node): string {
    const value = (of: Value | undefined) => of && [of.dtype, of.shape, this.id(of.data), this.parameters(of)];
    return JSON.stringify([type, attributes, inputs.map(value), outputs.map((of) => [of.dtype, of.shape, this.parameters(of)])]);
  }

  private parameters({ quantization }: Value): unknown {
    if (!quantization) return 0;
    const { scale, zeroPoint, axis } = quantization;
    return scale.length > 1 ? this.id(quantization) : [scale, zeroPoint, axis];
  }

  private id(object: object | undefined): number {
    if (!object) return -1;
    const id = this.ids.get(object) ?? this.ids.size;
    this.ids.set(object, id);
    return id;
  }
}

function obstacleTo(node: Node, kept: ReadonlySet<Value>, size: number, account: Account | undefined): string | undefined {
  const output = node.outputs.find((value) => kept.has(value));
  if (output) return `${describeValue(output)} is a graph output`;
  if (node.type === 'DEQUANTIZE' || !account) return undefined;
  if (size > maxBytesPerNode) return `its result of ${size} bytes is larger than ${maxBytesPerNode}`;
  return account.affords(size, hostOperations(node)) ? undefined : 'its result, or computing it, takes more than loading this file may';
}
