// Owns the search for precisions of layers under limits of accuracy, size and time.
import { ModelError } from 'zeropoint';
import { loadSync } from 'zeropoint/float';
import type { Graph, Node } from 'zeropoint/graph';
import { writeModel } from 'zeropoint/tflite';
import type { Samples } from '../../dataset/dataset';
import { maxBytes as memoryLimit } from '../../model/float-model';
import { type FrontierPoint, withFrontier } from '../../model/provenance';
import { laterWarmUpMilliseconds, measureRuns } from '../../model/timing';
import { readOptions } from '../../options';
import { countSteps, type Step } from '../../steps';
import { type Scheme, schemeOf } from '../build/scheme';
import { exceptionsOf } from '../exceptions';
import { type Calibrated, calibrate, type Quantized, quantizeCalibrated, unrefined } from '../model';
import { type CompleteSettings, complete, type QuantizeOptions, quantizeOptionNames } from '../settings';
import { DropMeter } from './accuracy';
import { exceptionNames, hasForm, type Precision } from './configuration';
import { measureCosts } from './costs';
import { frontierOf, type Predicted } from './frontier';
import { measureSensitivity, noiseSamples, type SensitivitySettings, sensitivityRuns } from './sensitivity';

/** At least one limit. */
export interface SearchOptions extends QuantizeOptions {
  /** Largest drop of top-1 on the labelled samples, in percentage points. */
  readonly maxDrop?: number;
  /** Largest size of the file in bytes. */
  readonly maxBytes?: number;
  /** Longest time of one run in milliseconds, the median on one thread of this machine. */
  readonly maxMilliseconds?: number;
  /** Output index = label + labelOffset. Default: 1 for 1001 classes, of which 'background' is the first, else 0. */
  readonly labelOffset?: number;
}

export interface Searched extends Quantized {
  /** Points of top-1; of `maxDrop` only. */
  readonly drop?: number;
  /** Median of one run, in milliseconds. */
  readonly milliseconds: number;
  /** From the cheapest to the most accurate; the one that became the file is chosen. */
  readonly frontier: readonly FrontierPoint[];
}

/** What is quantized for one point of the frontier. */
interface Attempt {
  readonly index: number;
  readonly result: Quantized;
  readonly drop?: number;
}

/** Bytes of a file, and the median milliseconds of one run. */
interface Measured {
  readonly size: number;
  readonly milliseconds: number;
}

const timedRuns = 30;

/** Points of the frontier, without attempts, that the file records. */
const maxRecorded = 24;
/** Mean size of a point as JSON. */
const recordedPointBytes = 80;

const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));

/**
 * Quantizes with the precision of each layer chosen under limits, among int8, int8 with weights of 4 bits (for `maxBytes`), activations of 16
 * bits and float32 (for `maxDrop` and `maxMilliseconds`); of other schemes than int8 among the scheme's and float32. Noise of the outputs that
 * every part adds, sizes, and times on this machine give a frontier (see frontierOf). With `maxDrop` it is the cheapest point that keeps
 * all limits, else the most accurate one. As times are measured, another machine may choose other points.
 * @throws ModelError `bad-argument` for no limit, for limits that no point keeps, and where `maxDrop` has no labels
 */
export async function searchPrecisions(graph: Graph, dataset: Samples, given: SearchOptions): Promise<Searched> {
  const names = { ...quantizeOptionNames, maxDrop: 1, maxBytes: 1, maxMilliseconds: 1, labelOffset: 1 } as const;
  const options = readOptions(given, names, 'searchPrecisions');
  checkLimits(options);
  const { maxDrop } = options;
  const meter = maxDrop === undefined ? undefined : new DropMeter(graph, dataset, options.labelOffset);
  const calibrated = await calibrate(graph, dataset, quantizeOptions(options), noiseSamples);
  const search = new Search(calibrated, options, await frontier(calibrated, options), dataset, meter);
  return maxDrop === undefined ? search.mostAccurate() : search.cheapest(maxDrop);
}

function checkLimits({ maxDrop, maxBytes, maxMilliseconds, scheme }: SearchOptions): void {
  const limits = Object.entries({ maxDrop, maxBytes, maxMilliseconds }).filter(([, limit]) => limit !== undefined);
  if (limits.length === 0) throw new ModelError('bad-argument', 'there is no limit; give maxDrop, maxBytes or maxMilliseconds');
  const bad = limits.find(([name, limit]) => !(limit! >= 0) || (name !== 'maxDrop' && limit === 0));
  if (bad) throw new ModelError('bad-argument', `${bad[0]} is ${bad[1]}; give a number ${bad[0] === 'maxDrop' ? 'from' : 'above'} 0`);
  if (scheme?.weightBits)
    throw new ModelError('bad-argument', 'a search chooses the layers with weights of 4 bits by itself; leave weightBits out');
}

/** Without the limits, which are no options of the quantizer. */
function quantizeOptions({
  maxDrop: _drop,
  maxBytes: _bytes,
  maxMilliseconds: _time,
  labelOffset: _offset,
  ...rest
}: SearchOptions): QuantizeOptions {
  return rest;
}

