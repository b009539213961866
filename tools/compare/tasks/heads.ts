// Owns the measures of a network's heads: what each takes of both networks' outputs, by its task.
import { ModelError, type Tensor } from 'zeropoint';
import type { Preprocessing } from 'zeropoint/image';
import {
  type DetectorHead,
  decodeKeypointBoxes,
  detectedObjects,
  detectorHead,
  inputSize,
  keypointHeads,
  poseRow,
  readPoses,
  type ScoredBox,
  segmentation,
  suppressWeighted,
} from 'zeropoint/tasks';
import type { Annotations, LabelledObject, LabelMap, Size } from '../../dataset/annotations/annotations';
import type { Sample } from '../../dataset/dataset';
import { landmarkOutput, pointValues } from '../../model/landmarks';
import { type Head, knownKeypoints, type TaskNetwork } from '../../model/tasks';
import { ClassificationCounter } from '../classification';
import { type CategoryClasses, categoryClasses } from './classes';
import { ClassifierMeasure } from './classifier';
import { DetectorMeasure, type FoundObjects } from './detector';
import { EmbedderMeasure } from './embedder';
import { boxInPicture, type Frame, frameOf } from './frame';
import { LandmarksMeasure, type Positions } from './landmarks';
import type { HeadMeasure } from './measure';
import { type NetworkRun, realsOf } from './measured';
import { type Person, PoseMeasure } from './pose';
import { RegressorMeasure } from './regressor';
import { SegmenterMeasure, voidLabel } from './segmenter';
import { shortened } from './worst';

export interface HeadOptions {
  /** Names by class. */
  readonly labels?: readonly string[];
  readonly labelOffset?: number;
  /** How pictures became inputs. */
  readonly preprocessing?: Preprocessing;
  readonly annotations?: Annotations;
}

/** A sample's labels. */
export interface Truth {
  readonly objects?: readonly LabelledObject[];
  readonly mask?: LabelMap;
}

/** A head while it is measured. */
export interface OpenHead {
  readonly measure: HeadMeasure;
  add(sample: Sample, frame: Frame, float: NetworkRun, quantized: NetworkRun, truth: Truth): void;
}

interface Context extends HeadOptions {
  readonly network: TaskNetwork;
  readonly input: Size;
}

/** As ObjectDetector and FaceDetector of zeropoint/vision give objects. */
const shownObjects = { maxResults: 100, scoreThreshold: 0.25, iouThreshold: 0.45 };
const shownFaces = { scoreThreshold: 0.5, iouThreshold: 0.3 };
/** As Ultralytics evaluates (ultralytics/cfg/default.yaml, conf of val, iou), and COCO's 100 detections. */
const allObjects = { maxResults: 100, scoreThreshold: 0.001, iouThreshold: 0.7 };
/** MoveNet's own threshold of zeropoint/vision. */
const minPoseScore = 0.2;

type Decoder = (run: NetworkRun, isAll: boolean) => ScoredBox[];

/** Boxes of MediaPipe's detectors in pixels of the input, as one class. */
function keypointDecoder({ width, height }: Size): Decoder {
  return (run, isAll) => {
    const heads = keypointHeads<Tensor>(run.outputs, knownKeypoints, width, height)!;
    const [boxes, logits] = [heads.boxes, heads.logits].map((output) => realsOf(run, run.outputs.indexOf(output)));
    const scoreThreshold = isAll ? allObjects.scoreThreshold : shownFaces.scoreThreshold;
    const found = decodeKeypointBoxes(boxes, logits, heads.centres, { width, height, scoreThreshold });
    return suppressWeighted(found, shownFaces.iouThreshold)
      .slice(0, allObjects.maxResults)
      .map(({ box: { left, top, right, bottom }, score }) => ({
        index: 0,
        score,
        box: { left: left * width, top: top * height, right: right * width, bottom: bottom * height },
      }));
  };
}

