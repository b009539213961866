// Owns the lowering of QUANTIZE (from float32 and between 8-bit codes) and DEQUANTIZE to float32.
import type { Node, Value } from '../../graph/graph';
import { scaleOf, tensorParams } from '../../quant/params';
import { centredClamp } from '../clamp';
import { imageFields, origin } from '../fields';
import { core, is8Bit } from '../formats/centred';
import type { Layout } from '../layout';
import type { Lowering } from '../lowering';
import { lowerLookup } from './lookup';

function centredFields(layout: Layout) {
  const { imageBytes, rowBytes, pixelBytes, channels } = layout;
  return { ...imageFields(layout), channels, imageBytes, rowBytes, pixelBytes };
}

export function lowerQuantize(lowering: Lowering, node: Node<'QUANTIZE'>): string | undefined {
  const input = node.inputs[0] as Value;
  const output = node.outputs[0];
  if (is8Bit(input)) return lowerLookup(lowering, node);
  if (input.dtype !== 'float32' || !is8Bit(output) || output.quantization!.scale.length > 1) return undefined;
  const source = lowering.dense(input);
  const target = lowering.createImage(output);
  lowering.emit(core, 'Quantize', {
    input: source,
    output: origin(target),
    ...centredFields(target.layout),
    ...tensorParams(output),
    ...centredClamp(output),
  });
  return 'quantize';
}

export function lowerDequantize(lowering: Lowering, node: Node<'DEQUANTIZE'>): string | undefined {
  const input = node.inputs[0] as Value;
  if (!is8Bit(input) || input.quantization!.scale.length > 1 || node.outputs[0].dtype !== 'float32') return undefined;
  const source = lowering.image(input);
  lowering.emit(core, 'Dequantize', {
    input: origin(source),
    output: lowering.createDense(node.outputs[0]),
    ...centredFields(source.layout),
    scale: scaleOf(input),
    zeroPoint: 0,
    lower: 0,
    upper: 0,
  });
  return 'dequantize';
}
