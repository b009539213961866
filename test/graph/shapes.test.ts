// Tests the shape rule of every operator against TensorFlow Lite's documented behaviour.
import { test } from 'uvu';
import { convolution, detectionOptions, window } from '../support/build';
import { check, ints, scalar } from '../support/shape-case';

const none = { activation: 'NONE' } as const;
const same = { ...convolution, padding: 'SAME' } as const;
const stride2 = { strideH: 2, strideW: 2 };

// Convolutions: SAME rounds up, VALID takes only whole windows, dilation widens the window, explicit padding widens the image.
check('CONV_2D', same, [[1, 5, 6, 3], [8, 3, 3, 3], [8]], [[1, 5, 6, 8]]);
check('CONV_2D', { ...same, ...stride2 }, [[1, 5, 6, 3], [8, 3, 3, 3], [8]], [[1, 3, 3, 8]]);
check('CONV_2D', { ...convolution, ...stride2 }, [[2, 224, 225, 3], [32, 3, 3, 3], [32]], [[2, 111, 112, 32]]);
check('CONV_2D', { ...convolution, dilationH: 2, dilationW: 3 }, [[1, 7, 7, 1], [4, 3, 3, 1], undefined], [[1, 3, 1, 4]]);
check(
  'CONV_2D',
  convolution,
  [
    [1, 2, 9, 1],
    [4, 3, 3, 1],
  ],
  'bad-shape',
);
check(
  'CONV_2D',
  convolution,
  [
    [1, 2, 9],
    [4, 3, 3, 1],
  ],
  'bad-shape',
);
check(
  'CONV_2D',
  { ...convolution, ...stride2, padding: { top: 0, bottom: 1, left: 2, right: 1 } },
  [
    [1, 4, 4, 1],
    [4, 3, 3, 1],
  ],
  [[1, 2, 3, 4]],
);
check(
  'CONV_2D',
  { ...same, dilationH: 2 ** 30 },
  [
    [1, 4, 4, 1],
    [4, 3, 3, 1],
  ],
  'bad-shape',
);
check('DEPTHWISE_CONV_2D', { ...same, ...stride2, depthMultiplier: 2 }, [[1, 7, 8, 3], [1, 3, 3, 6], [6]], [[1, 4, 4, 6]]);
check('TRANSPOSE_CONV', { ...window, ...stride2 }, [ints(1, 9, 9, 4), [4, 3, 3, 2], [1, 4, 4, 2]], [[1, 9, 9, 4]]);
check('TRANSPOSE_CONV', { ...window, ...stride2 }, [ints(9, 9, 4), [4, 3, 3, 2], [1, 4, 4, 2]], 'bad-shape');
check('TRANSPOSE_CONV', { ...window, ...stride2 }, [ints(1, 9, -9, 4), [4, 3, 3, 2], [1, 4, 4, 2]], 'bad-shape');
check('AVERAGE_POOL_2D', { ...window, filterH: 7, filterW: 5 }, [[1, 7, 7, 32]], [[1, 1, 3, 32]]);
check('MAX_POOL_2D', { ...window, ...stride2, padding: 'SAME', filterH: 3, filterW: 3 }, [[1, 7, 8, 2]], [[1, 4, 4, 2]]);
check('MAX_POOL_2D', { ...window, filterH: 8, filterW: 1 }, [[1, 7, 8, 2]], 'bad-shape');
check(
  'FULLY_CONNECTED',
  { ...none, keepNumDims: false },
  [
    [2, 3, 4],
    [5, 6],
  ],
  [[4, 5]],
);
check(
  'FULLY_CONNECTED',
  { ...none, keepNumDims: true },
  [
    [2, 3, 4],
    [5, 4],
  ],
  [[2, 3, 5]],
);
check(
  'FULLY_CONNECTED',
  { ...none, keepNumDims: true },
  [
    [2, 3, 4],
    [5, 6],
  ],
  'bad-shape',
);
check(
  'FULLY_CONNECTED',
  { ...none, keepNumDims: false },
  [
    [2, 3, 4],
    [5, 7],
  ],
  'bad-shape',
);
check(
  'FULLY_CONNECTED',
  { ...none, keepNumDims: false },
  [
    [2, 3, 4],
    [5, 0],
  ],
  'bad-shape',
);

