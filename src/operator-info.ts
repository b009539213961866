// Owns the public description of operators: kernels, shapes and costs.
import { describeNode, dtypeBytes, elementCount, type Node, operatorName, type Value } from './graph/graph';
import { weightedInputs } from './graph/weighted';
import { workOf } from './graph/work';
import { type TensorInfo, tensorInfo } from './tensor';

export interface OperatorInfo {
  /** Position in execution order. */
  readonly index: number;
  /** Type and index in the file, such as `CONV_2D #3`. */
  readonly name: string;
  /** TFLite's name, such as `CONV_2D`, or that of a custom operator. */
  readonly type: string;
  /**
   * The name of the core kernel; `float`: a kernel of the float32 binary, `float-relaxed` of the one with relaxed multiply-adds;
   * `alias`: no computation; `host`: the reference kernel.
   */
  readonly kernel: string;
  /** Constants included; optional inputs that are left out are not. */
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  /** Multiply-adds of one run; 0 for operators without weights. */
  readonly macs: number;
  /** Elements of the constant weights and biases. */
  readonly parameters: number;
  /** Bytes of these constants in the file. */
  readonly weightBytes: number;
}

/** An operator with its measured time. */
export interface OperatorProfile extends OperatorInfo {
  /** Median of the runs, conversions for this operator included. */
  readonly milliseconds: number;
  /** Billions of multiply-adds per second; 0 for operators without weights. */
  readonly gmacs: number;
}

export function operatorInfo(node: Node, index: number, kernel: string): OperatorInfo {
  const present = node.inputs.filter((value): value is Value => value !== undefined);
  const isWeighted = weightedInputs(node.type) !== undefined;
  const constants = isWeighted ? present.filter((value) => value.data) : [];
  const sum = (of: (value: Value) => number) => constants.reduce((total, value) => total + of(value), 0);
  return {
    index,
    name: describeNode(node),
    type: operatorName(node),
    kernel,
    inputs: present.map(tensorInfo),
    outputs: node.outputs.map(tensorInfo),
    macs: isWeighted ? workOf(node) : 0,
    parameters: sum((value) => elementCount(value.shape)),
    weightBytes: sum((value) => elementCount(value.shape) * dtypeBytes[value.dtype]),
  };
}
