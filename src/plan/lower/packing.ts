// Owns the packing of GEMM weights as far as the cores' microkernels agree: where the codes of the file lie, and in which pieces.
import { weightZeroPoint } from '../../graph/weighted';
import { isSigned } from '../formats/centred';
import type { GemmLayer, GemmTaps } from '../gemm';
import type { CoreJob } from '../pack';
import type { Address } from '../region';

/** Fields that the packing operators share. */
export function packingFields(
  { node, input, outputs, channels, groups, outputStride, positionStride, channelStride }: GemmLayer,
  taps: GemmTaps,
) {
  return {
    outputs,
    firstOutput: 0,
    taps: taps.taps,
    spans: taps.positions,
    channels,
    outputStride,
    tapStride: taps.positions * positionStride,
    spanStride: positionStride,
    channelStride,
    spanElements: input.layout.pixelElements,
    outputsPerGroup: outputs / groups,
    zeroPoint: weightZeroPoint(node),
    signed: isSigned(node.inputs[1]!),
  };
}

/** Filters that are neighbours in the file can be staged panel by panel. */
export function packingPanels({ outputs, outputStride }: GemmLayer, panelBytes: number, output: Address): CoreJob['panels'] {
  return outputStride > 1 ? { outputs, filterBytes: outputStride, panelBytes, output } : undefined;
}
