// Owns the lowering of SOFTMAX of 8-bit inputs: the exponentials of all 256 differences are computed at plan time.
import type { Node, Value } from '../../graph/graph';
import { scaleOf, zeroPointOf } from '../../quant/params';
import { softmaxExponentials } from '../../reference/softmax';
import { denseImage, pixelFields } from '../fields';
import { core, is8Bit } from '../formats/centred';
import type { Lowering } from '../lowering';
import { at } from '../region';

const differences = 256;

export function lowerSoftmax(lowering: Lowering, node: Node<'SOFTMAX'>): string | undefined {
  const input = node.inputs[0] as Value;
  const output = node.outputs[0];
  if (!is8Bit(input)) return undefined;
  // 16-bit codes have the zero point -2^15, and no centred image.
  const isWide = output.dtype === 'int16';
  const exponentials = new Int32Array(differences).fill(-1);
  exponentials.set(softmaxExponentials(node.attributes.beta, scaleOf(node.inputs[0]!)));
  const source = lowering.image(input);
  const target = isWide ? denseImage(output, 2, lowering.createDense(output)) : lowering.createImage(output);
  lowering.emit(core, 'Softmax', {
    ...pixelFields(source, target),
    channels: source.layout.channels,
    exponentials: lowering.constant('exponentials', exponentials),
    workspace: at(lowering.workspace('workspace', differences * 2)),
    outputZeroPoint: isWide ? 0 : zeroPointOf(output),
    minimum: output.dtype === 'uint8' ? 0 : isWide ? -(2 ** 15) : -128,
    bits: isWide ? 16 : 8,
  });
  return 'softmax';
}
