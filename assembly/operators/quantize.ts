// Owns QUANTIZE of float32 and DEQUANTIZE to float32.
import { OpKind, QuantizeDescriptor } from '../abi';
import { dequantizeSpan, quantizeSpan } from '../microkernels/f32-quantize';

export function quantize(d: QuantizeDescriptor): void {
  for (let image: u32 = 0; image < d.images; image++) {
    for (let row: u32 = 0; row < d.rows; row++) {
      let input: usize = d.input + image * d.inputImageBytes + row * d.inputRowBytes;
      let output: usize = d.output + image * d.outputImageBytes + row * d.outputRowBytes;
      for (let column: u32 = 0; column < d.columns; column++) {
        if (d.kind == OpKind.Quantize) quantizeSpan(input, output, d.channels, d.scale, d.zeroPoint, d.lower, d.upper);
        else dequantizeSpan(input, output, d.channels, d.scale);
        input += d.inputPixelBytes;
        output += d.outputPixelBytes;
      }
    }
  }
}
