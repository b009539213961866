// Owns which operators change a value's shape alone.
import type { Node } from './graph';

/** Whether the output has the input's elements in the input's order, under another shape. */
export function isReshape({ type }: Node): boolean {
  return type === 'RESHAPE' || type === 'SQUEEZE' || type === 'EXPAND_DIMS';
}
