// Owns networks over pictures whose outputs are given: constants, or a constant plus the picture's mean.
import type { Graph } from '../../src/graph/graph';
import { GraphBuilder } from './build';

export interface GivenOutput {
  readonly shape: number[];
  readonly data: ArrayLike<number>;
  /** Factor of the mean of the input's elements that is added to each element; default 0. */
  readonly ofMean?: number;
}

/** A network over `side` x `side` pixels, float32. */
export function constantNetwork(side: number, outputs: readonly GivenOutput[]): Graph {
  const g = new GraphBuilder();
  const picture = g.input('float32', [1, side, side, 3]);
  const [mean] = g.node('MEAN', { keepDims: false }, [picture, g.ints(0, 1, 2, 3)], { dtype: 'float32' });
  const values = outputs.map(({ shape, data, ofMean = 0 }) => {
    const [added] = g.node('MUL', { activation: 'NONE' }, [mean, g.constant('float32', [], [ofMean])], { dtype: 'float32' });
    const constant = g.constant('float32', shape, Array.from(data));
    return g.node('ADD', { activation: 'NONE' }, [constant, added], { dtype: 'float32', shape })[0];
  });
  return g.outputs(...values);
}

/** A detector's box and key points, in pixels from the centre of its anchor, and its logit. */
export interface GivenDetection {
  readonly anchor: number;
  readonly numbers: readonly number[];
  readonly logit: number;
}

/** A detector of MediaPipe's kind: outputs [1, anchors, values] and [1, anchors, 1]; anchors that are not given have the logit -100. */
export function constantDetector(side: number, anchors: number, values: number, detections: readonly GivenDetection[]): Graph {
  const boxes = new Float32Array(anchors * values);
  const logits = new Float32Array(anchors).fill(-100);
  for (const { anchor, numbers, logit } of detections) {
    boxes.set(numbers, anchor * values);
    logits[anchor] = logit;
  }
  return constantNetwork(side, [
    { shape: [1, anchors, values], data: boxes },
    { shape: [1, anchors, 1], data: logits },
  ]);
}

/** A picture of one grey, RGB. */
export function plainPicture(width: number, height: number, grey = 0): { data: Uint8Array; width: number; height: number } {
  return { data: new Uint8Array(3 * width * height).fill(grey), width, height };
}
