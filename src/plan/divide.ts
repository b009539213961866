// Owns which descriptors several threads execute together: those that the core divides, where that costs less than a barrier.
import type { Fields } from './descriptor';
import type { Step } from './step';

/** Multiply-adds, or elements that are narrowed, of a descriptor that is worth a barrier, which takes about a microsecond. */
const minWork = { products: 60_000, narrowed: 30_000 };

type Work = (fields: Readonly<Record<string, number>>) => boolean;

const isLarge = (products: number) => products >= minWork.products;

/** By the operators that take a range of their pixels, rows, panels or vectors from the number of the thread. */
const divided: Readonly<Record<string, Work>> = {
  Convolution: ({ pixels, taps, depthPairs, panels, tail }) => isLarge(pixels * taps * depthPairs * 2 * (16 * panels + 8 * tail)),
  WideConvolution: ({ pixels, taps, depthPairs, panels, tail }) => isLarge(pixels * taps * depthPairs * 2 * (16 * panels + 8 * tail)),
  DotConvolution: ({ pixels, taps, turns, panels, tail }) => isLarge(pixels * taps * turns * 8 * (16 * panels + 8 * tail)),
  Depthwise: ({ images, rows, columns, blocks, tapPairs }) => isLarge(images * rows * columns * blocks * 8 * tapPairs * 2),
  WideDepthwise: ({ images, rows, columns, blocks, tapPairs }) => isLarge(images * rows * columns * blocks * 8 * tapPairs * 2),
  DotDepthwise: ({ images, rows, columns, blocks, size }) => isLarge(images * rows * columns * blocks * 16 * size * size),
  Narrow: ({ count }) => count >= minWork.narrowed,
};

/** For every descriptor of a program, in order, whether it is divided. */
export function dividedDescriptors(steps: readonly Step[]): boolean[] {
  return steps.flatMap((step) => {
    if (step.kind !== 'core') return [];
    const work = step.binary.name === 'core' ? divided[step.operator] : undefined;
    return [work?.(step.fields as Fields as Readonly<Record<string, number>>) ?? false];
  });
}
