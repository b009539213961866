// Owns the lowering of float operators that normalize the channels of every pixel: SOFTMAX and L2_NORMALIZATION.
import type { Node } from '../../graph/graph';
import { blocks, pixelFields } from '../fields';
import { floatCore } from '../formats/float32';
import type { Lowering } from '../lowering';
import { constantsOf } from './constants';

/** The kernel takes exponentials of no positive number, as the largest element's is 0 where beta is positive. */
function lowerSoftmax(lowering: Lowering, node: Node<'SOFTMAX'>): boolean {
  if (!(node.attributes.beta > 0)) return false;
  const input = lowering.image(node.inputs[0]!);
  const output = lowering.createImage(node.outputs[0]);
  lowering.emit(floatCore, 'Softmax', {
    ...pixelFields(input, output),
    channels: output.layout.channels,
    constants: constantsOf(lowering),
    beta: node.attributes.beta,
  });
  return true;
}

function lowerL2Normalization(lowering: Lowering, node: Node<'L2_NORMALIZATION'>): boolean {
  const input = lowering.image(node.inputs[0]!);
  const output = lowering.createImage(node.outputs[0]);
  lowering.emit(floatCore, 'L2Normalization', {
    ...pixelFields(input, output),
    channels: output.layout.channels,
    blocks: blocks(output.layout) / 2,
  });
  return true;
}

export const normalizationEmitters = { SOFTMAX: lowerSoftmax, L2_NORMALIZATION: lowerL2Normalization };
