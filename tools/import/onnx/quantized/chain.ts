// Owns finding the QUANTIZE that gives the codes of an operator's results, through operators that commute with it.
import type { Node, Value } from 'zeropoint/graph';
import { clampOf, ruleOf } from './rules';

/** A float result on its way to codes. */
export interface Chain {
  /** Operators between, from the first to the last: each gives the same codes before and after QUANTIZE, since rounding is monotonic. */
  readonly links: readonly Node[];
  readonly quantize: Node;
}

export interface Readers {
  readonly readers: ReadonlyMap<Value, readonly Node[]>;
  readonly outputs: ReadonlySet<Value>;
}

/** Clamps, and moves of this one float value. */
function commutes(node: Node, value: Value): boolean {
  if (node.outputs.length !== 1) return false;
  if (clampOf(node, value)) return true;
  const isAlone = node.inputs.every((input) => input === value || input?.dtype !== 'float32');
  return isAlone && ruleOf(node) === 'moves';
}

/** The chain from a float value; undefined where something else reads what lies between, or it does not end in a QUANTIZE to int8. */
export function chainFrom(value: Value, { readers, outputs }: Readers): Chain | undefined {
  const links: Node[] = [];
  for (let current = value; ; ) {
    const [reader, ...others] = readers.get(current) ?? [];
    if (!reader || others.length > 0 || outputs.has(current)) return undefined;
    if (reader.type === 'QUANTIZE') return reader.outputs[0].dtype === 'int8' ? { links, quantize: reader } : undefined;
    if (!commutes(reader, current)) return undefined;
    links.push(reader);
    current = reader.outputs[0];
  }
}
