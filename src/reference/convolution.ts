// Owns the reference CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED: tflite/kernels/internal/reference/conv.h, integer_ops/conv.h,
// depthwiseconv_*.h, and fully_connected.h as it was in fixed point.
import type { Node } from '../graph/graph';
import { pointAxis } from '../graph/window';
import { type Accumulate, dense, depthwise, filterShape } from './accumulate';
import type { Codes, Inputs, Outputs, ReferenceKernel, ReferenceKernels } from './kernel';
import { codeOperands, writeCodes, writeFloats } from './output-stage';
import { forEachPatch, type Window, windowOf } from './window';

type Layer = Node<'CONV_2D' | 'DEPTHWISE_CONV_2D' | 'FULLY_CONNECTED'>;

/** Sums over the patches of a window: input and output in pixels of channels, filter per `accumulate`, optional bias [outputChannels]. */
function convolve(node: Layer, inputs: Inputs, [output]: Outputs, window: Window, accumulate: Accumulate): void {
  if (output instanceof Float32Array) convolveFloats(node, inputs, output, window, accumulate);
  else convolveCodes(node, inputs, output as Codes, window, accumulate);
}

/** int8 and uint8 with int32 accumulators, int16 with those of hasWideSums (graph/weighted.ts). */
function convolveCodes(node: Layer, inputs: Inputs, output: Codes, window: Window, accumulate: Accumulate): void {
  const shape = filterShape(node, window);
  const { input, weights, bias, requantization } = codeOperands(node, inputs);
  const patch = new Int16Array(shape.taps * shape.channels);
  const accumulators = bias.slice();
  // With the zero points gone, padding is a plain 0 and adds nothing.
  forEachPatch(window, input, patch, (pixel) => {
    accumulators.set(bias);
    accumulate.integers(shape, patch, weights, accumulators);
    writeCodes(accumulators, requantization, output, pixel * shape.outputChannels);
  });
}

/** Sums before bias, as TFLite orders them: float addition is not associative. */
function convolveFloats(node: Layer, inputs: Inputs, output: Float32Array, window: Window, accumulate: Accumulate): void {
  const [input, filter, bias] = inputs as (Float32Array | undefined)[];
  const shape = filterShape(node, window);
  const patch = new Float32Array(shape.taps * shape.channels);
  const sums = new Float32Array(shape.outputChannels);
  forEachPatch(window, input!, patch, (pixel) => {
    accumulate.floats(shape, patch, filter!, sums);
    writeFloats(sums, bias, node.attributes.activation, output, pixel * shape.outputChannels);
  });
}

/** Input NHWC; filter [outputChannels, filterH, filterW, channels / groups], depthwise [1, filterH, filterW, outputChannels]. */
function sliding(accumulate: Accumulate): ReferenceKernel<'CONV_2D' | 'DEPTHWISE_CONV_2D'> {
  return (node, inputs, outputs) => {
    const [, filterH, filterW] = node.inputs[1]!.shape;
    convolve(node, inputs, outputs, windowOf(node.inputs[0]!, node.outputs[0], filterH, filterW, node.attributes), accumulate);
  };
}

/** Input of rows [channels], weights [outputChannels, channels]: every row is the patch of a 1 x 1 window. */
const fullyConnected: ReferenceKernel<'FULLY_CONNECTED'> = (node, inputs, outputs) => {
  const channels = node.inputs[1]!.shape[1];
  const window = { batches: 1, channels, rows: pointAxis(1), columns: pointAxis(inputs[0]!.length / channels) };
  convolve(node, inputs, outputs, window, dense);
};

export const convolutionKernels: ReferenceKernels = {
  CONV_2D: sliding(dense),
  DEPTHWISE_CONV_2D: sliding(depthwise),
  FULLY_CONNECTED: fullyConnected,
};
