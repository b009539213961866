// Owns the measures of heads whose results are points: landmarks and poses, with labelled key points where there are any.
import { cocoKeypoints, poseRow, readPoses } from 'zeropoint/tasks';
import type { Annotations } from '../../dataset/annotations/annotations';
import { landmarkOutput, pointValues } from '../../model/landmarks';
import type { Head, TaskNetwork } from '../../model/tasks';
import type { Frame } from './frame';
import { labelledPeople, labelledPositions } from './labelled-points';
import { LandmarksMeasure, type Positions } from './landmarks';
import { type NetworkRun, realsOf } from './measured';
import type { HeadContext, OpenHead } from './open-head';
import { type FoundPeople, PoseMeasure } from './pose';
import { shortened } from './worst';

/** MoveNet's own threshold of zeropoint/vision. */
const minPoseScore = 0.2;

/**
 * Landmarks of a network that is not one of MediaPipe's are shares of the input where no coordinate of the float network is larger, as no
 * landmarks in pixels are; inside of the picture shares are at most 1.
 */
const maxShare = 2;

/** How an output holds points. */
interface PointLayout {
  /** Numbers of a point, of which the first two are x and y. */
  readonly values: number;
  readonly points: number;
  /** One of MediaPipe's, whose points are in pixels of the input. */
  readonly isKnown: boolean;
  readonly isInPicture: boolean;
  readonly takesLabels: boolean;
}

const keypointsOf = (annotations: Annotations | undefined): number | undefined =>
  annotations?.kind === 'objects' ? annotations.keypoints : undefined;

/** Labels with key points say how many points the output of an unknown network has, where that divides it into 2 or 3 numbers of each. */
function pointLayout(network: TaskNetwork, index: number, annotations: Annotations | undefined): PointLayout {
  const elements = network.outputs[index].shape.reduce((product, size) => product * size, 1);
  const [known, labelled] = [pointValues(network, index), keypointsOf(annotations)];
  const fitting = labelled === undefined ? undefined : [2, 3].find((size) => size * labelled === elements);
  const values = known ?? fitting ?? (elements % 3 === 0 ? 3 : 2);
  const points = elements / values;
  // MediaPipe's others than the first are in metres, but for parts of faces.
  const isInPicture = values === 2 || index === landmarkOutput(network) || (known === undefined && fitting !== undefined);
  return { values, points, isKnown: known !== undefined, isInPicture, takesLabels: isInPicture && points === labelled };
}

/** Points of a head of landmarks. */
export const pointCount = ({ outputs: [index] }: Head, network: TaskNetwork, annotations: Annotations): number =>
  pointLayout(network, index, annotations).points;

const isPoseLabels = (annotations: Annotations | undefined): boolean => keypointsOf(annotations) === cocoKeypoints.length;

/** Whether labels have the points of a head. */
export function takesPoints({ task, outputs: [index] }: Head, network: TaskNetwork, annotations: Annotations): boolean {
  if (task === 'pose') return isPoseLabels(annotations);
  return task === 'landmarks' && pointLayout(network, index, annotations).takesLabels;
}

export function openLandmarks({ name, outputs: [index] }: Head, { network, input, annotations }: HeadContext): OpenHead {
  const layout = pointLayout(network, index, annotations);
  const { values, points, isInPicture } = layout;
  const measure = new LandmarksMeasure(name, points);
  const coordinates = (run: NetworkRun): Positions => [...realsOf(run, index)].filter((_, i) => i % values < 2);
  return {
    measure,
    add(sample, frame, floatRun, quantizedRun, { objects }) {
      const given = [floatRun, quantizedRun].map(coordinates);
      const isShare = !layout.isKnown && given[0].every((value) => Math.abs(value) <= maxShare);
      const [float, quantized] = isShare
        ? given.map((one) => one.map((value, i) => value * (i % 2 === 0 ? input.width : input.height)))
        : given;
      const { width, height, scaleX, offsetX, scaleY, offsetY } = frame;
      const inPicture = (value: number, i: number) => (i % 2 === 0 ? value * scaleX + offsetX : value * scaleY + offsetY);
      const inShares = (one: Positions) => (isInPicture ? { points: one.map((value, i) => shortened(inPicture(value, i))) } : {});
      measure.add(sample, float, quantized, inShares);
      const truth = objects && layout.takesLabels ? labelledPositions(objects, frame) : undefined;
      if (!truth) return;
      const inPixels = (one: Positions) => one.map((value, i) => inPicture(value, i) * (i % 2 === 0 ? width : height));
      measure.addLabelled(sample, { truth, float: inPixels(float), quantized: inPixels(quantized) });
    },
  };
}

export function openPose({ name, outputs: [index] }: Head, { network, input, annotations }: HeadContext): OpenHead {
  const { shape } = network.outputs[index];
  const row = poseRow(shape)!;
  const isSingle = shape.length === 4;
  const measure = new PoseMeasure(name);
  const people = (run: NetworkRun, { width, height, scaleX, offsetX, scaleY, offsetY }: Frame): FoundPeople => {
    const all = readPoses(realsOf(run, index), row).map((pose) => ({
      score: pose.score,
      keypoints: pose.keypoints.map(({ x, y, score }) => ({
        x: (x * input.width * scaleX + offsetX) * width,
        y: (y * input.height * scaleY + offsetY) * height,
        score,
      })),
    }));
    return { all, shown: all.filter(({ score }) => score >= minPoseScore) };
  };
  const isLabelled = isPoseLabels(annotations);
  return {
    measure,
    add(sample, frame, float, quantized, { objects }) {
      const labels = objects && isLabelled ? labelledPeople(objects, frame, isSingle) : undefined;
      measure.add(sample, { float: people(float, frame), quantized: people(quantized, frame) }, frame, labels);
    },
  };
}
