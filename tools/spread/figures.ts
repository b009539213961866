// Owns what one quantization lost, as a list of figures: those of a comparison's classes, heads and outputs.
import type { Interval, TaskComparison } from '../compare/figures';
import type { OutputFigures } from '../compare/result';

/**
 * How a figure is written: differences of shares in percentage points, shares in percent, decibels, similarities in [0, 1], and errors in percent of
 * a length.
 */
export type FigureUnit = 'points' | 'share' | 'decibels' | 'similarity' | 'percent';

export interface LossFigure {
  readonly name: string;
  readonly unit: FigureUnit;
  /** Points, shares and percent as numbers in [-1, 1]. */
  readonly value: number;
  /** Of 95 %, where the comparison has one. */
  readonly interval?: Interval;
  /** The same measure of the float network against labels. */
  readonly float?: number;
}

interface Measured {
  readonly value: number;
  readonly interval?: Interval;
}

const figure = (name: string, unit: FigureUnit, { value, interval }: Measured): LossFigure => ({ name, unit, value, interval });

/** The loss of a figure against labels. `sign`: 1 where high figures are good, -1 for errors. */
function loss(
  name: string,
  unit: FigureUnit,
  { drop, interval, float }: { drop: number; interval?: Interval; float: number },
  sign: 1 | -1 = 1,
): LossFigure {
  const signed = sign === 1 || !interval ? interval : { low: -interval.high, high: -interval.low };
  return { name, unit, value: sign * drop, interval: signed, float };
}

function ofClasses({ top1, top5, agreement, agreementInterval }: NonNullable<OutputFigures['classification']>): LossFigure[] {
  return [
    ...(top1 ? [loss('top-1 drop', 'points', top1)] : []),
    ...(top5 ? [loss('top-5 drop', 'points', top5)] : []),
    figure('same top-1', 'share', { value: agreement, interval: agreementInterval }),
  ];
}

/** Of regressors nothing but the SQNR of their outputs. */
function ofHead(head: TaskComparison): LossFigure[] {
  switch (head.task) {
    case 'classifier':
      return ofClasses(head.classification);
    case 'detector':
      return [
        ...(head.labelled ? [loss('mAP 50-95 drop', 'points', head.labelled.ap)] : []),
        figure('boxes found again', 'share', head.found),
      ];
    case 'segmenter':
      return [
        ...(head.labelled ? [loss('mIoU drop', 'points', head.labelled.meanIou)] : []),
        figure('mIoU of both', 'share', head.meanIou),
      ];
    case 'landmarks':
      return [
        ...(head.labelled ? [loss('rise of the error to labels', 'percent', head.labelled.error, -1)] : []),
        figure('mean error', 'percent', head.error),
      ];
    case 'pose':
      return [
        ...(head.labelled ? [loss('keypoint AP drop', 'points', head.labelled.ap)] : []),
        figure('OKS', 'similarity', head.similarity),
      ];
    case 'embedder':
      return [figure('cosine', 'similarity', head.cosine)];
    default:
      return [];
  }
}

/** Figures of the classes, of each head by its task, and the SQNR of each output; with the names of heads and outputs where there are several. */
export function lossFigures({ classification, heads, outputs }: OutputFigures): LossFigure[] {
  const headName = (head: TaskComparison, name: string) => (heads.length > 1 ? `${head.name}: ${name}` : name);
  return [
    ...(classification ? ofClasses(classification) : []),
    ...heads.flatMap((head) => ofHead(head).map((one) => ({ ...one, name: headName(head, one.name) }))),
    ...outputs.map(({ name, sqnr }) => figure(outputs.length > 1 ? `SQNR of ${name}` : 'SQNR', 'decibels', { value: sqnr })),
  ];
}
