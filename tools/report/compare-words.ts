// Owns the wording of a comparison's figures, the same on the terminal and in the HTML report.
import type { Comparison, LayerComparison } from '../compare/comparison';
import type { Interval, PairedAccuracy } from '../compare/figures';
import { formatBytes, formatMilliseconds, formatSignificant } from './numbers';

/** 0.8912 -> 89.1 % */
export function formatShare(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** A difference of shares as percentage points with sign: +0.8, -1.2, 0.0. */
export function formatPoints(share: number): string {
  const text = (100 * share).toFixed(1);
  return Number(text) === 0 ? '0.0' : share > 0 ? `+${text}` : text;
}

/** The change, which is the negative drop: a drop of 0.02 is -2.0 points. */
export function formatDrop({ drop }: PairedAccuracy): string {
  return `${formatPoints(-drop)} points`;
}

/** The 95 % interval of the change, lower end first. */
export function formatDropInterval({ interval }: PairedAccuracy): string {
  return `95 % interval ${formatPoints(-interval.high)} to ${formatPoints(-interval.low)}`;
}

export function formatInterval({ low, high }: Interval): string {
  return `95 % interval ${formatShare(low)} to ${formatShare(high)}`;
}

/** 28.3 dB; `exact` from 150 dB on, the upper clamp of SQNR; nothing for undefined. */
export function formatDecibels(sqnr: number | undefined): string {
  if (sqnr === undefined) return '';
  return sqnr >= 150 ? 'exact' : `${sqnr.toFixed(1).replace(/^-(0\.0)$/, '$1')} dB`;
}

/** Segments of a layer's path that name an operation inside the layer and not the layer. */
const boilerplate = /(?<=.)\/(batch_norm|FusedBatchNorm(V3)?|BiasAdd|Conv2D|MatMul|Relu6?|ReadVariableOp)(?=\/|$)/g;

/**
 * A layer's short name. Converters join the names of fused operators by `;`: the first one is taken, without segments such as `/BiasAdd`.
 * Names longer than `maxLength` characters lose their middle. `prefix`: of sharedPrefix, left out.
 */
export function layerName(layer: Pick<LayerComparison, 'name'>, maxLength = 44, prefix = ''): string {
  const full = fullName(layer);
  const first = full.startsWith(prefix) ? full.slice(prefix.length) : full;
  if (first.length <= maxLength) return first;
  const head = Math.floor((maxLength - 1) / 3);
  return `${first.slice(0, head)}…${first.slice(head + 1 - maxLength)}`;
}

/** The first name of a layer, without segments that name operations inside of it. */
const fullName = ({ name }: Pick<LayerComparison, 'name'>): string => name.split(';')[0].replace(boilerplate, '');

/** Share of the layers whose names begin with a prefix that is left out. */
const sharedShare = 0.8;

/**
 * The longest beginning of whole segments, ended by `/` or `.`, that most names have, as `MobilenetV1/MobilenetV1/`; empty where there is
 * none, or fewer than 3 layers. No name consists of it alone.
 */
export function sharedPrefix(layers: readonly Pick<LayerComparison, 'name'>[]): string {
  const names = layers.map(fullName);
  let prefix = '';
  for (;;) {
    const counts = new Map<string, number>();
    for (const name of names) {
      const segment = name.startsWith(prefix) ? /^[^/.]*[/.](?=.)/.exec(name.slice(prefix.length))?.[0] : undefined;
      if (segment !== undefined) counts.set(segment, (counts.get(segment) ?? 0) + 1);
    }
    const [best, count] = [...counts].reduce<[string, number]>((most, next) => (next[1] > most[1] ? next : most), ['', 0]);
    if (names.length < 3 || count < sharedShare * names.length) return prefix;
    prefix += best;
  }
}

/** Sizes of both files and their ratio; undefined where one is unknown. */
export function formatSizes({ float, quantized }: Comparison): { from: string; to: string; ratio: string } | undefined {
  if (float.bytes === undefined || quantized.bytes === undefined) return undefined;
  return {
    from: formatBytes(float.bytes),
    to: formatBytes(quantized.bytes),
    ratio: `${formatSignificant(float.bytes / quantized.bytes, 2)}× smaller`,
  };
}

/** Latencies of both networks and their ratio. */
export function formatSpeeds({ float, quantized }: Comparison): { from: string; to: string; ratio: string } {
  const ratio = float.milliseconds / quantized.milliseconds;
  return {
    from: formatMilliseconds(float.milliseconds),
    to: formatMilliseconds(quantized.milliseconds),
    ratio: ratio >= 1 ? `${formatSignificant(ratio, 2)}× faster` : `${formatSignificant(1 / ratio, 2)}× slower`,
  };
}

/** Outputs whose noise is not among the figures of a head. */
export function otherOutputs({ outputs, heads }: Comparison): Comparison['outputs'] {
  return outputs.filter(({ name }) => !heads.some((head) => head.task === 'regressor' && head.name === name));
}
