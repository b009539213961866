// Owns the operators that only rename axes: RESHAPE, SQUEEZE, EXPAND_DIMS. Row-major order makes all of them plain copies.
import type { TensorData } from '../graph/graph';
import { copyRun } from './element-copy';
import type { ReferenceKernels } from './kernel';

function copyAll(_: unknown, inputs: readonly (TensorData | undefined)[], outputs: readonly TensorData[]): void {
  copyRun(inputs[0]!, 0, outputs[0], 0, outputs[0].length);
}

export const reshapeKernels: ReferenceKernels = { RESHAPE: copyAll, SQUEEZE: copyAll, EXPAND_DIMS: copyAll };
