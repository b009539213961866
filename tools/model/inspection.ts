// Owns the facts of `zeropoint inspect`: inputs, outputs, operators, totals in the terms of the MobileNets papers, exact memory.
import type { Model, OperatorInfo, TensorInfo } from 'zeropoint';

/** The JSON of `zeropoint inspect`. */
export interface Inspection {
  file: string;
  fileBytes: number;
  description: string;
  metadata: string[];
  inputs: TensorInfo[];
  outputs: TensorInfo[];
  operators: readonly OperatorInfo[];
  totals: { operators: number; hostOperators: number; macs: number; parameters: number; weightBytes: number };
  /** Bytes of linear memory by use; `total` is what loading allocates. */
  memory: Model['memory'];
}

const tensorInfo = ({ name, shape, dtype, scale, zeroPoint }: TensorInfo): TensorInfo => ({ name, shape, dtype, scale, zeroPoint });

export function inspectModel(file: string, fileBytes: number, model: Model): Inspection {
  const { operators } = model;
  const sum = (pick: (operator: OperatorInfo) => number): number => operators.reduce((total, operator) => total + pick(operator), 0);
  return {
    file,
    fileBytes,
    description: model.description,
    metadata: model.metadata.map(({ name }) => name),
    inputs: model.inputs.map(tensorInfo),
    outputs: model.outputs.map(tensorInfo),
    operators,
    totals: {
      operators: operators.length,
      hostOperators: operators.filter(({ kernel }) => kernel === 'host').length,
      macs: sum(({ macs }) => macs),
      parameters: sum(({ parameters }) => parameters),
      weightBytes: sum(({ weightBytes }) => weightBytes),
    },
    memory: model.memory,
  };
}
