// Owns the reading of resource variables: handles, initial elements, reads and assignments become the graph's states.
import type { Account } from '../account';
import { ModelError } from '../errors';
import { allocate, describeValue, dtypeBytes, elementCount, type State, type Value } from '../graph/graph';
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

function present(value: Value | undefined, where: string): Value {
  if (!value) throw new ModelError('bad-graph', 'it lacks an operand', { where });
  return value;
}

/** Whether equal codes of both mean equal numbers. */
function sameCodes(a: Value, b: Value): boolean {
  const parameters = ({ quantization }: Value) => JSON.stringify([quantization?.scale, quantization?.zeroPoint]);
  return a.dtype === b.dtype && parameters(a) === parameters(b);
}
