// Owns the entry `zeropoint/tflite`: reading, writing and printing models.
export { ModelError } from './errors';
export * from './graph/graph';
export { printGraph } from './graph/print';
export { FlatBuffer, type Table } from './tflite/flatbuffer';
export { type DeclaredTensor, type Inventory, type OperatorCount, readInventory } from './tflite/inventory';
export { operatorVersion } from './tflite/operator-versions';
export { readModel } from './tflite/read';
export { writeModel } from './tflite/write';
