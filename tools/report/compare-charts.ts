// Owns the charts of the comparison report as inline SVG, coloured by the page's CSS variables.
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import type { Histogram, LayerComparison } from '../compare/comparison';
import type { Interval } from '../compare/figures';
import type { FrontierPoint } from '../model/provenance';
import { formatDecibels, layerName } from './compare-words';
import { describePrecisions } from './frontier';
import { Markup } from './html';
import { formatKilobytes, formatMilliseconds } from './numbers';

/** Upper end of the axis, in dB: noise is a millionth of the signal's power. */
const maxDecibels = 60;
/** The marked level, in dB: noise is a thousandth of the signal's power. */
const markedDecibels = 30;

/** Longest name under the axis in characters, width of a character and distance of two names in pixels, at 12 px. */
const labelLength = 24;
const labelCharacter = 7;
const labelPitch = 16;

/** The chart as SVG; `label` is its description for screen readers. */
function draw(label: string, options: Plot.PlotOptions): Markup {
  const { document } = parseHTML('<html><body></body></html>');
  const chart = Plot.plot({ document, ariaLabel: label, ...options } as Plot.PlotOptions);
  chart.setAttribute('role', 'img');
  return new Markup(chart.outerHTML);
}

/**
 * SQNR of every layer, in isolation and inside the network, in the order of execution; `width` in pixels. The axis names the layers,
 * without `prefix`.
 */
export function layerChart(layers: readonly LayerComparison[], width: number, prefix: string): Markup {
  const ordered = [...layers].sort((a, b) => a.index - b.index);
  const points = (pick: (layer: LayerComparison) => number | undefined) =>
    ordered.flatMap((layer, x) => {
      const sqnr = pick(layer);
      const title = `${layerName(layer, 44, prefix)}\n${layer.type}\n${formatDecibels(sqnr)}, ${layer.cause.name}`;
      return sqnr === undefined ? [] : [{ x, y: Math.min(sqnr, maxDecibels), title }];
    });
  const series = [
    { data: points(({ global }) => global?.sqnr), color: 'var(--warm)' },
    { data: points(({ local }) => local?.sqnr), color: 'var(--cool)' },
  ];
  // As many names as fit beside each other; the others are between them, and in the points' titles.
  const step = Math.ceil(ordered.length / Math.floor((width - 54) / labelPitch));
  const longest = Math.max(0, ...ordered.map((layer) => layerName(layer, labelLength, prefix).length));
  const labelHeight = Math.ceil(longest * labelCharacter) + 8;
  const lowest = Math.min(0, ...series.flatMap(({ data }) => data.map(({ y }) => y)));
  return draw('Signal to quantization noise of every layer in dB, alone and in the network', {
    width,
    height: (width < 500 ? 240 : 320) + labelHeight,
    marginLeft: 34,
    marginBottom: labelHeight + 6,
    x: {
      label: null,
      domain: [-0.5, ordered.length - 0.5],
      ticks: ordered.flatMap((_, x) => (x % step === 0 ? [x] : [])),
      tickFormat: (x: number) => layerName(ordered[x], labelLength, prefix),
      tickRotate: -90,
      tickSize: 4,
    },
    y: { label: 'SQNR, dB', domain: [lowest, maxDecibels], grid: true, ticks: 6 },
    marks: [
      Plot.ruleY([markedDecibels], { stroke: 'var(--good)', strokeDasharray: '4 4' }),
      ...series.flatMap(({ data, color }) => [
        Plot.lineY(data, { x: 'x', y: 'y', stroke: color, strokeWidth: 1.5, strokeOpacity: 0.55 }),
        Plot.dot(data, { x: 'x', y: 'y', fill: color, r: ordered.length > 40 ? 2.6 : 3.6, title: 'title' }),
      ]),
    ],
  });
}

/**
 * The frontier of a search: the predicted SQNR over `cost`, as points joined in their order; points with a measured drop are filled, the
 * chosen one is large. `width` in pixels.
 */
export function frontierChart(frontier: readonly FrontierPoint[], cost: 'bytes' | 'milliseconds', width: number): Markup {
  const points = frontier.map((point) => {
    const drop = point.drop === undefined ? '' : `\n${point.drop.toFixed(2)} points of top-1 lost`;
    const x = cost === 'bytes' ? point.bytes / 1000 : point.milliseconds;
    const title = `${describePrecisions(point)}\n${formatKilobytes(point.bytes)}, ${formatMilliseconds(point.milliseconds)}, ${formatDecibels(point.decibels)}${drop}`;
    return { ...point, x, y: Math.min(point.decibels, maxDecibels), title };
  });
  const axis = cost === 'bytes' ? 'file, kB' : 'one run, ms (predicted)';
  return draw(`Predicted signal to quantization noise over ${axis}`, {
    width,
    height: 260,
    marginLeft: 34,
    marginBottom: 36,
    marginRight: 14,
    x: { label: axis, labelAnchor: 'center', labelArrow: 'none', ticks: 5, nice: true },
    y: { label: 'SQNR, dB', grid: true, ticks: 6 },
    marks: [
      Plot.lineY(points, { x: 'x', y: 'y', stroke: 'var(--cool)', strokeWidth: 1.5, strokeOpacity: 0.55, sort: null }),
      Plot.dot(points, {
        x: 'x',
        y: 'y',
        stroke: 'var(--cool)',
        fill: ({ drop }: FrontierPoint) => (drop === undefined ? 'var(--card)' : 'var(--cool)'),
        r: 3.6,
        title: 'title',
      }),
      Plot.dot(
        points.filter(({ isChosen }) => isChosen),
        { x: 'x', y: 'y', fill: 'var(--warm)', r: 6, title: 'title' },
      ),
    ],
  });
}

/**
 * A histogram with bars of height log10(1 + count), since after a ReLU most values are 0. `range` is drawn as two vertical lines, bins
 * outside it in another colour.
 */
export function histogramChart(label: string, { min, max, counts }: Histogram, range: Interval | undefined): Markup {
  const step = (max - min) / counts.length;
  const bars = counts.flatMap((count, i) => {
    const x1 = min + i * step;
    const middle = x1 + step / 2;
    const isOutside = range !== undefined && (middle < range.low || middle > range.high);
    return count > 0 ? [{ x1, x2: x1 + step, y: Math.log10(1 + count), color: isOutside ? 'var(--bad)' : 'var(--cool)' }] : [];
  });
  const low = Math.min(min, range?.low ?? min);
  const high = Math.max(max, range?.high ?? max);
  return draw(label, {
    width: 340,
    height: 130,
    marginLeft: 8,
    marginRight: 8,
    marginTop: 6,
    x: { label: null, domain: high > low ? [low, high] : [low - 1, low + 1], ticks: 5 },
    y: { axis: null },
    marks: [
      Plot.rectY(bars, { x1: 'x1', x2: 'x2', y1: 0, y2: 'y', fill: 'color', insetLeft: 0.5 }),
      Plot.ruleY([0]),
      ...(range ? [Plot.ruleX([range.low, range.high], { stroke: 'var(--warm)', strokeWidth: 2 })] : []),
    ],
  });
}
