// Owns the lowering of operators with one operand, element by element: tables of 256 entries, QUANTIZE from and DEQUANTIZE to float32.
import type { Node, Value } from '../../graph/graph';
import { scaleOf, tensorParams, zeroPointOf } from '../../quant/params';
import { type CodeOperator, lookupTable } from '../../reference/code-functions';
import { emitCopy } from '../copy';
import { denseImage, pixelFields } from '../fields';
import { all8Bit, centredClamp, core, is8Bit, isCentred } from '../formats/centred';
import { isCentredIdentity } from '../layout-requirements';
import type { Lowering } from '../lowering';
import type { Slopes } from '../slopes';

/** Any 8-bit unary operator, QUANTIZE between codes included: its table is computed by the reference kernels. */
export function lowerLookup(lowering: Lowering, node: Node<CodeOperator>): string | undefined {
  const input = node.inputs[0] as Value;
  const output = node.outputs[0];
  if (!all8Bit([input, output])) return undefined;
  const source = lowering.image(input);
  if (isCentredIdentity(node) && lowering.tryAlias(output, source, source.layout)) return 'alias';
  const zeroPoint = zeroPointOf(output);
  const table = lookupTable(node).map((code) => code - zeroPoint);
  return emitCopy(lowering, input, source, lowering.createImage(output), { table, slopes: slopesOf(node) });
}

/** Slopes of operators that scale positive and negative elements, before their clamps. */
function slopesOf(node: Node<CodeOperator>): Slopes | undefined {
  const ratio = scaleOf(node.inputs[0]!) / scaleOf(node.outputs[0]);
  switch (node.type) {
    case 'RELU':
    case 'RELU6':
    case 'RELU_N1_TO_1':
    case 'QUANTIZE':
      return { negative: ratio, positive: ratio };
    case 'LEAKY_RELU':
      return { negative: ratio * node.attributes.alpha, positive: ratio };
    default:
      return undefined;
  }
}

export function lowerQuantize(lowering: Lowering, node: Node<'QUANTIZE'>): string | undefined {
  const input = node.inputs[0] as Value;
  const output = node.outputs[0];
  if (is8Bit(input)) return lowerLookup(lowering, node);
  if (input.dtype !== 'float32' || !isCentred(output) || output.quantization!.scale.length > 1) return undefined;
  const source = lowering.existingImage(input) ?? denseImage(input, 4, lowering.dense(input));
  const target = lowering.createImage(output);
  lowering.emit(core, 'Quantize', {
    ...pixelFields(source, target),
    channels: target.layout.channels,
    ...tensorParams(output),
    ...centredClamp(output),
  });
  return 'quantize';
}

export function lowerDequantize(lowering: Lowering, node: Node<'DEQUANTIZE'>): string | undefined {
  const input = node.inputs[0] as Value;
  const output = node.outputs[0];
  if (!isCentred(input) || input.quantization!.scale.length > 1 || output.dtype !== 'float32') return undefined;
  const source = lowering.image(input);
  // Where a binary computes on float32, its image is written at once; the host and users read dense elements.
  const isDense = lowering.formatOf(output) === undefined || lowering.isOutput(output);
  const target = isDense ? denseImage(output, 4, lowering.createDense(output)) : lowering.createImage(output);
  lowering.emit(core, 'Dequantize', {
    ...pixelFields(source, target),
    channels: target.layout.channels,
    scale: scaleOf(input),
    zeroPoint: 0,
    lower: 0,
    upper: 0,
  });
  return 'dequantize';
}
