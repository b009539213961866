// Owns the entry `zeropoint/tflite`: reading, writing and printing models.

export { readInventory } from './custom/inventory';
export { readModel } from './custom/read';
export { ModelError } from './errors';
export * from './graph/graph';
export { printGraph } from './graph/print';
export { tfliteMetadataEntry } from './metadata/write-tflite-metadata';
export { FlatBuffer, type Table } from './tflite/flatbuffer';
export type { DeclaredTensor, Inventory, OperatorCount } from './tflite/inventory';
export { operatorVersion } from './tflite/operator-versions';
export { otherFormat } from './tflite/other-format';
export { writeModel } from './tflite/write';
