// Owns what is computed in place at load: 8-bit codes in file order to the panels and blocks of the microkernels, and tables of offsets.
import { PackConvolutionDescriptor, PackDepthwiseDescriptor, PixelOffsetsDescriptor } from '../abi-load';

/** Code minus zero point, times the factor f of its channel (requantize.ts); 255 marks a channel with a constant result. */
// @ts-ignore: decorator
@inline
function weight(at: usize, isSigned: bool, zeroPoint: i32, scaleShift: i32): i32 {
  const code: i32 = isSigned ? <i32>load<i8>(at) : <i32>load<u8>(at);
  return scaleShift == 255 ? 0 : (code - zeroPoint) << scaleShift;
}

/** `count` consecutive codes of one filter, a multiple of 8: pairs go `stepBytes` apart. */
function packSpan(source: usize, output: usize, stepBytes: usize, count: u32, isSigned: bool, zeroPoint: i32, scaleShift: i32): void {
  const zero = i16x8.splat(<i16>zeroPoint);
  for (let k: u32 = 0; k < count; k += 8) {
    const codes = isSigned ? v128.load8x8_s(source + k) : v128.load8x8_u(source + k);
    const weights = i16x8.shl(i16x8.sub(codes, zero), scaleShift);
    v128.store32_lane(output, weights, 0);
    v128.store32_lane(output + stepBytes, weights, 1);
    v128.store32_lane(output + 2 * stepBytes, weights, 2);
    v128.store32_lane(output + 3 * stepBytes, weights, 3);
    output += 4 * stepBytes;
  }
}

/** Panels of 16 filters (the last of a layer may have 8): [tap][depthPairs][16 or 8][2]. */
export function packConvolution(d: PackConvolutionDescriptor): void {
  const isSigned = d.signed != 0;
  let panel: usize = d.output;
  for (let first: u32 = 0; first < d.outputs; first += 16) {
    const filters = min<u32>(d.outputs - first, 16);
    // The layer's last panel is narrow when its padded channel count is an odd multiple of 8.
    const width: usize = filters <= 8 ? 8 : 16;
    const tapBytes = <usize>d.depthPairs * width * 4;
    memory.fill(panel, 0, tapBytes * d.taps);
    const panelOffset = load<i32>(d.panelOffsets + (((d.firstOutput + first) >> 4) << 2)) >> 1;
    for (let i: u32 = 0; i < filters; i++) {
      const output = d.firstOutput + first + i;
      const scaleShift = <i32>load<u8>(d.scaleShifts + output);
      const base = <i32>(output / d.outputsPerGroup) * <i32>d.channels - panelOffset;
      const filter: usize = d.input + (first + i) * d.outputStride;
      for (let tap: u32 = 0; tap < d.taps; tap++) {
        for (let span: u32 = 0; span < d.spans; span++) {
          const source: usize = filter + tap * d.tapStride + span * d.spanStride;
          const depth = <usize>(base + <i32>(span * d.spanElements));
          const lane = panel + <usize>tap * tapBytes + <usize>i * 4;
          const whole = d.channelStride == 1 && (depth & 1) == 0 && scaleShift != 255 ? d.channels & ~7 : 0;
          packSpan(source, lane + depth * (width << 1), width << 2, whole, isSigned, d.zeroPoint, scaleShift);
          for (let channel: u32 = whole; channel < d.channels; channel++) {
            const element = depth + <usize>channel;
            const at = lane + (element >> 1) * (width << 2) + ((element & 1) << 1);
            store<i16>(at, <i16>weight(source + channel * d.channelStride, isSigned, d.zeroPoint, scaleShift));
          }
        }
      }
    }
    panel += tapBytes * d.taps;
  }
}

/** Blocks of 8 channels: zipped pairs of taps (low four channels, high four), then the bias. */
export function packDepthwise(d: PackDepthwiseDescriptor): void {
  const isSigned = d.signed != 0;
  for (let block: u32 = 0; block < d.blocks; block++) {
    const output: usize = d.output + block * d.blockBytes;
    for (let pair: u32 = 0; pair < d.pairs; pair++) {
      for (let lane: u32 = 0; lane < 8; lane++) {
        const channel = (block << 3) + lane;
        for (let half: u32 = 0; half < 2; half++) {
          const tap = load<i32>(d.pairTaps + (pair << 3) + (half << 2));
          const present = tap >= 0 && channel < d.channels;
          const value = present
            ? weight(d.input + <u32>tap * d.channelStride + channel, isSigned, d.zeroPoint, load<u8>(d.scaleShifts + channel))
            : 0;
          store<i16>(output + (pair << 5) + (lane << 2) + (half << 1), <i16>value);
        }
      }
    }
    memory.copy(output + (d.pairs << 5), d.bias + (block << 5), 32);
  }
}

export function pixelOffsets(d: PixelOffsetsDescriptor): void {
  let output: usize = d.output;
  for (let image: u32 = 0; image < d.images; image++) {
    for (let row: u32 = 0; row < d.rows; row++) {
      let offset = image * d.imageBytes + row * d.rowBytes;
      for (let column: u32 = 0; column < d.columns; column++, output += 4, offset += d.columnBytes) store<u32>(output, offset);
    }
  }
}
