// Owns the float core's ABI as the host sees it: operator numbers and the fields of every descriptor, mirrored from assembly/float/abi.ts.

export const descriptorBytes = 128;

export const DepthwiseVariant = { Any: 0, Kernel3x3Stride1: 1, Kernel3x3Stride2: 2 } as const;
export type DepthwiseVariant = (typeof DepthwiseVariant)[keyof typeof DepthwiseVariant];

const image = ['images', 'rows', 'columns'] as const;
const inputStrides = ['inputImageBytes', 'inputRowBytes', 'inputPixelBytes'] as const;
const outputStrides = ['outputImageBytes', 'outputRowBytes', 'outputPixelBytes'] as const;
const clamp = ['lower', 'upper'] as const;
const elementwise = [
  ...['left', 'right', 'output', ...image, 'vectors'],
  ...['leftImageBytes', 'leftRowBytes', 'leftPixelBytes', 'leftChannelBytes'],
  ...['rightImageBytes', 'rightRowBytes', 'rightPixelBytes', 'rightChannelBytes'],
  ...outputStrides,
  ...clamp,
];
const pool = [
  ...['input', 'output', 'images', 'inputRows', 'inputColumns', 'rows', 'columns', 'vectors'],
  ...['filterRows', 'filterColumns', 'strideRows', 'strideColumns', 'padTop', 'padLeft'],
  ...inputStrides,
  ...outputStrides,
  ...clamp,
];
const unary = [
  ...['input', 'output', 'images', 'rows', 'vectors'],
  ...['inputImageBytes', 'inputRowBytes', 'outputImageBytes', 'outputRowBytes'],
  ...clamp,
];

/** Fields that are float32 in the descriptors; all others are integers of 4 bytes. */
export const floatFields: ReadonlySet<string> = new Set(['lower', 'upper', 'beta']);

/** Number and fields of each operator's descriptor behind `kind`, 4 bytes each, in order. */
export const operators = {
  Clear: { kind: 1, fields: ['output', 'images', 'rows', 'imageBytes', 'topBytes', 'bottomBytes', 'rowBytes', 'leftBytes', 'rightBytes'] },
  Copy: { kind: 2, fields: ['input', 'output', ...image, 'elements', ...inputStrides, ...outputStrides] },
  Convolution: {
    kind: 3,
    fields: [
      ...['input', 'inputOffsets', 'output', 'outputOffsets', 'pixels', 'taps', 'tapOffsets', 'depth', 'panels', 'panelOffsets'],
      ...['weights', 'bias'],
      ...clamp,
    ],
  },
  Depthwise: {
    kind: 4,
    fields: [
      ...['input', 'output', ...image, 'vectors'],
      ...inputStrides,
      ...['strideRows', 'strideColumns'],
      ...outputStrides,
      ...['variant', 'taps', 'tapOffsets', 'weights'],
      ...clamp,
    ],
  },
  Add: { kind: 5, fields: elementwise },
  Subtract: { kind: 6, fields: elementwise },
  Multiply: { kind: 7, fields: elementwise },
  Divide: { kind: 8, fields: elementwise },
  MaxPool: { kind: 9, fields: pool },
  AveragePool: { kind: 10, fields: pool },
  Mean: {
    kind: 11,
    fields: ['input', 'output', 'images', 'outputRows', 'outputColumns', 'rows', 'columns', 'vectors', ...inputStrides, ...outputStrides],
  },
  Softmax: { kind: 12, fields: ['input', 'output', ...image, 'channels', ...inputStrides, ...outputStrides, 'beta'] },
  Clamp: { kind: 13, fields: unary },
  Logistic: { kind: 14, fields: unary },
  Tanh: { kind: 15, fields: unary },
  HardSwish: { kind: 16, fields: unary },
} as const satisfies Record<string, { kind: number; fields: readonly string[] }>;

export type FloatOperator = keyof typeof operators;
