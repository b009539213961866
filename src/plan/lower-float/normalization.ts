// Owns the lowering of float operators that normalize the channels of every pixel: SOFTMAX, LOG_SOFTMAX and L2_NORMALIZATION.
import type { Node } from '../../graph/graph';
import { blocks, pixelFields } from '../fields';
import { floatCore } from '../formats/float32';
import type { Lowering } from '../lowering';
import { logarithmsOf, softmaxConstantsOf } from './constants';

function emitSoftmax(lowering: Lowering, node: Node, kernel: 'Softmax' | 'LogSoftmax', beta: number): boolean {
  const input = lowering.image(node.inputs[0]!);
  const output = lowering.createImage(node.outputs[0]);
  lowering.emit(floatCore, kernel, {
    ...pixelFields(input, output),
    channels: output.layout.channels,
    constants: softmaxConstantsOf(lowering),
    logarithm: kernel === 'LogSoftmax' ? logarithmsOf(lowering) : 0,
    factor: beta * Math.LOG2E,
  });
  return true;
}

/** The kernel takes exponentials of no positive number, as the largest element's is 0 where beta is positive. */
function lowerSoftmax(lowering: Lowering, node: Node<'SOFTMAX'>): boolean {
  const { beta } = node.attributes;
  return beta > 0 && emitSoftmax(lowering, node, 'Softmax', beta);
}

function lowerLogSoftmax(lowering: Lowering, node: Node<'LOG_SOFTMAX'>): boolean {
  return emitSoftmax(lowering, node, 'LogSoftmax', 1);
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

export const normalizationEmitters = { SOFTMAX: lowerSoftmax, LOG_SOFTMAX: lowerLogSoftmax, L2_NORMALIZATION: lowerL2Normalization };
