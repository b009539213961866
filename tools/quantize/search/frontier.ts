// Owns the frontier: configurations from the cheapest to the most accurate, each with the change that gains most for its cost.
import type { Graph, Node, Value } from 'zeropoint/graph';
import { outputRule } from '../build/operators';
import type { Scheme } from '../build/scheme';
import { activationsOf, type Configuration, type Precision } from './configuration';
import type { Costs } from './costs';
import type { Sensitivity } from './sensitivity';

/** A configuration with what it is predicted to have. */
export interface Predicted {
  readonly configuration: Configuration;
  /** Of the outputs, relative to their signal; see Sensitivity. */
  readonly noise: number;
  readonly bytes: number;
  readonly milliseconds: number;
}

export interface FrontierSettings {
  readonly scheme: Scheme;
  readonly sensitivity: Sensitivity;
  readonly costs: Costs;
  /** Precisions that nodes may get instead of `base`. */
  readonly precisions: readonly Precision[];
  hasForm(node: Node, precision: Precision): boolean;
  /** Size of the file of the network with all nodes `base`. */
  readonly baseBytes: number;
  /** Nodes whose precision is fixed, and the precision. */
  readonly fixed: ReadonlyMap<Node, Precision>;
  /** Of bytes and milliseconds. */
  readonly limits: Readonly<Pick<Predicted, 'bytes' | 'milliseconds'>>;
}

/** Changes that gain less of the noise than this are not made. */
const leastGain = 1e-3;
/** Least cost of a change, as a share of the network's, so that measured times that are equal but for chance do not make gains infinite. */
const leastCost = 1e-3;

/** The network's parts with their noise, for predictions. */
class Predictor {
  readonly consumers = new Map<Value, number[]>();
  private readonly producers = new Map<Value, number>();
  private readonly baseWeights: number;

  constructor(
    readonly graph: Graph,
    private readonly settings: FrontierSettings,
  ) {
    const { nodes } = graph;
    for (const [i, node] of nodes.entries()) {
      for (const value of node.outputs) this.producers.set(value, i);
      for (const value of new Set(node.inputs)) {
        if (value?.dtype === 'float32' && !value.data) this.consumers.set(value, [...(this.consumers.get(value) ?? []), i]);
      }
    }
    this.baseWeights = nodes.reduce((sum, node) => sum + settings.costs.bytes(node, 'base'), 0);
  }

  predict(configuration: Configuration): Predicted {
    const { costs, baseBytes, sensitivity } = this.settings;
    let [noise, milliseconds, bytes] = [0, 0, baseBytes - this.baseWeights];
    for (const [i, node] of this.graph.nodes.entries()) {
      const precision = configuration[i];
      milliseconds += costs.milliseconds(node, precision);
      bytes += costs.bytes(node, precision);
      if (precision === 'int4') noise += sensitivity.int4Weights.get(node) ?? 0;
      else if (precision !== 'float32') noise += sensitivity.weights.get(node) ?? 0;
    }
    for (const [value, share] of sensitivity.values) if (this.isRounded(value, configuration)) noise += share;
    for (const [value, readers] of this.consumers) milliseconds += this.conversions(value, readers, configuration);
    return { configuration, noise, bytes, milliseconds };
  }

  /** Whether a value is ever in codes of the scheme: its producer writes them, or a consumer reads them. */
  isRounded(value: Value, configuration: Configuration): boolean {
    const isCoded = (i: number) => configuration[i] === 'base' || configuration[i] === 'int4';
    const producer = this.producers.get(value);
    return (producer !== undefined && isCoded(producer)) || (this.consumers.get(value) ?? []).some(isCoded);
  }

  /** The nodes that write and read a value. */
  around(value: Value): number[] {
    const producer = this.producers.get(value);
    return [...(producer === undefined ? [] : [producer]), ...(this.consumers.get(value) ?? [])];
  }

  private conversions(value: Value, readers: readonly number[], configuration: Configuration): number {
    const { scheme, costs } = this.settings;
    const producer = this.producers.get(value);
    const from = producer === undefined ? scheme.activations.dtype : activationsOf(configuration[producer], scheme);
    const others = new Set(readers.map((i) => activationsOf(configuration[i], scheme)).filter((to) => to !== from));
    return [...others].reduce((sum, to) => sum + costs.conversionMilliseconds(value, from, to), 0);
  }
}

/**
 * From the cheapest configuration on, the change with the largest gain per cost is made until none gains: a change makes the writer and the
 * readers of one value more precise, since a value that either has in 8 bits is rounded, or one layer's weights. Its gain is the noise that
 * it takes away, its cost the sum of the relative increases in time and size. Changes within the limits come first, then the others.
 */
export function frontierOf(graph: Graph, settings: FrontierSettings): Predicted[] {
  const { precisions, fixed, scheme, limits } = settings;
  const predictor = new Predictor(graph, settings);
  const cheapest = (node: Node): Precision => {
    const own = fixed.get(node);
    if (own) return own;
    if (precisions.includes('int4') && settings.hasForm(node, 'int4')) return 'int4';
    return outputRule(node, scheme.activations.dtype) ? 'base' : 'float32';
  };
  let current = predictor.predict(graph.nodes.map(cheapest));
  const frontier = [current];
  const [time, size] = [current.milliseconds, settings.baseBytes];
  for (;;) {
    let [best, bestRatio, isBestWithin] = [undefined as Predicted | undefined, 0, false];
    for (const configuration of changes(graph, current.configuration, predictor, settings)) {
      const next = predictor.predict(configuration);
      const gain = current.noise - next.noise;
      if (gain <= leastGain * current.noise) continue;
      const slower = time > 0 ? Math.max(0, next.milliseconds - current.milliseconds) / time : 0;
      const larger = Math.max(0, next.bytes - current.bytes) / size;
      const ratio = gain / Math.max(leastCost, slower + larger);
      const isWithin = next.bytes <= limits.bytes && next.milliseconds <= limits.milliseconds;
      if (isWithin === isBestWithin ? ratio > bestRatio : isWithin) [best, bestRatio, isBestWithin] = [next, ratio, isWithin];
    }
    if (!best) return frontier;
    current = best;
    frontier.push(current);
  }
}

function* changes(graph: Graph, from: Configuration, predictor: Predictor, settings: FrontierSettings): Generator<Configuration> {
  const { precisions, fixed, sensitivity } = settings;
  const changed = (positions: readonly number[], to: Precision): Configuration | undefined => {
    const next = from.slice();
    for (const i of positions) {
      const node = graph.nodes[i];
      const isCoded = from[i] === 'base' || from[i] === 'int4';
      if (!isCoded || fixed.has(node)) continue;
      // Operators that have no such form are float in between.
      next[i] = settings.hasForm(node, to) ? to : 'float32';
    }
    return next.every((precision, i) => precision === from[i]) ? undefined : next;
  };
  for (const to of ['int16', 'float32'] as const) {
    if (!precisions.includes(to)) continue;
    for (const value of sensitivity.values.keys()) {
      const next = predictor.isRounded(value, from) ? changed(predictor.around(value), to) : undefined;
      if (next) yield next;
    }
  }
  for (const [i, node] of graph.nodes.entries()) {
    if (fixed.has(node)) continue;
    if (from[i] === 'int4') yield from.with(i, 'base');
    if (precisions.includes('float32') && from[i] !== 'float32' && sensitivity.weights.has(node)) yield from.with(i, 'float32');
  }
}
