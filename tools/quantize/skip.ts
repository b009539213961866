// Owns the choice of nodes that stay float, by globs.
import { ModelError } from 'zeropoint';
import type { Graph, Node } from 'zeropoint/graph';
import { outputRule } from './build/operators';

/** `*` matches any characters, including `/`; `?` matches one. */
function globPattern(glob: string): RegExp {
  const escaped = glob
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*/g, '.*')
    .replace(/\?/g, '.');
  return new RegExp(`^${escaped}$`);
}

/**
 * Nodes of a prepared float graph with an 8-bit form, of which a glob matches the name of the first output or the operator type.
 * @throws ModelError `bad-argument` for a glob that matches nothing that could be quantized
 */
export function skippedNodes(graph: Graph, globs: readonly string[]): Set<Node> {
  const skipped = new Set<Node>();
  for (const glob of globs) {
    const pattern = globPattern(glob);
    const found = graph.nodes.filter((node) => outputRule(node) && (pattern.test(node.outputs[0].name) || pattern.test(node.type)));
    if (found.length === 0) {
      const names = graph.nodes.slice(0, 3).map((node) => `'${node.outputs[0].name}'`);
      throw new ModelError(
        'bad-argument',
        `no layer is called '${glob}'; layers go by their outputs' names, as ${names.join(', ')}, or by operator`,
      );
    }
    for (const node of found) skipped.add(node);
  }
  return skipped;
}
