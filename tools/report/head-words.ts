// Owns the wording of what a comparison found per head, the same on the terminal and in the HTML report.
import type { Estimate, PairedEstimate, TaskComparison } from '../compare/figures';
import type { WorstSample } from '../compare/tasks/worst';
import { formatDecibels, formatInterval, formatPoints, formatShare } from './compare-words';
import { formatCount, formatSignificant } from './numbers';

/** One figure of a head; what is absent has no value. */
export interface HeadFigure {
  readonly label: string;
  readonly float?: string;
  readonly quantized: string;
  readonly change?: string;
  readonly note: string;
  /** `loss`: a change that is significant, its 95 % interval below 0. */
  readonly tone?: 'loss' | 'gain';
}

type Format = (value: number) => string;

const similarity: Format = (value) => value.toFixed(3);
const cosine: Format = (value) => value.toFixed(4);
const small: Format = (value) => formatSignificant(value, 3);
const percent: Format = (value) => `${(100 * value).toFixed(2)} %`;

function intervalNote({ interval }: Estimate, format: Format): string {
  return interval ? `95 % interval ${format(interval.low)} to ${format(interval.high)}` : '';
}

const joined = (...notes: string[]): string => notes.filter((note) => note !== '').join('; ');

/** A figure of the difference of both networks. `unit`: what it is a share of; `more` follows the interval. */
function estimateFigure(label: string, estimate: Estimate, format: Format, unit = '', more = ''): HeadFigure {
  if (Number.isNaN(estimate.value)) return { label, quantized: 'none', note: unit };
  return { label, quantized: format(estimate.value), note: joined(unit, intervalNote(estimate, format), more) };
}

/** A share of both networks against labels. */
function pairedFigure(label: string, { float, quantized, drop, interval }: PairedEstimate, note = ''): HeadFigure {
  const range = interval ? `95 % interval ${formatPoints(-interval.high)} to ${formatPoints(-interval.low)}` : '';
  const tone = interval && interval.low > 0 ? 'loss' : drop <= 0 ? 'gain' : undefined;
  return {
    label,
    float: formatShare(float),
    quantized: formatShare(quantized),
    change: `${formatPoints(-drop)} points`,
    note: joined(range, note),
    tone,
  };
}

/** A figure of both networks against labels that is no share. `worse`: the sign of changes for the worse. */
function pairedValueFigure(label: string, estimate: PairedEstimate, format: Format, worse: 1 | -1, note = ''): HeadFigure {
  const { float, quantized, drop, interval } = estimate;
  if (Number.isNaN(drop)) return { label, quantized: 'none', note };
  const signed = (value: number) =>
    format(Math.abs(value)) === format(0) ? format(0) : `${value > 0 ? '+' : '-'}${format(Math.abs(value))}`;
  const range = interval ? `95 % interval ${signed(-interval.high)} to ${signed(-interval.low)}` : '';
  const isLoss = interval && (worse < 0 ? interval.low > 0 : interval.high < 0);
  const tone = isLoss ? 'loss' : -drop * worse <= 0 ? 'gain' : undefined;
  return { label, float: format(float), quantized: format(quantized), change: signed(-drop), note: joined(range, note), tone };
}

type Of<T extends TaskComparison['task']> = Extract<TaskComparison, { task: T }>;

function detectorFigures({
  labelled,
  floatBoxes,
  quantizedBoxes,
  matchedBoxes,
  found,
  iou,
  scoreDifference,
}: Of<'detector'>): HeadFigure[] {
  const about = labelled ? `${formatCount(labelled.objects)} objects in ${formatCount(labelled.samples)} pictures` : '';
  const unknown = labelled && labelled.unknown.length > 0 ? `without ${labelled.unknown.length} classes that it does not have` : '';
  const counts = { float: formatCount(floatBoxes), quantized: formatCount(quantizedBoxes) };
  const others = quantizedBoxes - matchedBoxes;
  return [
    ...(labelled ? [pairedFigure('mAP 50-95', labelled.ap, joined(about, unknown)), pairedFigure('mAP 50', labelled.ap50)] : []),
    { label: 'boxes', ...counts, note: others > 0 ? `${formatCount(others)} of them new` : '' },
    estimateFigure('found again', found, formatShare, 'same class, IoU from 0.5'),
    estimateFigure('IoU of pairs', iou, similarity),
    estimateFigure('score difference', scoreDifference, similarity),
  ];
}

