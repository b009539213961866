// Owns writing TFLite's model metadata on inputs and outputs, which TFLite's task libraries read.
import type { Metadata } from '../graph/graph';
import { type FlatObject, pointer, scalar, string, table, tables, vector, writeFlatBuffer } from '../tflite/flatbuffer-writer';
import { axisLabels, normalizationOptions, metadataSlots as slots, type TensorMetadata, tfliteMetadataName } from './tflite-metadata';

/** Version of the schema that first had all that is written (metadata_schema.fbs, history of versions). */
const minParserVersion = '1.0.0';

function tensorTable({ normalization, labelFile }: TensorMetadata): FlatObject {
  const floats = (values: number | number[]) => vector(Float32Array.from([values].flat()));
  const { ProcessUnit, NormalizationOptions, AssociatedFile, TensorMetadata } = slots;
  const units = normalization && [
    table(
      scalar(ProcessUnit.optionsType, 'int8', normalizationOptions),
      pointer(
        ProcessUnit.options,
        table(pointer(NormalizationOptions.mean, floats(normalization.mean)), pointer(NormalizationOptions.std, floats(normalization.std))),
      ),
    ),
  ];
  const files = labelFile !== undefined && [
    table(pointer(AssociatedFile.name, string(labelFile)), scalar(AssociatedFile.type, 'int8', axisLabels)),
  ];
  return table(
    units ? pointer(TensorMetadata.processUnits, tables(units)) : [],
    files ? pointer(TensorMetadata.associatedFiles, tables(files)) : [],
  );
}

/** An entry for `Graph.metadata`, by metadata_schema.fbs; one member of each list for every input and output of the model, in their order. */
export function tfliteMetadataEntry(inputs: readonly TensorMetadata[], outputs: readonly TensorMetadata[]): Metadata {
  const { ModelMetadata, SubGraphMetadata } = slots;
  const subgraph = table(
    pointer(SubGraphMetadata.inputs, tables(inputs.map(tensorTable))),
    pointer(SubGraphMetadata.outputs, tables(outputs.map(tensorTable))),
  );
  const model = table(
    pointer(ModelMetadata.subgraphs, tables([subgraph])),
    pointer(ModelMetadata.minParserVersion, string(minParserVersion)),
  );
  return { name: tfliteMetadataName, data: writeFlatBuffer(model, 'M001') };
}
