// Owns ARG_MAX and ARG_MIN: positions of extremes along one axis; codes are compared as they are.
import { elementCount } from '../graph/graph';
import { axisOperand, type ReferenceKernel, type ReferenceKernels } from './kernel';

/**
 * The first position along the axis that no other one `beats` (`tflite/kernels/internal/reference/arg_min_max.h`). A NaN at position 0
 * stays, a later one never wins.
 */
function arg(beats: (candidate: number | bigint, best: number | bigint) => boolean): ReferenceKernel<'ARG_MAX' | 'ARG_MIN'> {
  return (node, inputs, outputs) => {
    const { shape } = node.inputs[0]!;
    const axis = axisOperand(node, inputs[1]!, shape.length);
    const data = inputs[0]!;
    const target = outputs[0];
    const count = shape[axis];
    const inner = elementCount(shape.slice(axis + 1));
    for (let position = 0; position < target.length; position++) {
      const start = Math.floor(position / inner) * count * inner + (position % inner);
      let best = 0;
      let extreme = data[start];
      for (let i = 1; i < count; i++) {
        const candidate = data[start + i * inner];
        if (!beats(candidate, extreme)) continue;
        extreme = candidate;
        best = i;
      }
      target[position] = target instanceof BigInt64Array ? BigInt(best) : best;
    }
  };
}

export const argKernels: ReferenceKernels = {
  ARG_MAX: arg((candidate, best) => candidate > best),
  ARG_MIN: arg((candidate, best) => candidate < best),
};
