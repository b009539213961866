// Owns the GEMM microkernels as data: what they fix of the layout of packed weights.
//
//   panels   [panel][tap][depth / stepElements][panelChannels][stepElements]

export interface GemmKernel {
  /** Output channels of one panel: the width of the tile. */
  readonly panelChannels: number;
  /** Neighbouring input elements of one step of the inner loop, multiplied and added by one instruction. */
  readonly stepElements: number;
  /** Bytes of one packed weight. */
  readonly weightBytes: number;
  /** The core's operator that packs the weights at load; none: the host packs them. */
  readonly packOperator?: 'PackConvolution' | 'PackDotConvolution';
}

/** assembly/microkernels/i16-gemm.ts; a last panel of 8 channels where the padded channel count is an odd multiple of 8. */
export const centredGemm = {
  panelChannels: 16,
  stepElements: 2,
  weightBytes: 2,
  packOperator: 'PackConvolution',
} as const satisfies GemmKernel;

/** assembly/relaxed/microkernels/i8-gemm-*.ts; one step is a turn of two quads, multiplied by two instructions. */
export const dotGemm = {
  panelChannels: 16,
  stepElements: 8,
  weightBytes: 1,
  packOperator: 'PackDotConvolution',
} as const satisfies GemmKernel;

/** assembly/float/microkernels/f32-gemm-4x8.ts */
export const floatGemm: GemmKernel = { panelChannels: 8, stepElements: 1, weightBytes: 4 };
