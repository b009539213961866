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

/** Name of the entry among a model's metadata. */
export const tfliteMetadataName = 'TFLITE_METADATA';

/** Slots of tflite-support's metadata_schema.fbs, file identifier M001. */
export const metadataSlots = {
  ModelMetadata: { subgraphs: 3, minParserVersion: 7 },
  SubGraphMetadata: { inputs: 2, outputs: 3 },
  TensorMetadata: { name: 0, processUnits: 4, associatedFiles: 6 },
  ProcessUnit: { optionsType: 0, options: 1 },
  NormalizationOptions: { mean: 0, std: 1 },
  AssociatedFile: { name: 0, type: 2 },
} as const;

/** Numbers of the same schema: members of the union ProcessUnitOptions, and of the enum AssociatedFileType. */
export const normalizationOptions = 1;
export const axisLabels = 2;
const valueLabels = 3;

/** By the schema, a list of one value holds for all channels. */
const perChannel = (values: number[]): number | number[] => (values.length === 1 ? values[0] : values);

const slots = metadataSlots;

function readTensor(table: Table): TensorMetadata {
  const tensor: TensorMetadata = {};
  for (const unit of table.tables(slots.TensorMetadata.processUnits)) {
    if (unit.uint8(slots.ProcessUnit.optionsType) !== normalizationOptions) continue;
    const options = unit.table(slots.ProcessUnit.options);
    const mean = options?.float32s(slots.NormalizationOptions.mean);
    const std = options?.float32s(slots.NormalizationOptions.std);
    if (mean?.length && std?.length) tensor.normalization = { mean: perChannel(mean), std: perChannel(std) };
  }
  for (const file of table.tables(slots.TensorMetadata.associatedFiles)) {
    const type = file.uint8(slots.AssociatedFile.type);
    if (type === axisLabels || type === valueLabels) tensor.labelFile ??= file.string(slots.AssociatedFile.name);
  }
  return tensor;
}

/**
 * Reads TFLITE_METADATA among a model's metadata; without it, both lists are empty.
 * @throws ModelError `malformed` on damaged metadata
 */
export function readTfliteMetadata(entries: readonly { name: string; data: Uint8Array }[]): TfliteMetadata {
  const entry = entries.find(({ name }) => name === tfliteMetadataName);
  if (!entry || entry.data.length < 8) return { inputs: [], outputs: [] };
  const [subgraph] = new FlatBuffer(entry.data).root().tables(slots.ModelMetadata.subgraphs);
  return {
    inputs: subgraph?.tables(slots.SubGraphMetadata.inputs).map(readTensor) ?? [],
    outputs: subgraph?.tables(slots.SubGraphMetadata.outputs).map(readTensor) ?? [],
  };
}
