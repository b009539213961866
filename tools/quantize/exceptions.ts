// Owns the choice of nodes that are exceptions from the scheme, by globs.
import { ModelError } from 'zeropoint';
import type { Graph, Node } from 'zeropoint/graph';
import { outputRule } from './build/operators';
import { canHaveInt4Weights, type Exceptions } from './build/scheme';
import { nodesOf } from './joined-heads';

/** Globs (* and ?) for names of outputs or operators. */
export interface ExceptionGlobs {
  /** Nodes that stay float. */
  readonly skip?: readonly string[];
  /** Of the scheme int8: nodes with activations of 16 bits, as in int16x8. */
  readonly int16?: readonly string[];
  /** Of the scheme int8: layers CONV_2D and FULLY_CONNECTED with weights of 4 bits. */
  readonly int4?: readonly string[];
}

/** `*` matches any characters, including `/`; `?` matches one. */
function globPattern(glob: string): RegExp {
  const escaped = glob
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*/g, '.*')
    .replace(/\?/g, '.');
  return new RegExp(`^${escaped}$`);
}

/** Nodes that `isPossible` holds for, of which a glob matches the name of the first output or the operator type. */
function matchingNodes(graph: Graph, globs: readonly string[] | undefined, isPossible: (node: Node) => boolean): Set<Node> {
  const found = new Set<Node>();
  for (const glob of globs ?? []) {
    const pattern = globPattern(glob);
    const matching = graph.nodes.filter((node) => isPossible(node) && (pattern.test(node.outputs[0].name) || pattern.test(node.type)));
    if (matching.length === 0) {
      const names = graph.nodes
        .filter(isPossible)
        .slice(0, 3)
        .map((node) => `'${node.outputs[0].name}'`);
      throw new ModelError(
        'bad-argument',
        `no layer is called '${glob}'; layers go by their outputs' names, as ${names.join(', ')}, or by operator`,
      );
    }
    for (const node of matching) found.add(node);
  }
  return found;
}

/**
 * Exceptions of a prepared float graph: nodes that a glob matches, where several kinds match one the first of skip, int16 and int4; joins,
 * by the names of their first outputs, stay float.
 * @throws ModelError `bad-argument` for a glob that matches nothing that could be such an exception
 */
export function exceptionsOf(graph: Graph, globs: ExceptionGlobs, joins: ReadonlySet<string> = new Set()): Exceptions {
  const skip = matchingNodes(graph, globs.skip, (node) => outputRule(node) !== undefined);
  for (const node of nodesOf(graph, joins)) skip.add(node);
  const int16 = matchingNodes(graph, globs.int16, (node) => outputRule(node, 'int16') !== undefined);
  const int4 = matchingNodes(graph, globs.int4, canHaveInt4Weights);
  const without = (nodes: ReadonlySet<Node>, ...others: ReadonlySet<Node>[]) =>
    new Set([...nodes].filter((node) => !others.some((other) => other.has(node))));
  return { skip, int16: without(int16, skip), int4: without(int4, skip, int16) };
}
