// Owns the question whether a model computes in float32, or has operators of zeropoint/float alone, from its file without reading it all.
import { Account } from '../account';
import { ModelError } from '../errors';
import type { Graph } from '../graph/graph';
import { entryAt } from './flatbuffer';
import { asBytes, type ModelBytes, openFile } from './read';
import { codesOf, isSupported, readOperatorCode } from './read-operator';
import { densifyName, detectionPostProcessName, dtypes, slots } from './schema';

/** Results are float32 and no float arithmetic of networks: conversions from codes, and boxes, which the host finds. */
const converters: readonly string[] = ['DEQUANTIZE', detectionPostProcessName];

/** Whether an operator of the file has a float32 result, other than those of conversions, or is not known to the reader. */
function fileComputesFloat(bytes: ModelBytes): boolean {
  const { model } = openFile(bytes, new Account(asBytes(bytes).length));
  const codes = model.tables(slots.Model.operatorCodes).map((table) => readOperatorCode(table, {}));
  return model.tables(slots.Model.subgraphs).some((subgraph) => {
    const tensors = subgraph.tables(slots.SubGraph.tensors, 'tensor');
    const operators = subgraph.tables(slots.SubGraph.operators, 'operator');
    const isFloat = (index: number) => dtypes[entryAt(tensors, index, 'tensor', 'operators').int8(slots.Tensor.type)] === 'float32';
    return codesOf(operators, codes).some((code, i) => {
      if (!isSupported(code) || code.name === densifyName) return true;
      return !converters.includes(code.type ?? code.name) && (operators[i].int32s(slots.Operator.outputs) ?? []).some(isFloat);
    });
  });
}

/** Whether a model gains from the float binary or needs what comes with it. Damaged files do not: reading them says what is wrong. */
export function computesFloat(source: ModelBytes | Graph): boolean {
  const nodes = (source as Partial<Graph> | undefined)?.nodes;
  if (Array.isArray(nodes)) {
    return nodes.some(
      ({ type, outputs }) => type === 'CUSTOM' || (!converters.includes(type) && outputs.some(({ dtype }) => dtype === 'float32')),
    );
  }
  try {
    return fileComputesFloat(source as ModelBytes);
  } catch (error) {
    if (error instanceof ModelError) return false;
    throw error;
  }
}
