// Owns the reference TRANSPOSE_CONV: tflite/kernels/internal/reference/transpose_conv.h, integer_ops/transpose_conv.h.
import type { Node, TensorData } from '../graph/graph';
import { convolutionMultipliers } from '../quant/channel-multipliers';
import { tensorParams } from '../quant/params';
import type { ReferenceKernels } from './kernel';
import { type Codes, centre, filterZeroPoint, requantizationOf, writeCodes, writeFloats } from './output-stage';
import { paddingBefore } from './window';

type TransposeConvolution = Node<'TRANSPOSE_CONV'>;

/**
 * Adds every input element times every filter tap to the output element it falls on. `sums` [batch, outputH, outputW,
 * outputChannels] starts as zeros; products are below 2^17 for codes, so rounding them to float32 changes floats only.
 */
function scatter(
  node: TransposeConvolution,
  input: Int16Array | Float32Array,
  filter: typeof input,
  sums: Int32Array | Float32Array,
): void {
  const [batches, inputH, inputW, channels] = node.inputs[2]!.shape;
  const [outputChannels, filterH, filterW] = node.inputs[1]!.shape;
  const [, outputH, outputW] = node.outputs[0].shape;
  const { padding, strideH, strideW } = node.attributes;
  // The padding is that of the forward convolution, from the output to the input.
  const top = paddingBefore(padding, outputH, filterH, strideH, 1);
  const left = paddingBefore(padding, outputW, filterW, strideW, 1);

  const scatterPixel = (from: number, batch: number, originY: number, originX: number) => {
    for (let filterY = 0; filterY < filterH; filterY++) {
      const y = originY + filterY;
      if (y < 0 || y >= outputH) continue;
      for (let filterX = 0; filterX < filterW; filterX++) {
        const x = originX + filterX;
        if (x < 0 || x >= outputW) continue;
        const to = ((batch * outputH + y) * outputW + x) * outputChannels;
        for (let o = 0; o < outputChannels; o++) {
          const f = ((o * filterH + filterY) * filterW + filterX) * channels;
          for (let c = 0; c < channels; c++) sums[to + o] += Math.fround(input[from + c] * filter[f + c]);
        }
      }
    }
  };

  let from = 0;
  for (let batch = 0; batch < batches; batch++) {
    for (let y = 0; y < inputH; y++) {
      for (let x = 0; x < inputW; x++) {
        scatterPixel(from, batch, y * strideH - top, x * strideW - left);
        from += channels;
      }
    }
  }
}

function transposeCodes(node: TransposeConvolution, inputs: readonly (TensorData | undefined)[], output: Codes): void {
  const [, filter, input] = node.inputs;
  const channels = filter!.shape[0];
  const inputParams = tensorParams(input!);
  const multipliers = convolutionMultipliers(
    inputParams.scale,
    filter!.quantization!.scale,
    tensorParams(node.outputs[0]).scale,
    channels,
    input!.dtype as 'int8' | 'uint8',
  );
  const requantization = requantizationOf(multipliers, node.outputs[0], node.attributes.activation);
  const sums = new Int32Array(output.length);
  scatter(node, centre(inputs[2]!, inputParams.zeroPoint), centre(inputs[1]!, filterZeroPoint(filter!)), sums);
  const bias = inputs[3] as Int32Array | undefined;
  for (let offset = 0; offset < sums.length; offset += channels) {
    const accumulators = sums.subarray(offset, offset + channels);
    if (bias) for (let o = 0; o < channels; o++) accumulators[o] += bias[o];
    writeCodes(accumulators, requantization, output, offset);
  }
}

function transposeFloats(node: TransposeConvolution, inputs: readonly (TensorData | undefined)[], output: Float32Array): void {
  const [, filter, input, bias] = inputs as (Float32Array | undefined)[];
  const channels = node.inputs[1]!.shape[0];
  const sums = new Float32Array(output.length);
  scatter(node, input!, filter!, sums);
  for (let offset = 0; offset < sums.length; offset += channels) {
    writeFloats(sums.subarray(offset, offset + channels), bias, node.attributes.activation, output, offset);
  }
}

/** Inputs: output shape, filter [outputChannels, filterH, filterW, channels], NHWC input, optional bias [outputChannels]. */
function transposeConvolution(
  node: TransposeConvolution,
  inputs: readonly (TensorData | undefined)[],
  outputs: readonly TensorData[],
): void {
  if (node.inputs[2]!.dtype === 'float32') transposeFloats(node, inputs, outputs[0] as Float32Array);
  else transposeCodes(node, inputs, outputs[0] as Codes);
}

export const transposeConvolutionKernels: ReferenceKernels = { TRANSPOSE_CONV: transposeConvolution };
