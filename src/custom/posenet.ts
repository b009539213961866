// Owns PosenetDecoderOp of Coral: its options and shapes (libcoral, `coral/pose_estimation/posenet_decoder_op.cc`).
import { type CustomOperator, elementCount, type Node, type Value } from '../graph/graph';
import { reject } from '../graph/reject';
import type { CustomSource } from '../tflite/read-operator';
import { badOption, checkVersion, FlexOptions, imageShape } from './options';
import { decodePoses, type Field, keypointCount, type PoseOptions } from './pose-decoder';
import { decodeMasks } from './pose-masks';

const { fround } = Math;

const edgeCount = 16;
/** Rows and columns of the masks, whatever those of the offsets are. */
const maskSide = 33;
/** Poses that fit in 2^20 slots of 17 keypoints. */
const maxPoses = 2 ** 16;

const channels = [keypointCount, 2 * keypointCount, 4 * edgeCount, 2 * keypointCount];
const names = ['heatmaps', 'short offsets', 'mid offsets', 'long offsets'];

/**
 * Inputs: heatmaps as logits, short, middle and, for masks, long offsets, float32 or uint8. Outputs: keypoints [1, poses, 17, 2] as y, x in
 * pixels, their scores [1, poses, 17], scores of poses [1, poses], their number [1], and masks [1, poses, 33, 33]. What lies behind the
 * number of poses is 0; the source leaves it as it is.
 */
export function posenetDecoder(source: CustomSource): CustomOperator {
  checkVersion(source, 1);
  const flex = new FlexOptions(source);
  const options: PoseOptions = {
    maxPoses: flex.int('max_detections', 1, maxPoses),
    scoreThreshold: flex.float('score_threshold'),
    stride: flex.int('stride', 1),
    nmsRadius: flex.float('nms_radius'),
  };
  if (source.inputs !== 3 && source.inputs !== 4) badOption(source.where, `it has ${source.inputs} inputs; it takes 3, or 4 for masks`);
  const hasMasks = source.inputs === 4;
  const words = (word: string, count: number) => new Array<string>(count).fill(word).join(' ');
  return {
    name: 'PosenetDecoderOp',
    options: { ...options },
    operands: `${words('decoded', source.inputs)} > ${words('float32', source.inputs + 1)}`,
    shapes: (node) => shapesOf(node, options.maxPoses),
    work: (node) => workOf(node, options.maxPoses),
    evaluate: (node, inputs, outputs) => {
      // Offsets are in pixels and become positions of the heatmaps.
      const fields = inputs.map((data, i) => fieldOf(node.inputs[i]!, data as Float32Array | Uint8Array, i === 0 ? 1 : options.stride));
      const [keypoints, keypointScores, scores, count, masks] = outputs as Float32Array[];
      const poses = decodePoses([fields[0], fields[1], fields[2]], options);
      for (const output of outputs as Float32Array[]) output.fill(0);
      count[0] = poses.length;
      for (const [i, pose] of poses.entries()) {
        keypoints.set(pose.points, i * pose.points.length);
        keypointScores.set(pose.scores, i * keypointCount);
        scores[i] = pose.score;
      }
      if (hasMasks) decodeMasks(fields[3], poses, options.stride, masks);
    },
  };
}

function shapesOf(node: Node<'CUSTOM'>, poses: number): (readonly number[])[] {
  const [first, ...others] = node.inputs.map((_, i) => imageShape(node, i, 4));
  const [, height, width] = first;
  for (const [i, shape] of [first, ...others].entries()) {
    if (shape[3] !== channels[i]) reject('bad-shape', node, `its ${names[i]} [${shape}] must have ${channels[i]} channels`);
    if (i < 3 && (shape[1] !== height || shape[2] !== width)) {
      reject('bad-shape', node, `its ${names[i]} [${shape}] must have the size of its heatmaps [${first}]`);
    }
  }
  const shapes = [[1, poses, keypointCount, 2], [1, poses, keypointCount], [1, poses], [1]];
  if (node.inputs.length === 3) return shapes;
  const [, rows, columns] = others[2];
  // The last element that is written (see decodeMasks).
  const last = ((poses - 1) * columns + rows - 1) * rows + columns - 1;
  if (last >= poses * maskSide * maskSide) {
    reject('bad-shape', node, `its long offsets [${others[2]}] are larger than masks of ${maskSide} x ${maskSide}`);
  }
  return [...shapes, [1, poses, maskSide, maskSide]];
}

/** Every score may start a path along all edges, and is compared with its neighbours and all poses; poses with each other; masks. */
function workOf(node: Node<'CUSTOM'>, maxPoses: number): number {
  const candidates = elementCount(node.inputs[0]!.shape);
  const poses = Math.min(maxPoses, candidates);
  const masks = node.inputs[3] ? elementCount(node.inputs[3].shape) * (30 + poses) : 0;
  return candidates * (400 + poses) + poses * poses * keypointCount + masks;
}

/** Elements as real numbers over `stride`: (code - zero point) * (scale / stride), each step in float32. */
function fieldOf({ shape, quantization }: Value, data: Float32Array | Uint8Array, stride: number): Field {
  const [, height, width, depth] = shape;
  const [zeroPoint, scale] = data instanceof Uint8Array ? [quantization!.zeroPoint[0], quantization!.scale[0]] : [0, 1];
  return { data, zeroPoint, factor: fround(scale * fround(1 / stride)), height, width, depth };
}
