// Owns the lowering of float TRANSPOSE_CONV: a GEMM for each phase of the output, or one for all of them.
import { elementCount, type Node, type Value } from '../../graph/graph';
import { pointAxis } from '../../graph/window';
import { imageFields, origin, strides } from '../fields';
import { floatCore } from '../formats/float32';
import { makeLayout } from '../layout';
import type { Lowering } from '../lowering';
import { at } from '../region';
import type { Image } from '../step';
import { type PhaseAxis, phaseFilters, phasePixels, type TransposedAxes, transposedAxes } from '../transposed';
import { biasOf, emitGemm } from './convolution';
import { isNarrow } from './dense';

/** A phase without taps: its results are those of one product of zeros. */
const noTaps = { channels: 1, outputStride: 0, positionStride: 0, channelStride: 0 };

/**
 * One GEMM for each phase (see transposed.ts), with the bits of the reference kernel: the products of an output are added in the order of
 * input pixels and channels.
 */
function emitPhases(lowering: Lowering, node: Node<'TRANSPOSE_CONV'>, axes: TransposedAxes): void {
  const [, filter, input] = node.inputs as Value[];
  const { activation } = node.attributes;
  const [outputs, , , channels] = filter.shape;
  const source = lowering.image(input);
  const target = lowering.createImage(node.outputs[0]);
  const phases = axes.rows.flatMap((rows) => axes.columns.map((columns) => ({ rows, columns })));
  for (const { rows, columns } of phases) {
    const output = phasePixels(target, rows, columns, node.attributes);
    const common = { rows, columns, outputs, groups: 1 };
    const taps = rows.filter * columns.filter;
    const operands = { bias: biasOf(node.inputs[3]), output, activation };
    if (taps > 0) {
      const layer = { input: source, ...common, channels, outputStride: taps * channels, positionStride: channels, channelStride: 1 };
      emitGemm(lowering, layer, { ...operands, weights: () => phaseFilters(filter, rows, columns, node.attributes) as Float32Array });
    } else {
      const zeros = zeroPixels(lowering, source);
      const point = (axis: PhaseAxis) => ({ ...pointAxis(axis.output), output: axis.output });
      const layer = { input: zeros, ...common, ...noTaps, rows: point(rows), columns: point(columns) };
      emitGemm(lowering, layer, { ...operands, weights: () => new Float32Array(outputs) });
    }
  }
}

/** An image all of whose pixels are one and the same zero. */
function zeroPixels(lowering: Lowering, { layout: { images } }: Image): Image {
  const layout = makeLayout({ images, rows: 1, columns: 1, channels: 1 }, 4);
  const { region } = lowering.shared('zero', 8, () => new Float32Array(8));
  return { region, layout: { ...layout, imageBytes: 0, rowBytes: 0, pixelBytes: 0 } };
}

/** Whether every input pixel has a block of output pixels of its own, of few channels each: a panel then has more of them than one. */
function isBlockwise({ attributes: { strideH, strideW }, inputs: [, filter, input], outputs: [output] }: Node<'TRANSPOSE_CONV'>): boolean {
  const [, filterH, filterW] = filter!.shape;
  const [, height, width] = input!.shape;
  const isBlock = filterH === strideH && filterW === strideW && strideH * strideW > 1;
  return isBlock && isNarrow(output) && output.shape[1] === height * strideH && output.shape[2] === width * strideW;
}

/** The filters as [rows, columns, outputs] x channels: outputs of one GEMM whose pixels are the input's. */
function blockWeights(filter: Value): Float32Array {
  const [outputs, filterH, filterW, channels] = filter.shape;
  const source = filter.data as Float32Array;
  const weights = new Float32Array(source.length);
  const positions = filterH * filterW;
  for (let output = 0; output < outputs; output++) {
    for (let position = 0; position < positions; position++) {
      const from = (output * positions + position) * channels;
      weights.set(source.subarray(from, from + channels), (position * outputs + output) * channels);
    }
  }
  return weights;
}

/** One pointwise GEMM for the blocks of all output pixels, whose rows are then copied to their places among dense elements. */
function emitBlocks(lowering: Lowering, node: Node<'TRANSPOSE_CONV'>): void {
  const [, filter, input, bias] = node.inputs as [Value, Value, Value, Value | undefined];
  const [outputs, filterH, filterW, channels] = filter.shape;
  const [images, height, width] = input.shape;
  const blockOutputs = elementCount(filter.shape) / channels;
  const layout = makeLayout({ images, rows: height, columns: width, channels: blockOutputs }, 4);
  const blocks = { region: lowering.workspace('blocks', layout.bytes), layout };
  const layer = { input: lowering.image(input), rows: pointAxis(height), columns: pointAxis(width), outputs: blockOutputs, channels };
  emitGemm(
    lowering,
    { ...layer, groups: 1, outputStride: channels, positionStride: channels, channelStride: 1 },
    {
      weights: () => blockWeights(filter),
      bias: () => (bias ? Float32Array.from({ length: blockOutputs }, (_, i) => (bias.data as Float32Array)[i % outputs]) : biasOf(bias)()),
      output: blocks,
      activation: node.attributes.activation,
    },
  );
  const { region, offset } = lowering.createDense(node.outputs[0]);
  const rowBytes = width * filterW * outputs * 4;
  for (let row = 0; row < filterH; row++) {
    lowering.emit(floatCore, 'Copy', {
      input: at(blocks.region, origin(blocks).offset + row * filterW * outputs * 4),
      output: at(region, offset + row * rowBytes),
      ...imageFields(layout),
      elements: filterW * outputs,
      ...strides('input', layout),
      outputImageBytes: height * filterH * rowBytes,
      outputRowBytes: filterH * rowBytes,
      outputPixelBytes: filterW * outputs * 4,
    });
  }
}

/** False, with nothing emitted, where there are too many phases. */
export function emitTransposed(lowering: Lowering, node: Node<'TRANSPOSE_CONV'>): boolean {
  const axes = transposedAxes(node);
  if (!axes) return false;
  if (isBlockwise(node)) emitBlocks(lowering, node);
  else emitPhases(lowering, node, axes);
  return true;
}
