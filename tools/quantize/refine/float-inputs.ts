// Owns the float network's inputs of each layer, at the same rows as the matrices of its quantized inputs.
import { type Graph, scaleOf, type TensorData, type Value, weightedValues } from 'zeropoint/graph';
import { loadFloat } from '../../model/float-model';
import type { Layer } from '../build/build';
import { FusedValues } from './fused-values';
import { copyReals, LayerRows } from './layer-inputs';

/** Memory of all matrices held at a time; fewer bytes mean more runs of the float network over the samples. */
const maxBytes = 64 * 2 ** 20;

/**
 * Matrices are stored as int16. Of inputs of 8 bits in units of 1/64 of the quantization step, whose rounding error is far below that of
 * quantization; int16 then holds magnitudes up to 512 steps, two ranges of codes. Of inputs of 16 bits in units of 2 steps: two ranges, too.
 */
const unitsPerStep = ({ dtype }: Value): number => (dtype === 'int16' ? 1 / 2 : 64);

/** Float inputs of the layers of a quantized draft; `take` must follow the order of the layers. */
export class FloatInputs {
  private readonly held = new Map<Layer, Int16Array>();
  private readonly fused: FusedValues;

  /** `float`: the graph that the layers were built from, which satisfy hasColumns; `samples`: elements of its inputs. */
  constructor(
    private readonly float: Graph,
    private readonly layers: readonly Layer[],
    private readonly samples: readonly (readonly TensorData[])[],
  ) {
    this.fused = new FusedValues(float);
  }

  /**
   * Matrices [matrices, size, rows] as of `quantizedInputs`, in steps of the layer's quantized input; undefined for other layers than those
   * given.
   */
  take(layer: Layer): Float32Array | undefined {
    if (!this.layers.includes(layer)) return undefined;
    if (!this.held.has(layer)) this.gather(layer);
    const stored = this.held.get(layer)!;
    this.held.delete(layer);
    const matrices = new Float32Array(stored.length);
    const units = unitsPerStep(weightedValues(layer.node).input);
    for (let i = 0; i < stored.length; i++) matrices[i] = stored[i] / units;
    return matrices;
  }

  /** Runs the float network and stores the matrices of `next` and of as many later layers as `maxBytes` has room for. */
  private gather(next: Layer): void {
    const chosen: { layer: Layer; rows: LayerRows; matrices: Int16Array }[] = [];
    let bytes = 0;
    for (const layer of this.layers.slice(this.layers.indexOf(next))) {
      const rows = new LayerRows(layer.node, this.samples.length);
      bytes += 2 * rows.length;
      if (bytes > maxBytes && chosen.length > 0) break;
      chosen.push({ layer, rows, matrices: new Int16Array(rows.length) });
    }
    const model = loadFloat(this.float);
    const needed = new Set(chosen.flatMap(({ layer }) => this.fused.padsBefore(weightedValues(layer.float).input)).map(({ id }) => id));
    this.samples.forEach((sample, i) => {
      const reported = new Map<number, Float32Array>();
      model.run(sample, (value, data) => {
        if (needed.has(value.id)) reported.set(value.id, data as Float32Array);
      });
      for (const { layer, rows, matrices } of chosen) {
        const { input } = weightedValues(layer.node);
        const data = this.fused.of(weightedValues(layer.float).input, ({ id }) => reported.get(id));
        rows.gather(i, copyReals(data as Float32Array, unitsPerStep(input) / scaleOf(input), matrices));
      }
    });
    model.dispose();
    for (const { layer, matrices } of chosen) this.held.set(layer, matrices);
  }
}
