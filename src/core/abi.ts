// Owns the core's ABI as the host sees it: operator numbers and the fields of every descriptor, mirrored from assembly/abi.ts.

/** Which binary executes a plan. */
export type Isa = 'simd';

export const abiVersion = 1;
export const descriptorBytes = 128;
/** Requantization constants per 4 channels: multiplier i32x4, rounding i64x2 twice, correction i32x4. */
export const requantizationBytes = 64;
/** One tensor-wide requantization of ADD, SUB and MUL. */
export const scalarRequantizationBytes = 80;

/** How accumulators become centred int16; see assembly/requantize.ts. */
export const Requantization = { NonNegative: 0, Signed: 1, General: 2, Scaled: 3, Float: 4, FloatSigned: 5 } as const;
export type Requantization = (typeof Requantization)[keyof typeof Requantization];

export const DepthwiseVariant = { Any: 0, Kernel3x3Stride1: 1, Kernel3x3Stride2: 2 } as const;
export type DepthwiseVariant = (typeof DepthwiseVariant)[keyof typeof DepthwiseVariant];

const image = ['images', 'rows', 'columns'] as const;
const inputStrides = ['inputImageBytes', 'inputRowBytes', 'inputPixelBytes'] as const;
const outputStrides = ['outputImageBytes', 'outputRowBytes', 'outputPixelBytes'] as const;
const clamp = ['lower', 'upper'] as const;
const elementwise = [
  ...['left', 'right', 'output', ...image, 'blocks'],
  ...['leftImageBytes', 'leftRowBytes', 'leftPixelBytes', 'leftChannelBytes'],
  ...['rightImageBytes', 'rightRowBytes', 'rightPixelBytes', 'rightChannelBytes'],
  ...outputStrides,
  ...['constants', 'subtract'],
  ...clamp,
];
const pool = [
  ...['input', 'output', 'images', 'inputRows', 'inputColumns', 'rows', 'columns', 'blocks'],
  ...['filterRows', 'filterColumns', 'strideRows', 'strideColumns', 'padTop', 'padLeft'],
  ...inputStrides,
  ...outputStrides,
  'zeroPoint',
  ...clamp,
];
const quantize = ['input', 'output', ...image, 'channels', 'imageBytes', 'rowBytes', 'pixelBytes', 'scale', 'zeroPoint', ...clamp];

/** Number and fields of each operator's descriptor behind `kind`, 4 bytes each, in order. */
export const operators = {
  Center: { kind: 1, fields: ['input', 'output', ...image, 'channels', ...outputStrides, 'zeroPoint', 'signed'] },
  Codes: { kind: 2, fields: ['input', 'output', ...image, 'channels', ...inputStrides, 'zeroPoint'] },
  Clear: { kind: 3, fields: ['output', 'images', 'rows', 'imageBytes', 'topBytes', 'bottomBytes', 'rowBytes', 'leftBytes', 'rightBytes'] },
  Copy: {
    kind: 4,
    fields: [
      ...['input', 'output', ...image, 'elements', 'inputImageBytes', 'inputRows', 'inputColumns'],
      ...outputStrides,
      ...['table', 'tableBias'],
    ],
  },
  Convolution: {
    kind: 5,
    fields: [
      ...['input', 'inputOffsets', 'output', 'outputOffsets', 'pixels', 'taps', 'tapOffsets', 'depthPairs', 'panels', 'tail'],
      ...['panelOffsets', 'weights', 'bias', 'constants', 'mode', 'shift'],
      ...clamp,
    ],
  },
  Depthwise: {
    kind: 6,
    fields: [
      ...['input', 'output', ...image, 'blocks'],
      ...inputStrides,
      ...['strideRows', 'strideColumns'],
      ...outputStrides,
      ...['variant', 'tapPairs', 'tapOffsets', 'weights', 'constants', 'mode', 'shift'],
      ...clamp,
    ],
  },
  Add: { kind: 7, fields: elementwise },
  Multiply: { kind: 8, fields: elementwise },
  MaxPool: { kind: 9, fields: pool },
  AveragePool: { kind: 10, fields: pool },
  Mean: {
    kind: 11,
    fields: [
      ...['input', 'output', 'images', 'outputRows', 'outputColumns', 'rows', 'columns', 'blocks'],
      ...inputStrides,
      ...outputStrides,
      ...['multiplier', 'shift'],
      ...clamp,
    ],
  },
  Softmax: {
    kind: 12,
    fields: [
      ...['input', 'output', ...image, 'channels'],
      ...inputStrides,
      ...outputStrides,
      ...['exponentials', 'workspace', 'outputZeroPoint', 'minimum'],
    ],
  },
  ResizeBilinear: {
    kind: 13,
    fields: [
      ...['input', 'output', ...image, 'blocks', 'inputImageBytes'],
      ...outputStrides,
      ...['rowTable', 'columnTable', 'zeroPoint', 'signed'],
    ],
  },
  Quantize: { kind: 14, fields: quantize },
  Dequantize: { kind: 15, fields: quantize },
  PackConvolution: {
    kind: 16,
    fields: [
      ...['input', 'output', 'outputs', 'firstOutput', 'taps', 'runs', 'channels', 'outputStride', 'tapStride', 'runStride'],
      ...['channelStride', 'runElements', 'depthPairs', 'outputsPerGroup', 'panelOffsets', 'zeroPoint', 'signed', 'scaleShifts'],
    ],
  },
  PackDepthwise: {
    kind: 17,
    fields: [
      ...['input', 'output', 'channels', 'channelStride', 'blocks', 'blockBytes', 'pairs', 'pairTaps', 'zeroPoint', 'signed'],
      ...['scaleShifts', 'bias'],
    ],
  },
} as const satisfies Record<string, { kind: number; fields: readonly string[] }>;

export type CoreOperator = keyof typeof operators;
