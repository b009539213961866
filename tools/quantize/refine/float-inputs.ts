// Owns the inputs that layers have in the float network, at the rows at which their quantized inputs are looked at.

import { copyGraph, type Graph, scaleOf, type TensorData, weightedValues } from 'zeropoint/graph';
import { loadFloat } from '../../model/float-model';
import type { Layer } from '../build/build';
import { FusedValues } from './fused-values';
import { hasColumns, LayerRows } from './layer-inputs';

/** Matrices held at once; as many runs of the float network over the samples are needed as these fill up. */
const mostBytes = 128 * 2 ** 20;

/** Fixed point of the stored numbers: 1/64 of the input's quantization step, far below the noise of rounding; clipped at 512 steps. */
const fixedPoint = 64;

/** Float inputs of the layers of a quantized draft, to be taken in the order of the layers. */
export class FloatInputs {
  private readonly held = new Map<Layer, Int16Array>();
  private readonly fused: FusedValues;

  /** `samples` give the elements of the inputs of `float`, the graph that the layers were built from. */
  constructor(
    private readonly float: Graph,
    private readonly layers: readonly Layer[],
    private readonly samples: readonly (readonly TensorData[])[],
  ) {
    this.fused = new FusedValues(float);
  }

  /** Matrices as `quantizedInputs` has them, in steps of the quantized input; the layer satisfies hasColumns. */
  take(layer: Layer): Float32Array {
    if (!this.held.has(layer)) this.gather(layer);
    const stored = this.held.get(layer)!;
    this.held.delete(layer);
    const matrices = new Float32Array(stored.length);
    for (let i = 0; i < stored.length; i++) matrices[i] = stored[i] / fixedPoint;
    return matrices;
  }

  /** Fills up with the matrices of `next` and of layers behind it. */
  private gather(next: Layer): void {
    const chosen: { layer: Layer; rows: LayerRows; matrices: Int16Array }[] = [];
    let bytes = 0;
    for (const layer of this.layers.slice(this.layers.indexOf(next))) {
      if (!hasColumns(layer.node)) continue;
      const rows = new LayerRows(layer.node, this.samples.length);
      bytes += 2 * rows.length;
      if (bytes > mostBytes && chosen.length > 0) break;
      chosen.push({ layer, rows, matrices: new Int16Array(rows.length) });
    }
    const model = loadFloat(copyGraph(this.float));
    const wanted = new Set(chosen.flatMap(({ layer }) => this.fused.padsBefore(weightedValues(layer.float).input)).map(({ id }) => id));
    this.samples.forEach((sample, i) => {
      const seen = new Map<number, Float32Array>();
      model.run(sample, (value, data) => {
        if (wanted.has(value.id)) seen.set(value.id, (data as Float32Array).slice());
      });
      for (const { layer, rows, matrices } of chosen) {
        const { input } = weightedValues(layer.node);
        const data = this.fused.of(weightedValues(layer.float).input, ({ id }) => seen.get(id));
        rows.gather(i, data, { zeroPoint: 0, factor: fixedPoint / scaleOf(input), limit: 0x7fff }, matrices);
      }
    });
    model.dispose();
    for (const { layer, matrices } of chosen) this.held.set(layer, matrices);
  }
}