// Broadcasting aligns the last dimensions, up to rank 6 and down to scalars.
for (const type of ['ADD', 'SUB', 'MUL', 'DIV'] as const)
  check(
    type,
    none,
    [
      [2, 1, 4],
      [3, 1],
    ],
    [[2, 3, 4]],
  );
for (const type of ['FLOOR_DIV', 'MAXIMUM', 'MINIMUM'] as const) check(type, {}, [[], [2, 3]], [[2, 3]]);
check(
  'ADD',
  none,
  [
    [1, 2, 1, 3, 1, 4],
    [5, 1, 1, 1, 6, 1],
  ],
  [[5, 2, 1, 3, 6, 4]],
);
check('ADD', none, [[3], [2, 3]], [[2, 3]]);
check('ADD', none, [[], []], [[]]);
check('ADD', none, [[2, 3], [2]], 'bad-shape');
check('ADD', none, [[1, 1, 1, 1, 1, 1, 2], [2]], 'bad-shape');
check(
  'MUL',
  none,
  [
    [65536, 1],
    [1, 65536],
  ],
  'bad-shape',
);
check(
  'PRELU',
  {},
  [
    [1, 4, 4, 3],
    [1, 1, 3],
  ],
  [[1, 4, 4, 3]],
);
check(
  'PRELU',
  {},
  [
    [1, 4, 1, 3],
    [4, 4, 3],
  ],
  'bad-shape',
);
for (const type of [
  'LOGISTIC',
  'TANH',
  'HARD_SWISH',
  'RELU',
  'RELU6',
  'RELU_N1_TO_1',
  'CAST',
  'QUANTIZE',
  'DEQUANTIZE',
  'SQRT',
  'RSQRT',
  'EXP',
] as const) {
  check(type, {}, [[2, 3]], [[2, 3]]);
}
check('LEAKY_RELU', { alpha: 0.1 }, [[]], [[]]);
check('SOFTMAX', { beta: 1 }, [[2, 3]], [[2, 3]]);
check('SOFTMAX', { beta: 1 }, [[]], 'bad-shape');
check('L2_NORMALIZATION', none, [[2, 3]], [[2, 3]]);

// Reductions: negative and repeated axes; no axes reduce nothing.
check('MEAN', { keepDims: false }, [[1, 7, 7, 8], ints(1, 2)], [[1, 8]]);
check('MEAN', { keepDims: true }, [[1, 7, 7, 8], ints(-2, 2, -3)], [[1, 1, 1, 8]]);
check('SUM', { keepDims: false }, [[2, 3], scalar(1)], [[2]]);
check('SUM', { keepDims: false }, [[2, 3], ints()], [[2, 3]]);
check('SUM', { keepDims: false }, [[], ints(0)], [[]]);
check('MEAN', { keepDims: false }, [[2, 3], ints(2)], 'bad-shape');
check('ARG_MAX', { outputType: 'int32' }, [[1, 4, 5, 6], ints(-1)], [[1, 4, 5]]);
check('ARG_MIN', { outputType: 'int32' }, [[4, 5], scalar(0)], [[5]]);
check('ARG_MAX', { outputType: 'int32' }, [[4, 5], ints(2)], 'bad-shape');
check('ARG_MAX', { outputType: 'int32' }, [[4, 5], ints(0, 1)], 'bad-shape');