function precisionsOf({ maxDrop, maxBytes, maxMilliseconds }: SearchOptions, { scheme }: CompleteSettings): Precision[] {
  const isInt8 = scheme.name === 'int8';
  const smaller = maxBytes !== undefined && isInt8;
  const wider = maxDrop !== undefined || maxMilliseconds !== undefined;
  return [
    ...(smaller ? (['int4'] as const) : []),
    ...(wider && isInt8 ? (['int16'] as const) : []),
    ...(wider ? (['float32'] as const) : []),
  ];
}

/** Measures sensitivities and costs. */
async function frontier(calibrated: Calibrated, options: SearchOptions): Promise<Predicted[]> {
  const { float, ranges, samples, floatEnds } = calibrated;
  const settings = complete(quantizeOptions(options));
  const scheme = schemeOf(settings.scheme);
  const precisions = precisionsOf(options, settings);
  const measured: SensitivitySettings = { scheme, weights: settings.weights, int4: precisions.includes('int4') };
  const runs = sensitivityRuns(float, measured);
  const step = countSteps(runs, { onProgress: (done) => options.onProgress?.('search', done, runs), signal: options.signal });
  const sensitivity = await measureSensitivity(float, ranges.tensors, samples, measured, step);
  const costs = measureCosts(float, ranges.tensors, scheme, settings.weights, precisions);
  const exceptions = exceptionsOf(float, options, floatEnds);
  const fixed = new Map<Node, Precision>();
  for (const node of exceptions.skip) fixed.set(node, 'float32');
  for (const node of exceptions.int16) fixed.set(node, 'int16');
  for (const node of exceptions.int4) fixed.set(node, 'int4');
  const isPossible = (node: Node, precision: Precision) => hasForm(node, precision, settings.scheme, scheme);
  // Without wider precisions every change is one of weights.
  const changes = precisions.every((precision) => precision === 'int4')
    ? float.nodes.filter((node) => isPossible(node, 'int4')).length
    : maxRecorded;
  return frontierOf(float, {
    scheme,
    sensitivity,
    costs,
    precisions,
    hasForm: isPossible,
    baseBytes: unrefined(calibrated, quantizeOptions(options)).bytes.length + recordedPointBytes * Math.min(changes + 1, maxRecorded),
    fixed,
    limits: limitsOf(options),
  });
}

const limitsOf = ({ maxBytes, maxMilliseconds }: SearchOptions) => ({
  bytes: maxBytes ?? Number.POSITIVE_INFINITY,
  milliseconds: maxMilliseconds ?? Number.POSITIVE_INFINITY,
});

/** Median milliseconds of one run. */
function timeOf(bytes: Uint8Array): number {
  const model = loadSync(bytes, { maxBytes: memoryLimit });
  try {
    return measureRuns(model, timedRuns, laterWarmUpMilliseconds).median;
  } finally {
    model.dispose();
  }
}

class Search {
  private readonly attempts = new Map<number, Attempt>();
  /** Positions of the points that keep the limits of size and time as far as they are predicted, from the cheapest on. */
  private readonly within: readonly number[];
  private readonly limits: ReturnType<typeof limitsOf>;
  private readonly scheme: Scheme;

  constructor(
    private readonly calibrated: Calibrated,
    private readonly options: SearchOptions,
    private readonly points: readonly Predicted[],
    private readonly dataset: Samples,
    private readonly meter: DropMeter | undefined,
  ) {
    this.scheme = schemeOf(complete(quantizeOptions(options)).scheme);
    const limits = limitsOf(options);
    this.limits = limits;
    this.within = points.flatMap(({ bytes, milliseconds }, i) => (bytes <= limits.bytes && milliseconds <= limits.milliseconds ? [i] : []));
  }

  /** The last point within the limits, whose file and measured time keep them. */
  async mostAccurate(): Promise<Searched> {
    const { points, limits } = this;
    // Runs are slower than their operators said where other work came between; later points are held against that, too.
    let slowdown = 1;
    for (const index of this.within.slice().reverse()) {
      if (points[index].milliseconds * slowdown > limits.milliseconds) continue;
      const measured = this.measure(index);
      if (this.keeps(measured)) return this.searched(await this.attempt(index), measured.milliseconds);
      slowdown = Math.max(slowdown, measured.milliseconds / points[index].milliseconds);
    }
    const { milliseconds } = this.leastOrRefused();
    return this.searched(await this.attempt(0), milliseconds);
  }

