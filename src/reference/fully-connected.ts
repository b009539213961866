// Owns the reference FULLY_CONNECTED, in fixed point: tflite/kernels/internal/reference/fully_connected.h before it went to float.
import type { Node, TensorData } from '../graph/graph';
import { dense, type FilterShape } from './accumulate';
import type { ReferenceKernels } from './kernel';
import { type Codes, codeOperands, writeCodes, writeFloats } from './output-stage';

type Inputs = readonly (TensorData | undefined)[];

/** Input of batch rows, weights [outputChannels, channels], optional bias [outputChannels]. */
function fullyConnected(node: Node<'FULLY_CONNECTED'>, inputs: Inputs, outputs: readonly TensorData[]): void {
  const [outputChannels, channels] = node.inputs[1]!.shape;
  const shape = { taps: 1, channels, outputChannels, filterChannels: channels };
  if (node.inputs[0]!.dtype === 'float32') multiplyFloats(node, inputs, outputs[0] as Float32Array, shape);
  else multiplyCodes(node, inputs, outputs[0] as Codes, shape);
}

function multiplyCodes(node: Node<'FULLY_CONNECTED'>, inputs: Inputs, output: Codes, shape: FilterShape): void {
  const { channels, outputChannels } = shape;
  // Unlike convolutions, int8 weights with one scale may have a zero point here.
  const { input: rows, weights, bias, requantization } = codeOperands(node, inputs);
  const accumulators = new Int32Array(outputChannels);
  for (let row = 0; row * channels < rows.length; row++) {
    accumulators.set(bias);
    dense.integers(shape, rows.subarray(row * channels, (row + 1) * channels), weights, accumulators);
    writeCodes(accumulators, requantization, output, row * outputChannels);
  }
}

function multiplyFloats(node: Node<'FULLY_CONNECTED'>, inputs: Inputs, output: Float32Array, shape: FilterShape): void {
  const { channels, outputChannels } = shape;
  const [rows, weights, bias] = inputs as (Float32Array | undefined)[];
  const sums = new Float32Array(outputChannels);
  for (let row = 0; row * channels < rows!.length; row++) {
    dense.floats(shape, rows!.subarray(row * channels, (row + 1) * channels), weights!, sums);
    writeFloats(sums, bias, node.attributes.activation, output, row * outputChannels);
  }
}

export const fullyConnectedKernels: ReferenceKernels = { FULLY_CONNECTED: fullyConnected };