function segmenterFigures({ labelled, meanIou, pixels }: Of<'segmenter'>): HeadFigure[] {
  const about = labelled ? `${formatCount(labelled.samples)} label pictures` : '';
  return [
    ...(labelled ? [pairedFigure('mIoU, labels', labelled.meanIou, about), pairedFigure('pixel accuracy', labelled.pixels)] : []),
    estimateFigure('mIoU of both', meanIou, formatShare),
    estimateFigure('same pixels', pixels, percent),
  ];
}

const worstNote = (worst: readonly WorstSample[], format: Format): string => (worst[0] ? `worst ${format(worst[0].figure)}` : '');

function landmarkFigures({ labelled, normalizedBy, error, worst }: Of<'landmarks'>): HeadFigure[] {
  const unit = `of the ${normalizedBy}`;
  const note = joined(unit, labelled ? `${formatCount(labelled.samples)} labelled` : '');
  return [
    ...(labelled ? [pairedValueFigure('error to labels', labelled.error, percent, 1, note)] : []),
    estimateFigure('mean error', error, percent, unit, worstNote(worst, percent)),
  ];
}

function poseFigures(head: Of<'pose'>): HeadFigure[] {
  const { labelled, worst } = head;
  const about = labelled ? `${formatCount(labelled.people)} people in ${formatCount(labelled.samples)} pictures` : '';
  const toLabels = labelled && [
    pairedFigure('keypoint AP 50-95', labelled.ap, about),
    pairedFigure('keypoint AP 50', labelled.ap50),
    pairedValueFigure('OKS to labels', labelled.similarity, similarity, -1),
  ];
  return [
    ...(toLabels ?? []),
    { label: 'people', float: formatCount(head.floatPeople), quantized: formatCount(head.quantizedPeople), note: '' },
    estimateFigure('OKS', head.similarity, similarity, '', worstNote(worst, similarity)),
    estimateFigure('score difference', head.scoreDifference, similarity),
  ];
}

/** The rows or cards of a head. */
export function headFigures(head: TaskComparison): HeadFigure[] {
  switch (head.task) {
    case 'detector':
      return detectorFigures(head);
    case 'segmenter':
      return segmenterFigures(head);
    case 'landmarks':
      return landmarkFigures(head);
    case 'pose':
      return poseFigures(head);
    case 'embedder': {
      const { samples, share, interval } = head.retrieval;
      return [
        estimateFigure('cosine', head.cosine, cosine, '', `lowest ${cosine(head.lowest)}`),
        { label: 'retrieval at 1', quantized: formatShare(share), note: joined(formatInterval(interval), `among ${formatCount(samples)}`) },
      ];
    }
    case 'regressor':
      return [
        estimateFigure('SQNR', head.sqnr, formatDecibels),
        estimateFigure('mean error', head.error, small, `in a magnitude of ${small(head.magnitude)}`, worstNote(head.worst, small)),
      ];
    default: {
      const { agreement, agreementInterval } = head.classification;
      return [{ label: 'same top-1', quantized: formatShare(agreement), note: formatInterval(agreementInterval) }];
    }
  }
}

/** Where one network alone finds anything. */
function alone({ float, quantized }: WorstSample): string | undefined {
  const [first, second] = [float, quantized].map(({ boxes, poses }) => boxes?.length ?? poses?.length);
  if (first === 0 && second !== undefined && second > 0) return 'found by the quantized network alone';
  return second === 0 && first !== undefined && first > 0 ? 'found by the float network alone' : undefined;
}

