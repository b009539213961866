// Owns the lowering of SOFTMAX: the exponentials of all 256 differences are computed at plan time.
import type { Node, Value } from '../../graph/graph';
import { scaleOf, zeroPointOf } from '../../quant/params';
import { softmaxExponentials } from '../../reference/softmax';
import { pixelFields } from '../fields';
import { all8Bit, core } from '../formats/centred';
import type { Lowering } from '../lowering';
import { at } from '../region';

const differences = 256;

export function lowerSoftmax(lowering: Lowering, node: Node<'SOFTMAX'>): string | undefined {
  const input = node.inputs[0] as Value;
  const output = node.outputs[0];
  if (!all8Bit([input, output])) return undefined;
  const exponentials = new Int32Array(differences).fill(-1);
  exponentials.set(softmaxExponentials(node.attributes.beta, scaleOf(node.inputs[0]!)));
  const source = lowering.image(input);
  const target = lowering.createImage(output);
  lowering.emit(core, 'Softmax', {
    ...pixelFields(source, target),
    channels: source.layout.channels,
    exponentials: lowering.constant('exponentials', exponentials),
    workspace: at(lowering.workspace('workspace', differences * 2)),
    outputZeroPoint: zeroPointOf(output),
    minimum: output.dtype === 'int8' ? -128 : 0,
  });
  return 'softmax';
}
