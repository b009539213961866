// Owns TFLite's model metadata on inputs and outputs, a FlatBuffer inside the model.
import { FlatBuffer, type Table } from '../tflite/flatbuffer';

/** Metadata of one input or output; members that the file does not have are absent. */
export interface TensorMetadata {
  /** real = (pixel - mean) / std, pixels 0..255; one number or one per channel. */
  normalization?: { mean: number | number[]; std: number | number[] };
  /** Name, inside the model's archive, of the file with one label per line. */
  labelFile?: string;
}

export interface TfliteMetadata {
  inputs: TensorMetadata[];
  outputs: TensorMetadata[];
}

// Slots and numbers of tflite-support's metadata_schema.fbs, file identifier M001.
const modelSubgraphs = 3;
const subgraphInputs = 2;
const subgraphOutputs = 3;
const tensorProcessUnits = 4;
const tensorFiles = 6;
const unitType = 0;
const unitOptions = 1;
const normalizationOptions = 1;
const fileName = 0;
const fileType = 2;
const axisLabels = 2;
const valueLabels = 3;

/** By the schema, a list of one value holds for all channels. */
const perChannel = (values: number[]): number | number[] => (values.length === 1 ? values[0] : values);

function readTensor(table: Table): TensorMetadata {
  const tensor: TensorMetadata = {};
  for (const unit of table.tables(tensorProcessUnits)) {
    if (unit.uint8(unitType) !== normalizationOptions) continue;
    const options = unit.table(unitOptions);
    const mean = options?.float32s(0);
    const std = options?.float32s(1);
    if (mean?.length && std?.length) tensor.normalization = { mean: perChannel(mean), std: perChannel(std) };
  }
  for (const file of table.tables(tensorFiles)) {
    const type = file.uint8(fileType);
    if (type === axisLabels || type === valueLabels) tensor.labelFile ??= file.string(fileName);
  }
  return tensor;
}

/**
 * Reads TFLITE_METADATA among a model's metadata; without it, both lists are empty.
 * @throws ModelError `malformed` on damaged metadata
 */
export function readTfliteMetadata(entries: readonly { name: string; data: Uint8Array }[]): TfliteMetadata {
  const entry = entries.find(({ name }) => name === 'TFLITE_METADATA');
  if (!entry || entry.data.length < 8) return { inputs: [], outputs: [] };
  const [subgraph] = new FlatBuffer(entry.data).root().tables(modelSubgraphs);
  return {
    inputs: subgraph?.tables(subgraphInputs).map(readTensor) ?? [],
    outputs: subgraph?.tables(subgraphOutputs).map(readTensor) ?? [],
  };
}
