// Owns the networks of the demo as lists of stages.
import type { Activation } from './normalization';

/** A convolution with SAME padding, then batch normalization and the activation. */
export interface LayerShape {
  readonly name: string;
  /** `full` reads the picture, as the first stage alone; `pointwise` has windows of 1x1. */
  readonly type: 'full' | 'depthwise' | 'pointwise';
  /** Rows and columns of the window. */
  readonly size: number;
  readonly stride: number;
  readonly channels: number;
  readonly activation: Activation;
}

/**
 * Squeeze-and-excite (arXiv:1709.01507): every channel is multiplied by a gate in [0, 1] that two fully connected layers make of the
 * means of all channels. MobileNetV3 has RELU between them and gates RELU6(z + 3) / 6, EfficientNet SWISH and gates 1 / (1 + exp(-z)).
 */
export interface GateShape {
  readonly type: 'gate';
  readonly name: string;
  /** Outputs of the first of the two layers. */
  readonly squeezed: number;
  readonly style: 'v3' | 'efficientnet';
}

/** `keep` remembers the image, `add` adds the one remembered last. */
export type Stage = LayerShape | GateShape | { readonly type: 'keep' } | { readonly type: 'add' };

/** Stages, then the mean over the image, one fully connected layer and softmax. */
export interface Architecture {
  readonly description: string;
  /** Rows, columns and channels of a picture. */
  readonly picture: readonly [size: number, channels: number];
  readonly classes: number;
  readonly stages: readonly Stage[];
}

type Style = GateShape['style'];

const first = (channels: number, activation: Activation): Stage => ({
  ...{ type: 'full', name: 'Conv2d_0_full', size: 3, stride: 2, channels, activation },
});
const depthwise = (name: string, size: number, stride: number, channels: number, activation: Activation): Stage => ({
  ...{ type: 'depthwise', name, size, stride, channels, activation },
});
const pointwise = (name: string, channels: number, activation: Activation): Stage => ({
  ...{ type: 'pointwise', name, size: 1, stride: 1, channels, activation },
});

/** A depthwise separable convolution of MobileNetV1. */
const separable = (number: number, stride: number, from: number, to: number): Stage[] => [
  depthwise(`Conv2d_${number}_depthwise`, 3, stride, from, 'RELU6'),
  pointwise(`Conv2d_${number}_pointwise`, to, 'RELU6'),
];

interface Bottleneck {
  readonly size: 3 | 5;
  readonly stride: 1 | 2;
  /** Channels inside, those of the input where it is not expanded, and of the output. */
  readonly inside: number;
  readonly channels: number;
  readonly activation: Activation;
  readonly expands?: boolean;
  readonly squeezed?: number;
  readonly residual?: boolean;
}

/** Inverted residuals: expansion, depthwise convolution, gates, projection without activation, and the sum with the input. */
function bottlenecks(style: Style, list: readonly Bottleneck[]): Stage[] {
  return list.flatMap(({ size, stride, inside, channels, activation, expands = true, squeezed, residual }, i) => {
    const name = `block_${i + 1}`;
    const stages = [depthwise(`${name}/depthwise`, size, stride, inside, activation)];
    if (expands) stages.unshift(pointwise(`${name}/expand`, inside, activation));
    if (squeezed) stages.push({ type: 'gate', name: `${name}/squeeze_excite`, squeezed, style });
    stages.push(pointwise(`${name}/project`, channels, 'NONE'));
    return residual ? [{ type: 'keep' }, ...stages, { type: 'add' }] : stages;
  });
}

/** The demo's networks by name. */
export const architectures = {
  /** 28 -> 14 -> 14 -> 7 -> 7 -> 4 pixels a side. */
  digits: {
    description: 'Handwritten digits, made and learnt by zeropoint',
    picture: [28, 1],
    classes: 10,
    stages: [
      first(8, 'RELU6'),
      ...separable(1, 1, 8, 16),
      ...separable(2, 2, 16, 32),
      ...separable(3, 1, 32, 32),
      ...separable(4, 2, 32, 64),
    ],
  },
  /** As MobileNetV3 small: RELU and 3x3 windows at first, HARD_SWISH and 5x5 windows where the image is small; 16 -> 8 -> 4 pixels a side. */
  v3: {
    description: 'Letters, shapes and textures by a MobileNetV3, made and learnt by zeropoint',
    picture: [32, 3],
    classes: 42,
    stages: [
      first(12, 'HARD_SWISH'),
      ...bottlenecks('v3', [
        { size: 3, stride: 2, inside: 24, channels: 20, activation: 'RELU', squeezed: 8 },
        { size: 3, stride: 1, inside: 60, channels: 20, activation: 'RELU', residual: true },
        { size: 5, stride: 1, inside: 60, channels: 20, activation: 'HARD_SWISH', squeezed: 12, residual: true },
        { size: 5, stride: 2, inside: 80, channels: 32, activation: 'HARD_SWISH', squeezed: 12 },
        { size: 5, stride: 1, inside: 88, channels: 32, activation: 'HARD_SWISH', squeezed: 12, residual: true },
      ]),
      pointwise('Conv2d_last_pointwise', 96, 'HARD_SWISH'),
    ],
  },
  /** As EfficientNet-B0: SWISH and gates everywhere, the first block without expansion; 16 -> 8 -> 4 pixels a side. */
  efficientnet: {
    description: 'Letters, shapes and textures by an EfficientNet, made and learnt by zeropoint',
    picture: [32, 3],
    classes: 42,
    stages: [
      first(16, 'SWISH'),
      ...bottlenecks('efficientnet', [
        { size: 3, stride: 2, inside: 16, channels: 16, activation: 'SWISH', expands: false, squeezed: 4 },
        { size: 3, stride: 1, inside: 64, channels: 20, activation: 'SWISH', squeezed: 8 },
        { size: 5, stride: 1, inside: 64, channels: 20, activation: 'SWISH', squeezed: 8, residual: true },
        { size: 5, stride: 2, inside: 80, channels: 32, activation: 'SWISH', squeezed: 8 },
        { size: 5, stride: 1, inside: 88, channels: 32, activation: 'SWISH', squeezed: 8, residual: true },
      ]),
      pointwise('Conv2d_last_pointwise', 96, 'SWISH'),
    ],
  },
} as const satisfies Record<string, Architecture>;

export type NetworkName = keyof typeof architectures;
