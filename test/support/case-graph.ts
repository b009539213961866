// Owns golden cases as whole graphs of one node.
import { readdirSync } from 'node:fs';
import type { Graph, Value } from '../../src/graph/graph';
import { hasShared, sharedPath } from './shared';
import type { VectorCase } from './vectors';
import { caseNode, operatorOf } from './vectors';

/** The files of golden cases per operator; none where the shared material is absent. */
export const vectorFiles: readonly string[] = hasShared
  ? readdirSync(sharedPath('vectors')).filter((file) => file.endsWith('.json') && file !== 'primitives.json')
  : [];

/** Which input of a case is the graph's input where it is not the first; all others become constants, as in models. */
const dataInput: Record<string, number> = { TRANSPOSE_CONV: 2 };

/** A golden case as a graph whose outputs have no shape yet, with the shapes they must get. */
export function caseGraph(file: string, vectorCase: VectorCase): { graph: Graph; shapes: (readonly number[])[] } {
  const { node, inputs } = caseNode(operatorOf(file, vectorCase), vectorCase);
  const shapes = node.outputs.map(({ shape }) => shape);
  const data = node.inputs[dataInput[node.type] ?? 0] as Value;
  node.inputs.forEach((value, i) => {
    if (value !== data) value!.data = inputs[i];
  });
  for (const output of node.outputs) output.shape = [];
  const graph: Graph = {
    name: file,
    description: '',
    values: [...(node.inputs as Value[]), ...node.outputs],
    inputs: [data],
    outputs: node.outputs,
    nodes: [node],
    signatures: [],
    metadata: [],
    trailer: new Uint8Array(0),
  };
  return { graph, shapes };
}
