// Owns UNIDIRECTIONAL_SEQUENCE_LSTM: `tflite/kernels/unidirectional_sequence_lstm.cc`, with its options from schema.fbs.
import { ModelError } from '../errors';
import { type CustomOperator, elementCount, type TensorData } from '../graph/graph';
import type { CustomSource } from '../tflite/read-operator';
import { updateVariables } from '../tflite/read-variables';
import { builtinTable, intermediatesOf, readActivation, readClip } from './builtin';
import { floatStep } from './lstm-float';
import { checkInteger, integerStep } from './lstm-integer';
import { checkLstm, type LstmOptions, lstmOperands, lstmSizes, operand, runSequences } from './lstm-operands';

const variables = [operand.outputState, operand.cellState];

/** Number in the union BuiltinOptions. */
const union = 71;

function readOptions(source: CustomSource): LstmOptions & { activationCode: number } {
  const table = builtinTable(source, union);
  if (table.bool(5)) throw new ModelError('unsupported-feature', 'diagonal recurrent weights are not supported', { where: source.where });
  const activation = readActivation(table, 0, source.where);
  // TFLite's kernels do not write the vector that this should copy (`ApplyActivationToVector` returns at once).
  if (activation.activation === 'NONE')
    throw new ModelError('unsupported-feature', 'the activation NONE is not supported', { where: source.where });
  return {
    ...activation,
    cellClip: readClip(table, 1, 'cellClip', source.where),
    projectionClip: readClip(table, 2, 'projectionClip', source.where),
    timeMajor: table.bool(3),
    asymmetric: table.bool(4),
  };
}

/**
 * Inputs [batch, steps, size], or [steps, batch, size] when time-major, to as many vectors of outputs; the output state [batch, outputs]
 * and the cell state [batch, cells] go from run to run.
 */
export function lstm(source: CustomSource): CustomOperator {
  const options = readOptions(source);
  const { activationCode, cellClip, projectionClip, timeMajor, asymmetric } = options;
  const hidden = intermediatesOf(source)[4]?.quantization;
  return {
    name: 'UNIDIRECTIONAL_SEQUENCE_LSTM',
    options: { activation: activationCode, cellClip, projectionClip, timeMajor: Number(timeMajor), asymmetric: Number(asymmetric) },
    operands: lstmOperands,
    builtin: {
      union,
      fields: [
        { type: 'int8', value: activationCode },
        { type: 'float32', value: cellClip },
        { type: 'float32', value: projectionClip },
        { type: 'int8', value: Number(timeMajor) },
        { type: 'int8', value: Number(asymmetric) },
      ],
      variables,
      update: (reading) => updateVariables(variables, reading),
      // The first four scale gates with layer normalization, which int8 does not have here.
      intermediates: ({ inputs }) => {
        const state = inputs[operand.outputState]!;
        return [...Array(4).fill(undefined), state.dtype === 'int8' ? (hidden ?? state.quantization) : undefined];
      },
    },
    shapes: (node) => {
      const { outputs } = checkLstm(node, timeMajor);
      const [input, output, cell] = [operand.input, operand.outputState, operand.cellState].map((index) => node.inputs[index]!);
      if (input.dtype === 'int8') checkInteger(node, options);
      return [[...input.shape.slice(0, 2), outputs], output.shape, cell.shape];
    },
    work: (node) => {
      const { inputs, cells, outputs, batch, steps } = lstmSizes(node, timeMajor);
      const projection = node.inputs[operand.projectionWeights];
      return batch * steps * (4 * cells * (inputs + outputs + 8) + (projection ? elementCount(projection.shape) : 0));
    },
    evaluate: (node, data, [output, outputState, cellState]) => {
      const sizes = lstmSizes(node, timeMajor);
      outputState.set(data[operand.outputState] as never);
      cellState.set(data[operand.cellState] as never);
      const run = runSequences as (...parameters: readonly unknown[]) => void;
      const step = output instanceof Int8Array ? integerStep(node, data, options, hidden) : floatStep(node, data, options, sizes);
      run(sizes, timeMajor, [data[operand.input] as TensorData, output, outputState], cellState, step);
    },
  };
}