// Layout.
const newShape = (...shape: number[]) => ({ newShape: shape });
check('RESHAPE', { newShape: undefined }, [[2, 6], ints(3, -1, 2)], [[3, 2, 2]]);
check('RESHAPE', newShape(4, 3), [[2, 6]], [[4, 3]]);
check('RESHAPE', newShape(4, 3), [[2, 6], ints(12)], [[12]]);
check('RESHAPE', newShape(4, 3), [[2, 6], scalar(12)], [[4, 3]]);
check('RESHAPE', newShape(0), [[1, 1]], [[]]);
check('RESHAPE', { newShape: undefined }, [[1], ints()], [[]]);
check('RESHAPE', { newShape: undefined }, [[1]], 'bad-option');
check('RESHAPE', newShape(5, -1), [[2, 6]], 'bad-shape');
check('RESHAPE', newShape(-1, -1), [[2, 6]], 'bad-shape');
check('RESHAPE', newShape(-2, -6), [[2, 6]], 'bad-shape');
check('RESHAPE', newShape(0, -1), [[2, 6]], 'bad-shape');
// A model made for one image: the leading 1 follows the batch, per image where -1 leaves a choice.
check('RESHAPE', newShape(1, 12), [[1, 2, 6]], [[8, 12]], { batch: 8 });
check('RESHAPE', newShape(1, -1), [[1, 2, 6]], [[8, 12]], { batch: 8 });
check('RESHAPE', newShape(-1, 6), [[1, 2, 6]], [[16, 6]], { batch: 8 });
check('RESHAPE', newShape(2, 6), [[1, 2, 6]], 'bad-shape', { batch: 8 });
check('TRANSPOSE_CONV', { ...window, ...stride2 }, [ints(1, 9, 9, 4), { shape: [4, 3, 3, 2], data: [1] }, [1, 4, 4, 2]], [[3, 9, 9, 4]], {
  batch: 3,
});
check('SQUEEZE', { squeezeDims: [] }, [[1, 3, 1, 2, 1]], [[3, 2]]);
check('SQUEEZE', { squeezeDims: [-1, 0] }, [[1, 3, 1]], [[3]]);
check('SQUEEZE', { squeezeDims: [1] }, [[1, 3, 1]], 'bad-shape');
check('EXPAND_DIMS', {}, [[2, 3], scalar(-1)], [[2, 3, 1]]);
check('EXPAND_DIMS', {}, [[2, 3], ints(0)], [[1, 2, 3]]);
check('EXPAND_DIMS', {}, [[2, 3], ints(3)], 'bad-shape');
check('TRANSPOSE', {}, [[2, 3, 4], ints(2, 0, 1)], [[4, 2, 3]]);
check('TRANSPOSE', {}, [[2, 3, 4], ints(2, 0, 0)], 'bad-shape');
check('TRANSPOSE', {}, [[2, 3, 4], ints(1, 0)], 'bad-shape');
check('SPACE_TO_DEPTH', { blockSize: 2 }, [[1, 4, 6, 3]], [[1, 2, 3, 12]]);
check('SPACE_TO_DEPTH', { blockSize: 2 }, [[1, 4, 5, 3]], 'bad-shape');
check('DEPTH_TO_SPACE', { blockSize: 2 }, [[1, 2, 3, 12]], [[1, 4, 6, 3]]);
check('DEPTH_TO_SPACE', { blockSize: 2 }, [[1, 2, 3, 6]], 'bad-shape');

// Joining and splitting.
check(
  'CONCATENATION',
  { axis: -1, ...none },
  [
    [1, 2, 3],
    [1, 2, 4],
    [1, 2, 1],
  ],
  [[1, 2, 8]],
);
check(
  'CONCATENATION',
  { axis: 0, ...none },
  [
    [1, 2],
    [1, 3],
  ],
  'bad-shape',
);
check(
  'CONCATENATION',
  { axis: 2, ...none },
  [
    [1, 2],
    [1, 2],
  ],
  'bad-shape',
);
check('CONCATENATION', { axis: 0, ...none }, [[], []], 'bad-shape');
check(
  'SPLIT',
  { numSplits: 2 },
  [scalar(-1), [3, 4]],
  [
    [3, 2],
    [3, 2],
  ],
);
check('SPLIT', { numSplits: 3 }, [scalar(1), [3, 4]], 'bad-shape', { outputs: 3 });
check('SPLIT', { numSplits: 3 }, [scalar(0), [3, 4]], 'bad-option', { outputs: 2 });
check(
  'SPLIT_V',
  { numSplits: 3 },
  [[6, 2], ints(1, -1, 2), scalar(0)],
  [
    [1, 2],
    [3, 2],
    [2, 2],
  ],
);
check('SPLIT_V', { numSplits: 2 }, [[6, 2], ints(1, 4), scalar(0)], 'bad-shape', { outputs: 2 });
check('SPLIT_V', { numSplits: 2 }, [[6, 2], ints(-1, -1), scalar(0)], 'bad-shape', { outputs: 2 });
check('SPLIT_V', { numSplits: 2 }, [[6, 2], ints(1, 2, 3), scalar(0)], 'bad-shape', { outputs: 2 });
check(
  'PACK',
  { axis: -1, valuesCount: 2 },
  [
    [2, 3],
    [2, 3],
  ],
  [[2, 3, 2]],
);
check('PACK', { axis: 0, valuesCount: 2 }, [[], []], [[2]]);
check(
  'PACK',
  { axis: 0, valuesCount: 2 },
  [
    [2, 3],
    [3, 2],
  ],
  'bad-shape',
);
check(
  'PACK',
  { axis: 0, valuesCount: 3 },
  [
    [2, 3],
    [2, 3],
  ],
  'bad-option',
);
check('UNPACK', { axis: -1, num: 2 }, [[3, 2]], [[3], [3]]);
check('UNPACK', { axis: 0, num: 2 }, [[3, 2]], 'bad-shape', { outputs: 2 });