function objectDecoder(head: DetectorHead, input: Size, classes: number | undefined): Decoder {
  return (run, isAll) => detectedObjects(head, run, input, { ...(isAll ? allObjects : shownObjects), classes });
}

function openDetector({ name }: Head, { network, input, labels, labelOffset, annotations }: Context): OpenHead {
  const head = detectorHead(network, labels?.length);
  const decode = head ? objectDecoder(head, input, labels?.length) : keypointDecoder(input);
  let classes: CategoryClasses | undefined;
  if (annotations?.kind === 'objects') classes = categoryClasses(annotations, { labels, labelOffset, head });
  const measure = new DetectorMeasure(name, classes?.unknown);
  const found = (run: NetworkRun, frame: Frame, isLabelled: boolean): FoundObjects => {
    const placed = (isAll: boolean) => decode(run, isAll).map((object) => ({ ...object, box: boxInPicture(frame, object.box) }));
    return { shown: placed(false), all: isLabelled ? placed(true) : [] };
  };
  return {
    measure,
    add(sample, frame, float, quantized, { objects }) {
      const known = objects?.flatMap(({ category, ...object }) => {
        const index = classes!.classOf(category);
        return index === undefined ? [] : [{ ...object, index }];
      });
      measure.add(sample, found(float, frame, !!known), found(quantized, frame, !!known), known);
    },
  };
}

/** A run with one output alone. */
const onlyOutput = ({ graph, outputs }: NetworkRun, index: number): NetworkRun => ({
  graph: { nodes: graph.nodes, outputs: [graph.outputs[index]] },
  outputs: [outputs[index]],
});

/** Labels as classes of the network; what it does not have is void. */
function labelMap({ categories, ...size }: LabelMap, classes: number, offset: number): LabelMap {
  const classOf = Uint8Array.from({ length: 256 }, (_, label) => {
    const index = label + offset;
    return label === voidLabel || index < 0 || index >= Math.min(classes, voidLabel) ? voidLabel : index;
  });
  return { ...size, categories: categories.map((label) => classOf[label]) };
}

function openSegmenter({ name, outputs: [index] }: Head, { network, input, labelOffset = 0 }: Context): OpenHead {
  const { shape, dtype } = network.outputs[index];
  const isIndices = dtype === 'int32' || dtype === 'int64';
  const channels = shape.length > 2 + Number(shape[0] === 1) ? shape[shape.length - 1] : 1;
  const classes = isIndices ? 256 : channels === 1 ? 2 : channels;
  const measure = new SegmenterMeasure(name, classes);
  return {
    measure,
    add(sample, frame, float, quantized, { mask }) {
      const [ofFloat, ofQuantized] = [float, quantized].map((run) => segmentation(onlyOutput(run, index)));
      measure.add(sample, ofFloat, ofQuantized, { frame, input }, mask && labelMap(mask, classes, labelOffset));
    },
  };
}

function openLandmarks({ name, outputs: [index] }: Head, { network }: Context): OpenHead {
  const elements = network.outputs[index].shape.reduce((product, size) => product * size, 1);
  const values = pointValues(network, index) ?? (elements % 3 === 0 ? 3 : 2);
  const measure = new LandmarksMeasure(name, elements / values);
  // Others than the first are in metres, but for parts of faces.
  const isInPicture = values === 2 || index === landmarkOutput(network);
  const positions = (run: NetworkRun): Positions => [...realsOf(run, index)].filter((_, i) => i % values < 2);
  return {
    measure,
    add(sample, { scaleX, offsetX, scaleY, offsetY }, float, quantized) {
      const inPicture = (value: number, i: number) => shortened(i % 2 === 0 ? value * scaleX + offsetX : value * scaleY + offsetY);
      measure.add(sample, positions(float), positions(quantized), (points) => (isInPicture ? { points: points.map(inPicture) } : {}));
    },
  };
}

