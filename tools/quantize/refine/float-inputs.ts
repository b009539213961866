// Owns the float network's inputs of each layer, at the same rows as the matrices of its quantized inputs.
import { loadSync } from 'zeropoint/float';
import { elementCount, type Graph, type Node, scaleOf, type TensorData, type Value, variableInputs, weightedValues } from 'zeropoint/graph';
import { gatherReals } from '../../kernels/input-matrices';
import { maxBytes as maxModelBytes } from '../../model/float-model';
import type { Layer } from '../build/build';
import { FusedValues } from './fused-values';
import { LayerRows, unitsPerStep } from './layer-inputs';

/** Memory of all matrices held at a time; fewer bytes mean more runs of parts of the float network over the samples. */
const maxBytes = 24 * 2 ** 20;

/** Memory of the values that a later run begins with. */
const maxLiveBytes = 32 * 2 ** 20;

/** Where a run of the float network may begin: the elements, per sample, of all values that the nodes from `node` on read. */
interface Start {
  readonly node: number;
  readonly values: ReadonlyMap<Value, readonly Float32Array[]>;
}

/** A layer whose inputs are gathered, and what they are computed from. */
interface Gathered {
  readonly layer: Layer;
  readonly rows: LayerRows;
  readonly matrices: Int16Array;
}

/** Float inputs of the layers of a quantized draft; `take` must follow the order of the layers. */
export class FloatInputs {
  private readonly held = new Map<Layer, Int16Array>();
  private readonly fused: FusedValues;
  private readonly indices: ReadonlyMap<Node, number>;
  private start: Start;

  /**
   * `float`: the graph that the layers were built from, which satisfy hasColumns; `samples`: elements of its inputs; `isReported`: whether
   * the float runtime reports a value, and does not fuse its node into others.
   */
  constructor(
    private readonly float: Graph,
    private readonly layers: readonly Layer[],
    private readonly samples: readonly (readonly TensorData[])[],
    private readonly isReported: (value: Value) => boolean,
  ) {
    this.fused = new FusedValues(float);
    this.indices = new Map(float.nodes.map((node, i) => [node, i]));
    this.start = { node: 0, values: new Map(float.inputs.map((value, i) => [value, samples.map((sample) => sample[i] as Float32Array)])) };
  }

  /**
   * Per sample in turn, its columns [matrices, size, rows of the sample], in units of 1/unitsPerStep of the step of the layer's quantized
   * input; undefined for other layers than those given.
   */
  take(layer: Layer): Int16Array | undefined {
    if (!this.layers.includes(layer)) return undefined;
    if (!this.held.has(layer)) this.gather(layer);
    const stored = this.held.get(layer)!;
    this.held.delete(layer);
    return stored;
  }

  /** Stores the matrices of `next` and of as many later layers as `maxBytes` has room for. */
  private gather(next: Layer): void {
    const chosen: Gathered[] = [];
    let bytes = 0;
    for (const layer of this.layers.slice(this.layers.indexOf(next))) {
      const rows = new LayerRows(layer.node, this.samples.length);
      bytes += 2 * rows.length;
      if (bytes > maxBytes && chosen.length > 0) break;
      chosen.push({ layer, rows, matrices: new Int16Array(rows.length) });
    }
    this.run(chosen);
    for (const { layer, matrices } of chosen) this.held.set(layer, matrices);
  }

  /** Runs the nodes from the start to the last of these layers. */
  private run(chosen: readonly Gathered[]): void {
    const { start } = this;
    const end = Math.max(...chosen.map(({ layer }) => this.indices.get(layer.float)!));
    const kept = this.liveAt(end);
    const needed = chosen.flatMap(({ layer }) => this.fused.sourcesOf(weightedValues(layer.float).input, this.isReported));
    const outputs = [...new Set([...needed, ...(kept ?? [])])].filter((value) => !start.values.has(value));
    const inputs = [...start.values.keys()];
    const graph = partOf(this.float, start.node, end, inputs, outputs);
    const model = outputs.length > 0 ? loadSync(graph, { maxBytes: maxModelBytes }) : undefined;
    const values = new Map((kept ?? []).map((value) => [value, start.values.get(value)?.slice() ?? []]));
    for (let i = 0; i < this.samples.length; i++) {
      for (const [k, value] of inputs.entries()) (model?.inputs[k].data as Float32Array | undefined)?.set(start.values.get(value)![i]);
      model?.run();
      const elements = new Map(outputs.map((value, k) => [value, model!.outputs[k].data as Float32Array]));
      const reported = (value: Value) => elements.get(value) ?? start.values.get(value)?.[i];
      for (const { layer, rows, matrices } of chosen) {
        const data = this.fused.of(weightedValues(layer.float).input, reported) as Float32Array;
        const [row, end] = [rows.firstRow(i), rows.firstRow(i + 1)];
        if (row === end) continue;
        const { input } = weightedValues(layer.node);
        const factor = unitsPerStep(input) / scaleOf(input);
        matrices.set(gatherReals(data, factor, rows.taps(i), rows.columns), row * rows.columns);
      }
      for (const [value, list] of values) if (!start.values.has(value)) list.push(elements.get(value)!.slice());
    }
    model?.dispose();
    if (kept) this.start = { node: end, values };
  }

  /** What a run may begin with at node number `end`; undefined where that is too much, or in the midst of what the runtime fuses. */
  private liveAt(end: number): Value[] | undefined {
    const { start, float } = this;
    const known = new Set([...start.values.keys(), ...float.nodes.slice(start.node, end).flatMap(({ outputs }) => outputs)]);
    const read = new Set(float.nodes.slice(end).flatMap(variableInputs));
    const live = [...known].filter((value) => read.has(value));
    const bytes = live.reduce((sum, { shape }) => sum + 4 * elementCount(shape), 0) * this.samples.length;
    const isClean = live.every((value) => value.dtype === 'float32' && (this.isReported(value) || start.values.has(value)));
    return isClean && bytes <= maxLiveBytes ? live : undefined;
  }
}

/** Nodes [begin, end) as a graph. */
function partOf(float: Graph, begin: number, end: number, inputs: Value[], outputs: Value[]): Graph {
  const nodes = float.nodes.slice(begin, end);
  const values = new Set([...inputs, ...nodes.flatMap((node) => [...node.inputs, ...node.outputs]), ...outputs]);
  return { ...float, nodes, inputs, outputs, values: [...values].filter((value) => value !== undefined), signatures: [], metadata: [] };
}