  /** The first point whose drop is at most `maxDrop`: with doubled steps from the cheapest on, then by bisection. */
  async cheapest(maxDrop: number): Promise<Searched> {
    if (this.within.length === 0) this.leastOrRefused();
    const within = this.within.length > 0 ? this.within : [0];
    const isEnough = ({ drop }: Attempt) => drop! <= maxDrop;
    let best = await this.attempt(within[0]);
    let [low, high] = [0, 0];
    // Mostly a few changes suffice, so that doubling from 1 takes fewer attempts than bisecting from all.
    while (!isEnough(best)) {
      if (high === within.length - 1) throw new ModelError('bad-argument', this.shortfall(best));
      [low, high] = [high, Math.min(Math.max(1, 2 * high), within.length - 1)];
      best = await this.attempt(within[high]);
    }
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      const found = await this.attempt(within[middle]);
      if (isEnough(found)) [best, high] = [found, middle];
      else low = middle;
    }
    return this.timedOrRefused(best);
  }

  /** Options of the quantizer for a point. */
  private optionsOf(index: number): QuantizeOptions {
    const names = exceptionNames(this.calibrated.float, this.points[index].configuration, this.scheme);
    return { ...quantizeOptions(this.options), ...names };
  }

  private async attempt(index: number): Promise<Attempt> {
    const known = this.attempts.get(index);
    if (known) return known;
    const result = await quantizeCalibrated(this.calibrated, this.optionsOf(index));
    const drop = await this.meter?.dropOf(result.bytes, () => this.judgingSteps());
    const found = { index, result, drop };
    this.attempts.set(index, found);
    return found;
  }

  private judgingSteps(): Step {
    const { size } = this.dataset;
    const { onProgress, signal } = this.options;
    return countSteps(size ?? Number.POSITIVE_INFINITY, { onProgress: (done) => onProgress?.('judge', done, size), signal });
  }

  /** What a search gives for an attempt, of which one run takes so long. */
  private searched({ index, result, drop }: Attempt, milliseconds: number): Searched {
    return { ...this.withRecord(result, index), drop, milliseconds };
  }

  /** With the frontier in the file, of which the point `chosen` became the file. */
  private withRecord(result: Quantized, chosen: number): Quantized & Pick<Searched, 'frontier'> {
    const frontier = this.frontier(chosen);
    const graph = { ...result.graph, metadata: withFrontier(result.graph.metadata, frontier) };
    return { ...result, graph, bytes: writeModel(graph), frontier };
  }

  /** Of the file of a point: neither depends on what refinement does to weights. */
  private measure(index: number): Measured {
    const { bytes } = this.withRecord(unrefined(this.calibrated, this.optionsOf(index)), index);
    return { size: bytes.length, milliseconds: timeOf(bytes) };
  }

  private keeps({ size, milliseconds }: Measured): boolean {
    return size <= this.limits.bytes && milliseconds <= this.limits.milliseconds;
  }

  /** Of the cheapest point. Refused before anything is refined. */
  private leastOrRefused(): Measured {
    const least = this.measure(0);
    if (!this.keeps(least)) throw this.refusal(least);
    return least;
  }

  private timedOrRefused(attempt: Attempt): Searched {
    const found = this.searched(attempt, timeOf(attempt.result.bytes));
    const measured = { size: found.bytes.length, milliseconds: found.milliseconds };
    if (!this.keeps(measured)) throw this.refusal(measured, found.drop);
    return found;
  }

  private refusal(measured: Measured, points?: number): ModelError {
    const { limits } = this;
    const size = measured.size > limits.bytes ? `${measured.size} bytes` : undefined;
    const time = measured.milliseconds > limits.milliseconds ? `${measured.milliseconds.toFixed(2)} ms a run` : undefined;
    const drop = points === undefined ? '' : `, with a drop of ${points.toFixed(2)} points`;
    return new ModelError(
      'bad-argument',
      `the least that was found takes ${[size, time].filter(Boolean).join(' and ')}${drop}; allow more`,
    );
  }

  private shortfall({ drop }: Attempt): string {
    const points = `${drop!.toFixed(2)} points`;
    const isAll = this.within.length === this.points.length;
    return isAll
      ? `top-1 drops ${points} with all that gains in more than 8 bits; allow more than that, or give inputs of float32`
      : `top-1 drops ${points} within the limits of size and time; allow more of either`;
  }

  private frontier(chosen: number): FrontierPoint[] {
    const { points, attempts } = this;
    const stride = Math.ceil(points.length / maxRecorded);
    const isRecorded = (i: number) => i % stride === 0 || i === points.length - 1 || i === chosen || attempts.has(i);
    return points.flatMap((point, i) => {
      if (!isRecorded(i)) return [];
      const { skip, int16, int4 } = exceptionNames(this.calibrated.float, point.configuration, this.scheme);
      const attempt = attempts.get(i);
      const recorded: FrontierPoint = {
        bytes: attempt?.result.bytes.length ?? Math.round(point.bytes),
        milliseconds: rounded(point.milliseconds, 3),
        decibels: rounded(-10 * Math.log10(Math.max(point.noise, 1e-15)), 1),
        float32: skip.length,
        int16: int16.length,
        int4: int4.length,
        ...(attempt?.drop !== undefined && { drop: rounded(attempt.drop, 2) }),
        ...(i === chosen && { isChosen: true }),
      };
      return [recorded];
    });
  }
}
