// Owns GEMMs whose weights a run computes: the core packs them as part of the run, and requantizes for any weights of their dtype.

import type { Activation, Value } from '../../graph/graph';
import { centred, centredClamp, core, isSigned } from '../formats/centred';
import { type GemmLayer, gemmPixels, gemmTaps } from '../gemm';
import { centredGemm } from '../gemm-kernels';
import { paddedChannels } from '../layout';
import type { Lowering } from '../lowering';
import type { Address } from '../region';
import { at } from '../region';
import { chooseRequantization } from '../requantization';
import type { Image } from '../step';

const { panelChannels, stepElements, weightBytes } = centredGemm;

/** What the sums of a layer become. */
export interface ComputedOutput {
  readonly value: Value;
  readonly activation: Activation;
  /** Per output channel; the bias is a constant. */
  readonly multiplier: Int32Array;
  readonly shift: Int32Array;
  readonly bias: Int32Array;
}

/** A layer without weights: they are codes somewhere in memory. */
export type ComputedLayer = Omit<GemmLayer, 'node' | 'output'>;

export interface ComputedWeights {
  readonly value: Value;
  readonly zeroPoint: number;
}

/** Descriptors that compute one layer from different weights, inputs and outputs. */
export class ComputedGemm {
  private readonly requantization;
  private readonly constants: Address;
  private readonly bias: Address;
  private readonly shifts: Address;

  constructor(
    private readonly lowering: Lowering,
    private readonly weights: ComputedWeights,
    private readonly output: ComputedOutput,
    input: Value,
    depth: number,
  ) {
    const [min, max] = weights.value.dtype === 'int8' ? [-128, 127] : [0, 255];
    const maxWeight = Math.max(weights.zeroPoint - min, max - weights.zeroPoint);
    const range = centredClamp(input);
    const looseBound = depth * maxWeight * Math.max(-range.lower, range.upper);
    const { multiplier, shift, bias } = output;
    const channels = multiplier.length;
    lowering.account?.charge('channel', channels);
    this.requantization = chooseRequantization({
      ...{ channels, multiplier, shift, bias, maxWeight, looseBound, scratch: lowering.scratch },
      ...centredClamp(output.value, output.activation),
      range: (channel) => ({ low: bias[channel] - looseBound, high: bias[channel] + looseBound }),
    });
    const { constants, scaleShifts } = this.requantization;
    this.constants = lowering.constant('requantization', new Uint8Array(constants));
    this.bias = lowering.constant('bias', this.requantization.bias);
    this.shifts = lowering.constant('shifts', scaleShifts);
  }

  /** Packs the codes at `codes` and multiplies. `panels`: memory of `panelBytes`. */
  emit(layer: ComputedLayer, codes: Address, target: Image): void {
    const { lowering, weights, output } = this;
    const { outputs, channels, outputStride, channelStride } = layer;
    const taps = gemmTaps(lowering, centred, centredGemm, layer);
    const padded = paddedChannels(outputs);
    const panels = at(lowering.workspace('panels', (padded / panelChannels) * taps.depth * panelChannels * weightBytes));
    const { taps: tapCount, tapOffsets, panelOffsets } = taps;
    const depthPairs = taps.depth / stepElements;
    lowering.emit(core, 'PackConvolution', {
      input: codes,
      output: panels,
      ...{ outputs, firstOutput: 0, taps: tapCount, spans: 1, channels, outputStride, tapStride: 0, spanStride: 0, channelStride },
      ...{ spanElements: 0, depthPairs, outputsPerGroup: outputs, panelOffsets, scaleShifts: this.shifts },
      zeroPoint: weights.zeroPoint,
      signed: isSigned(weights.value),
    });
    const { mode, shift } = this.requantization;
    lowering.emit(core, 'Convolution', {
      ...gemmPixels(lowering, layer, target),
      ...{ taps: tapCount, tapOffsets, depthPairs, panelOffsets, weights: panels, bias: this.bias, constants: this.constants, mode, shift },
      panels: Math.floor(padded / panelChannels),
      tail: (padded % panelChannels) / 8,
      ...centredClamp(output.value, output.activation),
    });
  }
}
