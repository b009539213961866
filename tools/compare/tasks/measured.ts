// Owns what measures of all tasks take of a sample: its identity and the outputs of a network.
import { dequantize, type Tensor } from 'zeropoint';
import type { Graph } from 'zeropoint/graph';
import type { Sample } from '../../dataset/dataset';

export type MeasuredSample = Pick<Sample, 'name' | 'index' | 'picture'>;

/** A network after it has run on a sample. */
export interface NetworkRun {
  readonly graph: Pick<Graph, 'nodes' | 'outputs'>;
  readonly outputs: readonly Tensor[];
}

/** Real numbers of an output. */
export const realsOf = ({ outputs }: NetworkRun, index: number): Float32Array => dequantize(outputs[index]);
