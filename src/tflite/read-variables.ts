// Owns the reading of variable tensors: what operators update in place becomes states, an input and an output of the graph each.
import type { Account } from '../account';
import { ModelError } from '../errors';
import { allocate, describeValue, dtypeBytes, elementCount, type TensorData, type Value, type VariableUpdate } from '../graph/graph';

/** Gives the node an output for each input of `indices`, a variable tensor, which stands for that output from here on. */
export function updateVariables(indices: readonly number[], { node, where, values, added, variables, account }: VariableUpdate): void {
  for (const index of indices) {
    const value = node.inputs[index];
    if (!value?.isVariable || value.data) {
      const found = value ? `, ${describeValue(value)},` : '';
      throw new ModelError('bad-graph', `input ${index}${found} must be a variable tensor`, { where });
    }
    account.charge('tensor', 1);
    const output: Value = { ...value, id: values.length + added.length };
    const state = variables.get(value) ?? { name: value.name, input: value, output };
    if (state.input === value) {
      const initial = initialElements(value, account);
      if (initial) state.initial = initial;
    }
    state.output = output;
    variables.delete(value);
    variables.set(output, state);
    values[state.input.id] = output;
    added.push(output);
    node.outputs.push(output);
  }
}

/**
 * As ResetVariableTensor in `tflite/core/api/tensor_utils.cc` and ResetTensorData in `tflite/micro/micro_interpreter_graph.cc`: int8
 * begins with its zero point, all other dtypes with 0, for which it gives nothing.
 */
function initialElements({ dtype, shape, quantization }: Value, account: Account): TensorData | undefined {
  const zeroPoint = dtype === 'int8' ? quantization?.zeroPoint[0] : 0;
  if (!zeroPoint) return undefined;
  const count = elementCount(shape);
  account.spend(count * dtypeBytes[dtype]);
  return (allocate(dtype, count) as Int8Array).fill(zeroPoint);
}
