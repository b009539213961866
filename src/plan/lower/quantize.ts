// Owns the lowering of QUANTIZE (from float32 and between 8-bit codes) and DEQUANTIZE to float32.
import type { Node, Value } from '../../graph/graph';
import { scaleOf, tensorParams } from '../../quant/params';
import { centredClamp } from '../clamp';
import { denseImage, imageFields, origin, strides } from '../fields';
import { core, is8Bit } from '../formats/centred';
import type { Lowering } from '../lowering';
import type { Image } from '../step';
import { lowerLookup } from './lookup';

export function lowerQuantize(lowering: Lowering, node: Node<'QUANTIZE'>): string | undefined {
  const input = node.inputs[0] as Value;
  const output = node.outputs[0];
  if (is8Bit(input)) return lowerLookup(lowering, node);
  if (input.dtype !== 'float32' || !is8Bit(output) || output.quantization!.scale.length > 1) return undefined;
  const source = lowering.existingImage(input) ?? denseImage(input, 4, lowering.dense(input));
  const target = lowering.createImage(output);
  lowering.emit(core, 'Quantize', {
    ...conversion(source, target),
    ...tensorParams(output),
    ...centredClamp(output),
  });
  return 'quantize';
}

export function lowerDequantize(lowering: Lowering, node: Node<'DEQUANTIZE'>): string | undefined {
  const input = node.inputs[0] as Value;
  const output = node.outputs[0];
  if (!is8Bit(input) || input.quantization!.scale.length > 1 || output.dtype !== 'float32') return undefined;
  const source = lowering.image(input);
  // Where a binary computes on float32, its image is written at once; the host and users read dense elements.
  const isDense = lowering.formatOf(output) === undefined || lowering.isOutput(output);
  const target = isDense ? denseImage(output, 4, lowering.createDense(output)) : lowering.createImage(output);
  lowering.emit(core, 'Dequantize', { ...conversion(source, target), scale: scaleOf(input), zeroPoint: 0, lower: 0, upper: 0 });
  return 'dequantize';
}

/** What both operators read and write. */
function conversion(source: Image, target: Image) {
  return {
    input: origin(source),
    output: origin(target),
    ...imageFields(target.layout),
    channels: target.layout.channels,
    ...strides('input', source.layout),
    ...strides('output', target.layout),
  };
}
