// Owns the lowering of 8-bit unary operators: a table of 256 entries, computed by the reference kernels.
import type { Node, Value } from '../../graph/graph';
import { zeroPointOf } from '../../quant/params';
import { type CodeOperator, lookupTable } from '../../reference/code-functions';
import { emitCopy } from '../copy';
import { all8Bit } from '../formats/centred';
import { isCentredIdentity } from '../layout-requirements';
import type { Lowering } from '../lowering';

export function lowerLookup(lowering: Lowering, node: Node<CodeOperator>): string | undefined {
  const input = node.inputs[0] as Value;
  const output = node.outputs[0];
  if (!all8Bit([input, output])) return undefined;
  const source = lowering.image(input);
  if (isCentredIdentity(node) && lowering.tryAlias(output, source, source.layout)) return 'alias';
  const zeroPoint = zeroPointOf(output);
  const table = lookupTable(node).map((code) => code - zeroPoint);
  emitCopy(lowering, input, source, lowering.createImage(output), { table });
  return 'table';
}
