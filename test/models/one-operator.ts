// Owns turning a golden case of one operator into a model file whose only node it is.
import type { Graph, OperatorType, TensorData, Value } from '../../src/graph/graph';
import { writeModel } from '../../src/tflite/write';
import { flexMap } from '../support/flex';
import { caseNode, operatorOf, type VectorCase } from '../support/vectors';

/** Positions of the inputs that change from run to run; the others are constants in models. Operators not listed: the first one. */
const dataInputs: { readonly [T in OperatorType]?: readonly number[] } = {
  ADD: [0, 1],
  SUB: [0, 1],
  MUL: [0, 1],
  CONCATENATION: [0, 1, 2, 3],
  TRANSPOSE_CONV: [2],
  TFLite_Detection_PostProcess: [0, 1],
};

/** Operators that models also use with a constant on one side. */
const takesConstants: ReadonlySet<OperatorType> = new Set(['ADD', 'SUB', 'MUL', 'CONCATENATION']);

export interface OneOperatorModel {
  /** Which inputs are constants, for messages. */
  readonly variant: string;
  readonly file: Uint8Array;
  /** Elements of the graph inputs and of the graph outputs. */
  readonly inputs: readonly TensorData[];
  readonly expected: readonly TensorData[];
}

/** The models of one case: as networks have it and, where operands are interchangeable, once with each operand constant. */
export function oneOperatorModels(file: string, vectorCase: VectorCase): OneOperatorModel[] {
  const type = operatorOf(file, vectorCase);
  const data = (dataInputs[type] ?? [0]).filter((position) => position < vectorCase.inputs.length);
  const variants = [data];
  if (takesConstants.has(type)) for (const position of data) variants.push(data.filter((other) => other !== position));
  return variants.map((positions) => oneOperatorModel(type, vectorCase, positions));
}

function oneOperatorModel(type: OperatorType, vectorCase: VectorCase, data: readonly number[]): OneOperatorModel {
  const { node, inputs, expected } = caseNode(type, vectorCase);
  if (node.type === 'TFLite_Detection_PostProcess') node.attributes.customOptions = detectionOptions(vectorCase.params);
  const isData = (_: unknown, position: number) => data.includes(position);
  node.inputs.forEach((value, position) => {
    if (!isData(value, position)) value!.data = inputs[position];
  });
  const graph: Graph = {
    name: type,
    description: '',
    values: [...(node.inputs as Value[]), ...node.outputs],
    inputs: (node.inputs as Value[]).filter(isData),
    outputs: node.outputs,
    nodes: [node],
    signatures: [],
    metadata: [],
    trailer: new Uint8Array(0),
  };
  return { variant: `data inputs ${data}`, file: writeModel(graph), inputs: inputs.filter(isData), expected };
}

/** The FlexBuffer that a file carries: the case's own where it has one. */
function detectionOptions({ flexbuffer, ...numbers }: VectorCase['params']): Uint8Array {
  if (flexbuffer) return Uint8Array.from(flexbuffer);
  const keys = Object.keys(numbers).sort();
  return flexMap(keys.map((key) => [key, Number(numbers[key])]));
}
