// Owns the lowering of SOFTMAX: the exponentials of all 256 differences are computed at plan time.
import type { Node, Value } from '../../graph/graph';
import { softmaxExponentials } from '../../reference/softmax';
import { all8Bit, imageFields, type Lowering, strides } from '../lowering';
import { at } from '../region';

const differences = 256;

export function lowerSoftmax(lowering: Lowering, node: Node<'SOFTMAX'>): string | undefined {
  const input = node.inputs[0] as Value;
  const output = node.outputs[0];
  if (!all8Bit([input, output])) return undefined;
  const exponentials = new Int32Array(differences).fill(-1);
  exponentials.set(softmaxExponentials(node));
  const source = lowering.centred(input);
  const target = lowering.createCentred(output);
  lowering.emit('Softmax', {
    input: at(source.region, source.layout.origin),
    output: at(target.region, target.layout.origin),
    ...imageFields(target.layout),
    channels: source.layout.channels,
    ...strides('input', source.layout),
    ...strides('output', target.layout),
    exponentials: at(lowering.regions.constant(`${node.type} ${node.id} exponentials`, exponentials)),
    workspace: at(lowering.regions.arena(`${node.type} ${node.id} workspace`, differences * 2)),
    outputZeroPoint: output.quantization!.zeroPoint[0],
    minimum: output.dtype === 'int8' ? -128 : 0,
  });
  return 'softmax';
}
