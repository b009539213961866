// Owns the operators of graph models that reduce axes, and those that work along one.
import type { OperatorType } from 'zeropoint/graph';
import type { Converter } from '../call';

type Reduction = Extract<OperatorType, 'MEAN' | 'SUM' | 'REDUCE_MAX' | 'REDUCE_MIN' | 'REDUCE_PROD' | 'REDUCE_ANY' | 'REDUCE_ALL'>;

/** Inputs: value, axes; without axes nothing is reduced. */
export function reduction(type: Reduction): Converter {
  return (call) => {
    const x = call.input(0);
    if (call.integers(1).length === 0) return x;
    return call.builder.node(type, { keepDims: call.flag('keep_dims') }, [x, call.list(1, 'axes')], call.name);
  };
}

/** Inputs: value, axis; the results are int32 in TensorFlow.js, whatever `output_type` says. */
export function arg(type: 'ARG_MAX' | 'ARG_MIN'): Converter {
  return (call) => {
    const x = call.input(0);
    const [axis = 0] = call.inputs.length > 1 ? call.integers(1) : [0];
    const operand = call.builder.ints(`${call.name}/axis`, [call.axis(axis, x.shape.length)], []);
    return call.builder.node(type, { outputType: 'int32' }, [x, operand], call.name);
  };
}

export const softmax: Converter = (call) => call.builder.node('SOFTMAX', { beta: 1 }, [call.input(0)], call.name);

/** Inputs: value, axis. */
export const cumsum: Converter = (call) => {
  const attributes = { exclusive: call.flag('exclusive'), reverse: call.flag('reverse') };
  return call.builder.node('CUMSUM', attributes, [call.input(0), call.input(1)], call.name);
};

/** Inputs: indices, depth, value where they are, value elsewhere. */
export const oneHot: Converter = (call) =>
  call.builder.node(
    'ONE_HOT',
    { axis: call.int('axis', -1) },
    [0, 1, 2, 3].map((index) => call.input(index)),
    call.name,
  );
