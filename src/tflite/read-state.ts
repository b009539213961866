// Owns the reading of states: resource variables with their handles, initial elements, reads and assignments, and variable tensors.
import type { Account } from '../account';
import { ModelError } from '../errors';
import { allocate, describeValue, dtypeBytes, elementCount, type Node, type State, type TensorData, type Value } from '../graph/graph';
import type { Table } from './flatbuffer';
import { readOperands } from './read-operator';
import { slots } from './schema';

interface Variable {
  readonly name: string;
  /** What the first read of a run gives. */
  input?: Value;
  /** What a read gives at this place of the graph: the first read's value, or what was assigned last. */
  current?: Value;
  /** A constant of the initializing subgraph. */
  initial?: Value;
}

/** An operator of a subgraph whose tensor i stands for `values[i]`. */
interface StateOperation {
  readonly name: string;
  readonly table: Table;
  readonly where: string;
  readonly values: Value[];
}

function optionsOf(table: Table): Table | undefined {
  return table.table(slots.Operator.builtinOptions);
}

/** Index of the subgraph that a CALL_ONCE runs. */
export function initializerOf(table: Table): number {
  return optionsOf(table)?.int32(slots.CallOnceOptions.subgraph) ?? 0;
}

/** The variables of one graph, by container and name, from its operators in execution order. */
export class StateReader {
  private readonly variables = new Map<string, Variable>();
  private readonly handles = new Map<Value, Variable>();

  constructor(private readonly account: Account) {}

  /** Reads an operator of the graph; a READ_VARIABLE after an assignment makes its tensor stand for what was assigned. */
  read(operation: StateOperation): void {
    const { name, where, values } = operation;
    const { inputs, outputs } = readOperands(operation.table, where, values, this.account);
    if (name === 'VAR_HANDLE') {
      this.handle(operation.table, outputs[0], where);
      return;
    }
    const variable = this.variableOf(inputs[0], where);
    if (name === 'ASSIGN_VARIABLE') {
      variable.current = present(inputs[1], where);
      return;
    }
    const output = present(outputs[0], where);
    if (!variable.current) {
      variable.input = output;
      variable.current = output;
    } else {
      if (!sameCodes(variable.current, output))
        throw new ModelError('unsupported-feature', `it reads ${describeValue(variable.current)} in another quantization`, { where });
      values[output.id] = variable.current;
    }
  }

  /** Reads an operator of the initializing subgraph, which assigns constants. */
  initialize({ name, table, where, values }: StateOperation): void {
    const { inputs, outputs } = readOperands(table, where, values, this.account);
    if (name === 'VAR_HANDLE') this.handle(table, outputs[0], where);
    else if (name === 'ASSIGN_VARIABLE' && inputs[1]?.data) this.variableOf(inputs[0], where).initial = inputs[1];
    else throw new ModelError('unsupported-feature', 'an initializing subgraph may assign constants to variables, nothing else', { where });
  }

  /** The states, once all operators were read. Variables that no run changes become constants. */
  states(): State[] {
    const states: State[] = [];
    for (const { name, input, current, initial } of this.variables.values()) {
      if (!input || !current) continue;
      const where = describeValue(input);
      const count = elementCount(input.shape);
      if (initial && (initial.dtype !== input.dtype || elementCount(initial.shape) !== count))
        throw new ModelError('bad-graph', `variable '${name}' is initialized by ${describeValue(initial)}, which does not fit`, { where });
      if (current === input) {
        if (!initial) this.account.spend(count * dtypeBytes[input.dtype]);
        input.data = initial?.data ?? allocate(input.dtype, count);
      } else states.push({ name, input, output: current, ...(initial?.data && { initial: initial.data }) });
    }
    return states;
  }

  private handle(table: Table, output: Value | undefined, where: string): void {
    const options = optionsOf(table);
    const [container, name] = [slots.VarHandleOptions.container, slots.VarHandleOptions.sharedName].map(
      (slot) => options?.string(slot) ?? '',
    );
    const key = JSON.stringify([container, name]);
    const variable = this.variables.get(key) ?? { name };
    this.variables.set(key, variable);
    this.handles.set(present(output, where), variable);
  }

  private variableOf(handle: Value | undefined, where: string): Variable {
    const variable = handle && this.handles.get(handle);
    if (!variable) throw new ModelError('bad-graph', 'its first input is not the handle of a variable', { where });
    return variable;
  }
}

/** A tensor that operators update in place: as the graph's input it is what a run begins with, as its output what the run leaves. */
interface VariableTensor {
  readonly input: Value;
  output: Value;
}

/** The variable tensors of one graph that its operators update, in execution order. */
export class VariableTensors {
  /** By what their tensor stands for now. */
  private readonly current = new Map<Value, VariableTensor>();

  constructor(private readonly account: Account) {}

  /** Gives `node` an output for each variable tensor that it updates; from here on the tensor stands for that output. */
  update(node: Node<'CUSTOM'>, where: string, values: Value[], added: Value[]): void {
    for (const index of node.attributes.operator.builtin?.variables ?? []) {
      const value = present(node.inputs[index], where);
      const { name, dtype, shape, quantization } = value;
      if (!value.isVariable || value.data)
        throw new ModelError('bad-graph', `input ${index}, ${describeValue(value)}, must be a variable tensor`, { where });
      this.account.charge('tensor', 1);
      const output: Value = { id: values.length + added.length, name, dtype, shape, isVariable: true };
      if (quantization) output.quantization = quantization;
      const tensor = this.current.get(value) ?? { input: value, output };
      tensor.output = output;
      this.current.delete(value);
      this.current.set(output, tensor);
      values[tensor.input.id] = output;
      added.push(output);
      node.outputs.push(output);
    }
  }

  /** What a tensor that stands for `value` is at the beginning of a run. */
  first(value: Value): Value {
    return this.current.get(value)?.input ?? value;
  }

  states(): State[] {
    return Array.from(this.current.values(), ({ input, output }) => {
      const initial = this.initial(input);
      return { name: input.name, input, output, ...(initial && { initial }) };
    });
  }

  /**
   * As ResetVariableTensor in `tflite/core/api/tensor_utils.cc` and ResetTensorData in `tflite/micro/micro_interpreter_graph.cc`: int8 begins with its zero point, all other dtypes with 0.
   */
  private initial({ dtype, shape, quantization }: Value): TensorData | undefined {
    const zeroPoint = dtype === 'int8' ? quantization?.zeroPoint[0] : 0;
    if (!zeroPoint) return undefined;
    const count = elementCount(shape);
    this.account.spend(count * dtypeBytes[dtype]);
    return (allocate(dtype, count) as Int8Array).fill(zeroPoint);
  }
}

function present(value: Value | undefined, where: string): Value {
  if (!value) throw new ModelError('bad-graph', 'it lacks an operand', { where });
  return value;
}

/** Whether equal codes of both mean equal numbers. */
function sameCodes(a: Value, b: Value): boolean {
  const parameters = ({ quantization }: Value) => JSON.stringify([quantization?.scale, quantization?.zeroPoint]);
  return a.dtype === b.dtype && parameters(a) === parameters(b);
}