function openPose({ name, outputs: [index] }: Head, { network, input }: Context): OpenHead {
  const row = poseRow(network.outputs[index].shape)!;
  const measure = new PoseMeasure(name);
  const people = (run: NetworkRun, { width, height, scaleX, offsetX, scaleY, offsetY }: Frame): Person[] =>
    readPoses(realsOf(run, index), row)
      .filter(({ score }) => score >= minPoseScore)
      .map((pose) => ({
        score: pose.score,
        keypoints: pose.keypoints.map(({ x, y, score }) => ({
          x: (x * input.width * scaleX + offsetX) * width,
          y: (y * input.height * scaleY + offsetY) * height,
          score,
        })),
      }));
  return {
    measure,
    add: (sample, frame, float, quantized) => measure.add(sample, people(float, frame), people(quantized, frame), frame),
  };
}

function openEmbedder({ name, outputs: [index] }: Head, { network }: Context): OpenHead {
  const measure = new EmbedderMeasure(name, network.outputs[index].shape.at(-1)!);
  return { measure, add: (sample, _, float, quantized) => measure.add(sample, realsOf(float, index), realsOf(quantized, index)) };
}

function openRegressor({ name, outputs: [index] }: Head, { network }: Context): OpenHead {
  const measure = new RegressorMeasure(name, network.outputs[index].shape);
  return { measure, add: (sample, _, float, quantized) => measure.add(sample, realsOf(float, index), realsOf(quantized, index)) };
}

/** Labels of the data, which are of one head, are those of a network with one classifier. */
function openClassifier({ name, outputs: [index] }: Head, { network, labelOffset = 0 }: Context, isOnly: boolean): OpenHead {
  const measure = new ClassifierMeasure(name, new ClassificationCounter(network.outputs[index].shape.at(-1)!, labelOffset));
  return {
    measure,
    add(sample, _, float, quantized) {
      measure.counter.add(isOnly ? sample : { ...sample, label: undefined }, realsOf(float, index), realsOf(quantized, index));
    },
  };
}

/** @throws ModelError `bad-argument` for labels that no head takes */
function checkAnnotations(heads: readonly Head[], annotations: Annotations | undefined): void {
  if (!annotations) return;
  const [task, what] = annotations.kind === 'objects' ? (['detector', 'boxes'] as const) : (['segmenter', 'classes of pixels'] as const);
  if (heads.some((head) => head.task === task)) return;
  const found = [...new Set(heads.map((head) => head.task))].join(', ');
  throw new ModelError(
    'bad-argument',
    `labels are ${what}, and the network is no ${task} (${found}); give other labels, or --task ${task}`,
    {
      where: annotations.where,
    },
  );
}

/** Opens the measures of all heads. @throws ModelError `bad-argument` for labels that do not go with the network */
export function openHeads(heads: readonly Head[], network: TaskNetwork, options: HeadOptions): OpenHead[] {
  checkAnnotations(heads, options.annotations);
  const context: Context = { ...options, network, input: inputSize(network) };
  const classifiers = heads.filter(({ task }) => task === 'classifier').length;
  return heads.map((head) => {
    switch (head.task) {
      case 'detector':
        return openDetector(head, context);
      case 'segmenter':
        return openSegmenter(head, context);
      case 'landmarks':
        return openLandmarks(head, context);
      case 'pose':
        return openPose(head, context);
      case 'embedder':
        return openEmbedder(head, context);
      case 'classifier':
        return openClassifier(head, context, classifiers === 1);
      default:
        return openRegressor(head, context);
    }
  });
}

/** The labels of a sample. */
export async function truthOf({ name, size }: Sample, annotations: Annotations | undefined): Promise<Truth> {
  if (annotations?.kind === 'objects') return { objects: size && annotations.of(name, size) };
  return annotations ? { mask: await annotations.of(name) } : {};
}

/** The frame of a sample in an input of this size. */
export const sampleFrame = ({ size }: Sample, network: TaskNetwork, preprocessing: Preprocessing | undefined): Frame =>
  frameOf(size, inputSize(network), preprocessing);
