// Owns the reference CONV_2D and DEPTHWISE_CONV_2D: tflite/kernels/internal/reference/conv.h, integer_ops/conv.h, depthwiseconv_*.h.
import type { Node, TensorData } from '../graph/graph';
import { type Accumulate, dense, depthwise, filterShape } from './accumulate';
import type { ReferenceKernels } from './kernel';
import { type Codes, codeOperands, writeCodes, writeFloats } from './output-stage';
import { forEachPatch, type Window, windowOf } from './window';

type Convolution = Node<'CONV_2D' | 'DEPTHWISE_CONV_2D'>;
type Inputs = readonly (TensorData | undefined)[];

/** Input NHWC, filter per `accumulate`, optional bias [outputChannels]. */
function convolve(node: Convolution, inputs: Inputs, outputs: readonly TensorData[], accumulate: Accumulate): void {
  const filter = node.inputs[1]!;
  const window = windowOf(node.inputs[0]!, node.outputs[0], filter.shape[1], filter.shape[2], node.attributes);
  if (filter.dtype === 'float32') convolveFloats(node, inputs, outputs[0] as Float32Array, window, accumulate);
  else convolveCodes(node, inputs, outputs[0] as Codes, window, accumulate);
}

/** int8 and uint8, with int32 accumulators. */
function convolveCodes(node: Convolution, inputs: Inputs, output: Codes, window: Window, accumulate: Accumulate): void {
  const channels = node.outputs[0].shape[3];
  const shape = filterShape(window, channels, node.inputs[1]!.shape[3]);
  const { input, weights, bias, requantization } = codeOperands(node, inputs);
  const patch = new Int16Array(shape.taps * shape.channels);
  const accumulators = new Int32Array(channels);
  // With the zero points gone, padding is a plain 0 and adds nothing.
  forEachPatch(window, input, patch, (pixel) => {
    accumulators.set(bias);
    accumulate.integers(shape, patch, weights, accumulators);
    writeCodes(accumulators, requantization, output, pixel * channels);
  });
}

/** Sums before bias, as TFLite orders them: float addition is not associative. */
function convolveFloats(node: Convolution, inputs: Inputs, output: Float32Array, window: Window, accumulate: Accumulate): void {
  const [input, filter, bias] = inputs as (Float32Array | undefined)[];
  const channels = node.outputs[0].shape[3];
  const shape = filterShape(window, channels, node.inputs[1]!.shape[3]);
  const patch = new Float32Array(shape.taps * shape.channels);
  const sums = new Float32Array(channels);
  forEachPatch(window, input!, patch, (pixel) => {
    accumulate.floats(shape, patch, filter!, sums);
    writeFloats(sums, bias, node.attributes.activation, output, pixel * channels);
  });
}

export const convolutionKernels: ReferenceKernels = {
  CONV_2D: (node, inputs, outputs) => convolve(node, inputs, outputs, dense),
  DEPTHWISE_CONV_2D: (node, inputs, outputs) => convolve(node, inputs, outputs, depthwise),
};
