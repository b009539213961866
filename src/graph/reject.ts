// Owns how checks and kernels refuse a node or a value: an error that names it.
import { type ErrorCode, ModelError } from '../errors';
import { describeNode, describeValue, type Node, type Value } from './graph';

/** Throws a ModelError about `node`. */
export function reject(code: ErrorCode, node: Node, message: string): never {
  throw new ModelError(code, message, { where: describeNode(node) });
}

/** Throws a ModelError about `value`. */
export function rejectValue(code: ErrorCode, value: Value, message: string): never {
  throw new ModelError(code, message, { where: describeValue(value) });
}
