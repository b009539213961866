// Owns model files of raw tables, for what no graph can express: several subgraphs, operators and types that are not supported.
import { type FlatObject, pointer, scalar, string, table, tables, vector, writeFlatBuffer } from '../../src/tflite/flatbuffer-writer';
import { builtinNames, customOperatorCode, dtypes, resourceType, slots, stateOptions } from '../../src/tflite/schema';

export interface RawTensor {
  readonly shape?: number[];
  /** Elements of an int32 constant. */
  readonly data?: number[];
  /** A handle of a variable. */
  readonly handle?: boolean;
  /** TensorType; default int32. */
  readonly type?: number;
  readonly signature?: number[];
}

interface RawOperator {
  readonly name: string;
  readonly inputs?: number[];
  readonly outputs?: number[];
  /** Name of a variable, or index of a subgraph. */
  readonly option?: string | number;
}

export interface RawSubgraph {
  readonly tensors: RawTensor[];
  readonly operators: RawOperator[];
  readonly inputs?: number[];
  readonly outputs?: number[];
}

const ints = (values: readonly number[] = []) => vector(Int32Array.from(values));

/** An int32 model of these subgraphs; signatures by key with the subgraph, and the name of its first input. */
export function modelFile(subgraphs: RawSubgraph[], signatures: Record<string, [subgraph: number, input: string]> = {}): Uint8Array {
  const buffers: FlatObject[] = [table()];
  const names = [...new Set(subgraphs.flatMap(({ operators }) => operators.map(({ name }) => name)))];
  const tensor = ({ shape = [2], data, handle, type = dtypes.indexOf('int32'), signature }: RawTensor, i: number) => {
    const buffer = data ? buffers.push(table(pointer(0, vector(new Uint8Array(Int32Array.from(data).buffer), 16)))) - 1 : 0;
    const { Tensor } = slots;
    return table(
      pointer(Tensor.shape, ints(handle ? [] : shape)),
      scalar(Tensor.type, 'int8', handle ? resourceType : type),
      scalar(Tensor.buffer, 'int32', buffer),
      pointer(Tensor.name, string(`t${i}`)),
      signature ? pointer(Tensor.shapeSignature, ints(signature)) : [],
    );
  };
  const operator = ({ name, inputs, outputs, option }: RawOperator) => {
    const { Operator } = slots;
    const options =
      typeof option === 'string'
        ? table(pointer(slots.VarHandleOptions.sharedName, string(option)))
        : table(scalar(0, 'int32', option ?? 0));
    const union = name in stateOptions ? stateOptions[name as keyof typeof stateOptions] : 11;
    return table(
      scalar(Operator.opcodeIndex, 'int32', names.indexOf(name)),
      pointer(Operator.inputs, ints(inputs)),
      pointer(Operator.outputs, ints(outputs)),
      scalar(Operator.builtinOptionsType, 'int8', union),
      pointer(Operator.builtinOptions, options),
    );
  };
  const { SubGraph, Model, SignatureDef, TensorMap } = slots;
  const graphs = subgraphs.map(({ tensors, operators, inputs, outputs }, i) =>
    table(
      pointer(SubGraph.tensors, tables(tensors.map(tensor))),
      pointer(SubGraph.inputs, ints(inputs)),
      pointer(SubGraph.outputs, ints(outputs)),
      pointer(SubGraph.operators, tables(operators.map(operator))),
      pointer(SubGraph.name, string(`graph ${i}`)),
    ),
  );
  const defs = Object.entries(signatures).map(([key, [subgraph, input]]) =>
    table(
      pointer(SignatureDef.inputs, tables([table(pointer(TensorMap.name, string(input)), scalar(TensorMap.tensorIndex, 'int32', 0))])),
      pointer(SignatureDef.signatureKey, string(key)),
      scalar(SignatureDef.subgraphIndex, 'int32', subgraph),
    ),
  );
  const codes = names.map((name) => {
    const builtin = builtinNames.indexOf(name);
    const code = builtin < 0 ? customOperatorCode : builtin;
    return table(scalar(0, 'int8', Math.min(code, 127)), builtin < 0 ? pointer(1, string(name)) : [], scalar(3, 'int32', code));
  });
  const model = table(
    scalar(Model.version, 'int32', 3),
    pointer(Model.operatorCodes, tables(codes)),
    pointer(Model.subgraphs, tables(graphs)),
    pointer(Model.buffers, tables(buffers)),
    pointer(Model.signatureDefs, tables(defs)),
  );
  return writeFlatBuffer(model, 'TFL3');
}
