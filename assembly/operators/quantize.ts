// Owns QUANTIZE of float32 and DEQUANTIZE to float32.
import { OpKind, QuantizeDescriptor } from '../abi';
import { dequantizeSpan, quantizeSpan } from '../microkernels/f32-quantize';

export function quantize(d: QuantizeDescriptor): void {
  let dense: usize = d.kind == OpKind.Quantize ? d.input : d.output;
  const start: usize = d.kind == OpKind.Quantize ? d.output : d.input;
  for (let image: u32 = 0; image < d.images; image++) {
    for (let row: u32 = 0; row < d.rows; row++) {
      let centred: usize = start + image * d.imageBytes + row * d.rowBytes;
      for (let column: u32 = 0; column < d.columns; column++) {
        if (d.kind == OpKind.Quantize) quantizeSpan(dense, centred, d.channels, d.scale, d.zeroPoint, d.lower, d.upper);
        else dequantizeSpan(centred, dense, d.channels, d.scale);
        dense += (<usize>d.channels) << 2;
        centred += <usize>d.pixelBytes;
      }
    }
  }
}
