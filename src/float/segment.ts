// Owns the float parts of mixed graphs: which neighbouring nodes the float core computes together, each run a plan of its own.
import { consumersOf } from '../graph/consumers';
import type { Graph, Node, Value } from '../graph/graph';
import type { FloatSegment } from '../plan/float-segment';
import { FloatExecution } from './execution';
import { type FloatPlan, makeFloatPlan } from './plan';

/** Reads and writes float32 activations only; constants that steer it may be integers. */
function isFloatNode({ inputs, outputs }: Node): boolean {
  const present = inputs.filter((value): value is Value => value !== undefined && !value.data);
  return present.length > 0 && [...present, ...outputs].every(({ dtype }) => dtype === 'float32');
}

/** Maximal runs of float nodes in the order of execution. */
function floatRuns(nodes: readonly Node[]): Node[][] {
  const runs: Node[][] = [];
  let open = false;
  for (const node of nodes) {
    const isFloat = isFloatNode(node);
    if (isFloat && open) runs[runs.length - 1].push(node);
    else if (isFloat) runs.push([node]);
    open = isFloat;
  }
  return runs;
}

/** A run as a graph over the same nodes and values. */
function runGraph(graph: Graph, nodes: readonly Node[], consumers: ReadonlyMap<Value, readonly Node[]>): Graph {
  const own = new Set(nodes);
  const produced = new Set(nodes.flatMap(({ outputs }) => outputs));
  const read = new Set(nodes.flatMap(({ inputs }) => inputs.filter((value): value is Value => value !== undefined)));
  const leaves = (value: Value) => graph.outputs.includes(value) || (consumers.get(value) ?? []).some((node) => !own.has(node));
  return {
    ...graph,
    values: [...new Set([...read, ...produced])],
    inputs: [...read].filter((value) => !value.data && !produced.has(value)),
    outputs: [...produced].filter(leaves),
    nodes: [...nodes],
  };
}

function kernelsOf({ steps, nodes }: FloatPlan): string[] {
  return nodes.map(({ first, last }) => {
    const own = steps.slice(first, last);
    if (own.some(({ kind }) => kind === 'host')) return 'host';
    return own.length > 0 ? 'float' : 'alias';
  });
}

/** The segments of a validated graph for which the float core has at least one kernel. Throws `too-large` beyond `maxBytes` each. */
export function floatSegments(graph: Graph, maxBytes: number, module: () => WebAssembly.Module): FloatSegment[] {
  const consumers = consumersOf(graph);
  return floatRuns(graph.nodes).flatMap((nodes): FloatSegment[] => {
    const part = runGraph(graph, nodes, consumers);
    const plan = makeFloatPlan(part, maxBytes);
    const kernels = kernelsOf(plan);
    if (!kernels.includes('float')) return [];
    const { inputs, outputs } = part;
    return [{ nodes, inputs, outputs, kernels, bytes: plan.bytes, create: () => new FloatExecution(part, plan, module()) }];
  });
}
