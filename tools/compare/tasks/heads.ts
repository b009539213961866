// Owns the measures of a network's heads: what each takes of both networks' outputs, by its task.
import { ModelError, type Tensor } from 'zeropoint';
import type { Preprocessing } from 'zeropoint/image';
import {
  cocoKeypoints,
  type DetectorHead,
  decodeKeypointBoxes,
  detectedObjects,
  detectorHead,
  inputSize,
  keypointHeads,
  type ScoredBox,
  segmentation,
  suppressWeighted,
} from 'zeropoint/tasks';
import type { Annotations, LabelMap, Size } from '../../dataset/annotations/annotations';
import type { Sample } from '../../dataset/dataset';
import { type Head, knownKeypoints, type TaskKind, type TaskNetwork } from '../../model/tasks';
import { ClassificationCounter } from '../classification';
import { type CategoryClasses, categoryClasses } from './classes';
import { ClassifierMeasure } from './classifier';
import { DetectorMeasure, type FoundObjects } from './detector';
import { EmbedderMeasure } from './embedder';
import { boxInPicture, type Frame, frameOf } from './frame';
import { type NetworkRun, realsOf } from './measured';
import type { HeadContext, HeadOptions, OpenHead, Truth } from './open-head';
import { openLandmarks, openPose, pointCount, takesPoints } from './point-heads';
import { RegressorMeasure } from './regressor';
import { SegmenterMeasure, voidLabel } from './segmenter';

/** As ObjectDetector and FaceDetector of zeropoint/vision give objects. */
const shownObjects = { maxResults: 100, scoreThreshold: 0.25, iouThreshold: 0.45 };
const shownFaces = { scoreThreshold: 0.5, iouThreshold: 0.3 };
/** As Ultralytics evaluates (ultralytics/cfg/default.yaml, conf of val, iou), and COCO's 100 detections. */
const allObjects = { maxResults: 100, scoreThreshold: 0.001, iouThreshold: 0.7 };

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

function openDetector({ name }: Head, { network, input, labels, labelOffset, annotations }: HeadContext): OpenHead {
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

function openSegmenter({ name, outputs: [index] }: Head, { network, input, labelOffset = 0 }: HeadContext): OpenHead {
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

function openEmbedder({ name, outputs: [index] }: Head, { network }: HeadContext): OpenHead {
  const measure = new EmbedderMeasure(name, network.outputs[index].shape.at(-1)!);
  return { measure, add: (sample, _, float, quantized) => measure.add(sample, realsOf(float, index), realsOf(quantized, index)) };
}

function openRegressor({ name, outputs: [index] }: Head, { network }: HeadContext): OpenHead {
  const measure = new RegressorMeasure(name, network.outputs[index].shape);
  return { measure, add: (sample, _, float, quantized) => measure.add(sample, realsOf(float, index), realsOf(quantized, index)) };
}

/** Labels of the data, which are of one head, are those of a network with one classifier. */
function openClassifier({ name, outputs: [index] }: Head, { network, labelOffset = 0 }: HeadContext, isOnly: boolean): OpenHead {
  const measure = new ClassifierMeasure(name, new ClassificationCounter(network.outputs[index].shape.at(-1)!, labelOffset));
  return {
    measure,
    add(sample, _, float, quantized) {
      measure.counter.add(isOnly ? sample : { ...sample, label: undefined }, realsOf(float, index), realsOf(quantized, index));
    },
  };
}

/** What labels of each kind are called, and the task that takes them, for messages. */
function labelsFor(annotations: Annotations): readonly [task: TaskKind, what: string] {
  if (annotations.kind === 'masks') return ['segmenter', 'classes of pixels'];
  const { keypoints } = annotations;
  return ['detector', keypoints === undefined ? 'boxes' : `boxes and ${keypoints} key points`];
}

/** How messages call a head: its task, and the number of its points. */
function headTitle(head: Head, network: TaskNetwork, annotations: Annotations): string {
  if (head.task === 'pose') return `pose of ${cocoKeypoints.length} points`;
  return head.task === 'landmarks' ? `landmarks of ${pointCount(head, network, annotations)} points` : head.task;
}

/** @throws ModelError `bad-argument` for labels that no head takes */
function checkAnnotations(heads: readonly Head[], network: TaskNetwork, annotations: Annotations | undefined): void {
  if (!annotations) return;
  const [task, what] = labelsFor(annotations);
  if (heads.some((head) => head.task === task || takesPoints(head, network, annotations))) return;
  const found = [...new Set(heads.map((head) => headTitle(head, network, annotations)))].join(', ');
  const isObjects = annotations.kind === 'objects';
  const takesOthers = isObjects && heads.some((head) => head.task === 'pose' || head.task === 'landmarks');
  const other = isObjects && annotations.keypoints !== undefined ? 'landmarks' : task;
  const advice = takesOthers ? 'give keypoints in the format of COCO, with as many points' : `give other labels, or --task ${other}`;
  throw new ModelError('bad-argument', `labels are ${what}, and the network is no ${task} (${found}); ${advice}`, {
    where: annotations.where,
  });
}

/** Opens the measures of all heads. @throws ModelError `bad-argument` for labels that do not go with the network */
export function openHeads(heads: readonly Head[], network: TaskNetwork, options: HeadOptions): OpenHead[] {
  checkAnnotations(heads, network, options.annotations);
  const context: HeadContext = { ...options, network, input: inputSize(network) };
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