// Regions.
const slice = { beginMask: 0, endMask: 0, ellipsisMask: 0, newAxisMask: 0, shrinkAxisMask: 0, offset: false };
check('SLICE', {}, [[4, 5], ints(1, 2), ints(2, -1)], [[2, 3]]);
check('SLICE', {}, [[4, 5], ints(1, 2), ints(4, 1)], 'bad-shape');
check('STRIDED_SLICE', slice, [[5, 6], ints(0, -1), ints(5, -7), ints(2, -2)], [[3, 3]]);
check('STRIDED_SLICE', { ...slice, beginMask: 1, endMask: 1, shrinkAxisMask: 2 }, [[5, 6], ints(9, 2), ints(9, 3), ints(1, 1)], [[5]]);
check('STRIDED_SLICE', slice, [[5], ints(0), ints(5), ints(0)], 'bad-shape');
check('PAD', {}, [[2, 3], { shape: [2, 2], data: [1, 0, 2, 3] }], [[3, 8]]);
check('PADV2', {}, [[2, 3], { shape: [2, 2], data: [1, 0, 2, 3] }, scalar(0)], [[3, 8]]);
check('MIRROR_PAD', { mode: 'REFLECT' }, [[2, 3], { shape: [2, 2], data: [1, 0, 2, 2] }], [[3, 7]]);
check('PAD', {}, [[2, 3], { shape: [2, 2], data: [1, 0, -2, 3] }], 'bad-shape');
check('PAD', {}, [[2, 3, 1], { shape: [2, 2], data: [1, 0, 2, 3] }], 'bad-shape');
check('TILE', {}, [[2, 3], ints(2, 3)], [[4, 9]]);
check('TILE', {}, [[2, 3], ints(2)], 'bad-shape');
check('GATHER', { axis: 1, batchDims: 0 }, [[2, 3, 4], { shape: [5, 6], data: [0] }], [[2, 5, 6, 4]]);
check('GATHER', { axis: -1, batchDims: 1 }, [[2, 3, 4], { shape: [2, 6], data: [0] }], [[2, 3, 6]]);
check('GATHER', { axis: 0, batchDims: 0 }, [[7, 3], scalar(2)], [[3]]);
check('GATHER', { axis: 0, batchDims: 1 }, [[2, 3], { shape: [2], data: [0] }], 'bad-shape');
check('GATHER', { axis: 1, batchDims: 1 }, [[2, 3], { shape: [3], data: [0] }], 'bad-shape');
check('GATHER_ND', {}, [[2, 3, 4], { shape: [5, 2], data: [0] }], [[5, 4]]);
check('GATHER_ND', {}, [[2, 3, 4], { shape: [3], data: [0] }], [[]]);
check('GATHER_ND', {}, [[2, 3], { shape: [5, 3], data: [0] }], 'bad-shape');
check('SHAPE', { outType: 'int32' }, [[2, 3, 4]], [[3]]);
check('SHAPE', { outType: 'int32' }, [[]], [[0]]);
const resize = { alignCorners: false, halfPixelCenters: false };
check('RESIZE_BILINEAR', resize, [[1, 4, 5, 3], ints(8, 9)], [[1, 8, 9, 3]]);
check('RESIZE_NEAREST_NEIGHBOR', resize, [[1, 4, 5, 3], ints(1, 2)], [[1, 1, 2, 3]]);
check('RESIZE_BILINEAR', resize, [[1, 4, 5, 3], ints(8, 0)], 'bad-shape');
check(
  'TFLite_Detection_PostProcess',
  { ...detectionOptions, maxDetections: 10, maxClassesPerDetection: 2 },
  [
    [1, 50, 4],
    [1, 50, 91],
    [50, 4],
  ],
  [[1, 20, 4], [1, 20], [1, 20], [1]],
);

test.run();
