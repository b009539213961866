// Owns the reference TRANSPOSE_CONV: tflite/kernels/internal/reference/transpose_conv.h, integer_ops/transpose_conv.h.
import type { Node } from '../graph/graph';
import { paddingBefore, type WindowAxis, windowPositions } from '../graph/window';
import type { Accumulators } from './accumulate';
import type { Codes, Inputs, Outputs, ReferenceKernels } from './kernel';
import { codeOperands, writeCodes, writeFloats } from './output-stage';
import { forEachPatch } from './window';

type TransposeConvolution = Node<'TRANSPOSE_CONV'>;

/**
 * Adds every input element times every filter tap to the output element it falls on. `sums` [batch, outputH, outputW,
 * outputChannels] starts as zeros; products are below 2^24 for codes, so rounding them to float32 changes floats only.
 */
function scatter(
  node: TransposeConvolution,
  input: Int16Array | Float32Array,
  filter: typeof input,
  sums: Accumulators | Float32Array,
): void {
  const [batches, inputH, inputW, channels] = node.inputs[2]!.shape;
  const [outputChannels, filterH, filterW] = node.inputs[1]!.shape;
  const [, outputH, outputW] = node.outputs[0].shape;
  const { padding, strideH, strideW } = node.attributes;
  // The window and its padding are those of the forward convolution, from the output to the input.
  const axis = (size: number, positions: number, filterSize: number, stride: number): WindowAxis => ({
    input: size,
    output: positions,
    filter: filterSize,
    stride,
    dilation: 1,
    before: paddingBefore(size, windowPositions(padding, size, filterSize, stride), filterSize, stride),
    after: 0,
  });
  const window = { batches, channels: 1, rows: axis(outputH, inputH, filterH, strideH), columns: axis(outputW, inputW, filterW, strideW) };
  // 1 + the output pixel under every tap; 0 outside.
  const targets = new Int32Array(filterH * filterW);
  const pixels = Int32Array.from({ length: batches * outputH * outputW }, (_, i) => i + 1);
  forEachPatch(window, pixels, targets, (pixel) => {
    for (let tap = 0; tap < targets.length; tap++) {
      if (targets[tap] === 0) continue;
      for (let o = 0; o < outputChannels; o++) {
        const to = (targets[tap] - 1) * outputChannels + o;
        const f = (o * targets.length + tap) * channels;
        for (let c = 0; c < channels; c++) sums[to] += Math.fround(input[pixel * channels + c] * filter[f + c]);
      }
    }
  });
}

function transposeCodes(node: TransposeConvolution, inputs: Inputs, output: Codes): void {
  const { input, weights, bias, requantization } = codeOperands(node, inputs);
  const sums = bias instanceof Float64Array ? new Float64Array(output.length) : new Int32Array(output.length);
  scatter(node, input, weights, sums);
  for (let offset = 0; offset < sums.length; offset += bias.length) {
    const accumulators = sums.subarray(offset, offset + bias.length);
    for (let o = 0; o < bias.length; o++) accumulators[o] += bias[o];
    writeCodes(accumulators, requantization, output, offset);
  }
}

function transposeFloats(node: TransposeConvolution, inputs: Inputs, output: Float32Array): void {
  const [, filter, input, bias] = inputs as (Float32Array | undefined)[];
  const channels = node.inputs[1]!.shape[0];
  const sums = new Float32Array(output.length);
  scatter(node, input!, filter!, sums);
  for (let offset = 0; offset < sums.length; offset += channels) {
    writeFloats(sums.subarray(offset, offset + channels), bias, node.attributes.activation, output, offset);
  }
}

/** Inputs: output shape, filter [outputChannels, filterH, filterW, channels], NHWC input, optional bias [outputChannels]. */
function transposeConvolution(node: TransposeConvolution, inputs: Inputs, outputs: Outputs): void {
  if (node.inputs[2]!.dtype === 'float32') transposeFloats(node, inputs, outputs[0] as Float32Array);
  else transposeCodes(node, inputs, outputs[0] as Codes);
}

export const transposeConvolutionKernels: ReferenceKernels = { TRANSPOSE_CONV: transposeConvolution };
