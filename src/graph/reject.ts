// Owns how the checks of a graph refuse one node: an error that names it.
import { type ErrorCode, ModelError } from '../errors';
import { describeNode, type Node } from './graph';

/** Throws a ModelError about `node`. */
export function reject(code: ErrorCode, node: Node, message: string): never {
  throw new ModelError(code, message, { where: describeNode(node) });
}
