// Owns the writing of states: resource variables, the operators that read and assign them, and the subgraph that initializes them.
import { allocate, elementCount, type State, type TensorData } from '../graph/graph';
import { type FlatObject, pointer, scalar, string, table, tables, vector } from './flatbuffer-writer';
import { dtypes, resourceType, type StateOperator, slots, stateOptions } from './schema';

/** What writing needs of the file: indices of operator codes by name, of buffers by content, of tensors by value. */
interface FileIndices {
  readonly code: (name: StateOperator) => number;
  readonly buffer: (data: TensorData) => number;
  readonly tensor: (value: State['input']) => number;
}

/** What states add to the graph's subgraph; operators come before and after its own. */
interface WrittenStates {
  readonly tensors: FlatObject[];
  readonly before: FlatObject[];
  readonly after: FlatObject[];
  /** Subgraph 1. */
  readonly initializer: FlatObject;
}

function int32s(values: readonly number[]): FlatObject {
  return vector(Int32Array.from(values));
}

function tensorTable(name: string, shape: readonly number[], type: number, buffer: number): FlatObject {
  const slot = slots.Tensor;
  return table(
    pointer(slot.shape, int32s(shape)),
    scalar(slot.type, 'int8', type),
    scalar(slot.buffer, 'int32', buffer),
    pointer(slot.name, string(name)),
    scalar(slot.hasRank, 'int8', 1),
  );
}

/** Handle i of a subgraph is its tensor `first + i`. */
class StateWriter {
  constructor(
    private readonly indices: FileIndices,
    private readonly first: number,
  ) {}

  operator(name: StateOperator, inputs: readonly number[], outputs: readonly number[], options: FlatObject = table()): FlatObject {
    const slot = slots.Operator;
    return table(
      scalar(slot.opcodeIndex, 'int32', this.indices.code(name)),
      pointer(slot.inputs, int32s(inputs)),
      pointer(slot.outputs, int32s(outputs)),
      scalar(slot.builtinOptionsType, 'int8', stateOptions[name]),
      pointer(slot.builtinOptions, options),
    );
  }

  handle({ name }: State, i: number): FlatObject {
    return this.operator('VAR_HANDLE', [], [this.first + i], table(pointer(slots.VarHandleOptions.sharedName, string(name))));
  }

  read(i: number, output: number): FlatObject {
    return this.operator('READ_VARIABLE', [this.first + i], [output]);
  }

  assign(i: number, input: number): FlatObject {
    return this.operator('ASSIGN_VARIABLE', [this.first + i, input], []);
  }
}

function handles(states: readonly State[]): FlatObject[] {
  return states.map(({ name }) => tensorTable(name, [], resourceType, 0));
}

/** Resource variables; their handles are the tensors behind the `tensors` that the subgraph has without them. */
export function writeStates(states: readonly State[], tensors: number, indices: FileIndices): WrittenStates {
  const main = new StateWriter(indices, tensors);
  const initializing = new StateWriter(indices, states.length);
  const constants = states.map(({ name, input, initial }) => {
    const data = initial ?? allocate(input.dtype, elementCount(input.shape));
    return tensorTable(`${name} (initial)`, input.shape, dtypes.indexOf(input.dtype), indices.buffer(data));
  });
  const slot = slots.SubGraph;
  const initializer = table(
    pointer(slot.tensors, tables([...constants, ...handles(states)])),
    pointer(slot.inputs, int32s([])),
    pointer(slot.outputs, int32s([])),
    pointer(slot.operators, tables(states.flatMap((state, i) => [initializing.handle(state, i), initializing.assign(i, i)]))),
    pointer(slot.name, string('NoOp')),
  );
  const once = main.operator('CALL_ONCE', [], [], table(scalar(slots.CallOnceOptions.subgraph, 'int32', 1)));
  return {
    tensors: handles(states),
    before: [once, ...states.flatMap((state, i) => [main.handle(state, i), main.read(i, indices.tensor(state.input))])],
    after: states.map(({ output }, i) => main.assign(i, indices.tensor(output))),
    initializer,
  };
}