/** The figure of one sample, as its head measures it. */
export function sampleFigure({ task }: TaskComparison, sample: WorstSample): string {
  const { figure } = sample;
  const only = alone(sample);
  if (only !== undefined) return only;
  if (Number.isNaN(figure)) return 'no number';
  switch (task) {
    case 'detector':
      return `${formatShare(figure)} of the boxes in both`;
    case 'segmenter':
      return `mIoU ${formatShare(figure)}`;
    case 'landmarks':
      return `mean error ${percent(figure)}`;
    case 'pose':
      return `OKS ${similarity(figure)}`;
    case 'embedder':
      return `cosine ${cosine(figure)}`;
    default:
      return `mean error ${small(figure)}`;
  }
}

const points = (drop: number): string => `${(100 * Math.abs(drop)).toFixed(1)} points`;

/** What labels say of both networks. */
function labelledVerdict(what: string, { drop, interval }: PairedEstimate, samples: number): string {
  if (interval && interval.low > 0) return `Quantization cost ${points(drop)} of ${what}.`;
  if (drop <= 0) return drop < 0 ? `Quantization gained ${points(drop)} of ${what} here.` : `${what} did not change.`;
  return `It lost ${points(drop)} of ${what} on these ${formatCount(samples)} pictures, which is within chance.`;
}

function boxesVerdict({ floatBoxes, quantizedBoxes, matchedBoxes, found }: Of<'detector'>): string {
  if (floatBoxes === 0) return 'The float network finds no objects in these pictures.';
  const others = quantizedBoxes - matchedBoxes;
  const more = others > 0 ? `, and ${formatCount(others)} others` : '';
  return `The quantized network finds ${formatShare(found.value)} of the float one's ${formatCount(floatBoxes)} boxes again${more}.`;
}

/** What labels say of an error that both networks have. */
function errorVerdict({ normalizedBy, labelled }: Of<'landmarks'>): string {
  const { samples, error } = labelled!;
  const { float, quantized, interval } = error;
  const change = `from ${percent(float)} to ${percent(quantized)} of the ${normalizedBy}`;
  if (interval && interval.high < 0) return `Quantization raised the error to the labels ${change}.`;
  if (quantized <= float) return `The error to the labels did not rise: ${change}.`;
  return `The error to the labels rose ${change} on these ${formatCount(samples)} samples, which is within chance.`;
}

function poseVerdict({ floatPeople, similarity: { value }, labelled }: Of<'pose'>): string {
  if (labelled) return labelledVerdict('AP of keypoints', labelled.ap, labelled.samples);
  if (floatPeople === 0) return 'The float network finds nobody in these pictures.';
  return `People of both networks agree to an OKS of ${similarity(value)}.`;
}

/** What became of a head, as a sentence. */
export function headVerdict(head: TaskComparison): string {
  switch (head.task) {
    case 'detector':
      if (head.labelled) return labelledVerdict('mAP', head.labelled.ap, head.labelled.samples);
      return boxesVerdict(head);
    case 'segmenter':
      if (head.labelled) return labelledVerdict('mIoU', head.labelled.meanIou, head.labelled.samples);
      return `Both networks give ${percent(head.pixels.value)} of the pixels the same class.`;
    case 'landmarks':
      return head.labelled ? errorVerdict(head) : `Landmarks move by ${percent(head.error.value)} of the ${head.normalizedBy} on average.`;
    case 'pose':
      return poseVerdict(head);
    case 'embedder':
      return `Embeddings keep a cosine of ${cosine(head.cosine.value)} on average.`;
    case 'regressor':
      return `The output differs by ${small(head.error.value)} on average, in a magnitude of ${small(head.magnitude)}.`;
    default:
      return `Both networks choose the same class in ${formatShare(head.classification.agreement)} of the samples.`;
  }
}
