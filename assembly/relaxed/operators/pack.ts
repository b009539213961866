// Owns the packing of weights for dot products at load: 8-bit codes in file order to the panels of i8-gemm-dot.ts.
import { PackDotConvolutionDescriptor } from '../abi';
import { packQuads } from '../microkernels/i8-pack';

/** Panels of 16 filters (the last of a layer may have 8): [tap][2 turns][16 or 8][4]. The plan has split weights that are no int8. */
export function packDotConvolution(d: PackDotConvolutionDescriptor): void {
  const isSigned = d.signed != 0;
  const zeroPoint = d.zeroPoint;
  let panel: usize = d.output;
  for (let first: u32 = 0; first < d.outputs; first += 16) {
    const filters = min<u32>(d.outputs - first, 16);
    // The layer's last panel is narrow when its padded channel count is an odd multiple of 8.
    const width: usize = filters <= 8 ? 8 : 16;
    const quadBytes = width << 2;
    const tapBytes = <usize>d.turns * quadBytes * 2;
    memory.fill(panel, 0, tapBytes * d.taps);
    const firstChannel = load<i32>(d.firstChannels + (((d.firstOutput + first) >> 4) << 2));
    for (let i: u32 = 0; i < filters; i++) {
      const output = d.firstOutput + first + i;
      const term = load<i32>(d.bias + (<usize>output << 2));
      const packedBias = d.packedBias + (<usize>output << 2);
      store<i32>(packedBias, term);
      if (load<u8>(d.scaleShifts + output) == 255) continue;
      const base = <i32>(output / d.outputsPerGroup) * <i32>d.channels - firstChannel;
      const filter: usize = d.input + (first + i) * d.outputStride;
      let sum: i32 = 0;
      for (let tap: u32 = 0; tap < d.taps; tap++) {
        for (let span: u32 = 0; span < d.spans; span++) {
          const source: usize = filter + tap * d.tapStride + span * d.spanStride;
          const depth = <usize>(base + <i32>(span * d.spanElements));
          const lane = panel + <usize>tap * tapBytes + <usize>i * 4;
          const whole = d.channelStride == 1 && (depth & 3) == 0 ? d.channels & ~7 : 0;
          sum += packQuads(source, lane + (depth >> 2) * quadBytes, quadBytes, whole, isSigned, zeroPoint);
          for (let channel: u32 = whole; channel < d.channels; channel++) {
            const element = depth + <usize>channel;
            const at = source + channel * d.channelStride;
            const weight = (isSigned ? <i32>load<i8>(at) : <i32>load<u8>(at)) - zeroPoint;
            store<i8>(lane + (element >> 2) * quadBytes + (element & 3), <i8>weight);
            sum += weight;
          }
        }
      }
      store<i32>(packedBias, term - d.delta * sum);
    }
    panel += tapBytes * d.taps;
  }
}
