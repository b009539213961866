// Owns how the figures of a comparison are worded, alike on the terminal and in the report.
import type { Comparison, Interval, LayerComparison, PairedAccuracy } from '../compare/comparison';
import { formatBytes, formatMilliseconds, formatSignificant } from './numbers';

/** 0.8912 -> 89.1 % */
export function formatShare(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** Points with sign, as drops and intervals are given: +0.8, -1.2, 0.0. */
export function formatPoints(share: number): string {
  const text = (100 * share).toFixed(1);
  return Number(text) === 0 ? '0.0' : share > 0 ? `+${text}` : text;
}

/** A drop as the change it is: 0.02 lost is -2.0 points. */
export function formatDrop({ drop }: PairedAccuracy): string {
  return `${formatPoints(-drop)} points`;
}

/** The change's 95 % interval, lower end first. */
export function formatDropInterval({ interval }: PairedAccuracy): string {
  return `95 % interval ${formatPoints(-interval.high)} to ${formatPoints(-interval.low)}`;
}

export function formatInterval({ low, high }: Interval): string {
  return `95 % interval ${formatShare(low)} to ${formatShare(high)}`;
}

/** 28.3 dB; from 150 on there is no error. */
export function formatDecibels(sqnr: number | undefined): string {
  if (sqnr === undefined) return '';
  return sqnr >= 150 ? 'exact' : `${sqnr.toFixed(1).replace(/^-(0\.0)$/, '$1')} dB`;
}

/** Path segments that say how a layer was written, not which one it is. */
const boilerplate = /(?<=.)\/(batch_norm|FusedBatchNorm(V3)?|BiasAdd|Conv2D|MatMul|Relu6?|ReadVariableOp)(?=\/|$)/g;

/**
 * A layer's name for readers. Converters join the names of fused operators by `;`, of which the first is enough, less what every
 * layer has; beyond `most` characters the middle is left out.
 */
export function layerName({ name }: Pick<LayerComparison, 'name'>, most = 44): string {
  const first = name.split(';')[0].replace(boilerplate, '');
  if (first.length <= most) return first;
  const head = Math.floor((most - 1) / 3);
  return `${first.slice(0, head)}…${first.slice(head + 1 - most)}`;
}

/** What a class is called. */
export function className(index: number | undefined, labels: readonly string[] | undefined): string {
  return index === undefined ? '' : (labels?.[index] ?? `class ${index}`);
}

/** Both sizes and how they relate; undefined where one is unknown. */
export function formatSizes({ float, quantized }: Comparison): { from: string; to: string; ratio: string } | undefined {
  if (float.bytes === undefined || quantized.bytes === undefined) return undefined;
  return {
    from: formatBytes(float.bytes),
    to: formatBytes(quantized.bytes),
    ratio: `${formatSignificant(float.bytes / quantized.bytes, 2)}× smaller`,
  };
}

/** Both latencies and how they relate. */
export function formatSpeeds({ float, quantized }: Comparison): { from: string; to: string; ratio: string } {
  const ratio = float.milliseconds / quantized.milliseconds;
  return {
    from: formatMilliseconds(float.milliseconds),
    to: formatMilliseconds(quantized.milliseconds),
    ratio: ratio >= 1 ? `${formatSignificant(ratio, 2)}× faster` : `${formatSignificant(1 / ratio, 2)}× slower`,
  };
}
