// Owns MaxPoolingWithArgmax2D and MaxUnpooling2D: `mediapipe/util/tflite/operations/max_pool_argmax.cc` and max_unpooling.cc.
import { enums } from '../graph/attributes';
import { type CustomOperator, elementCount, type Node, type Padding } from '../graph/graph';
import { reject } from '../graph/reject';
import { paddingBefore, windowPositions } from '../graph/window';
import { plainActivationRange } from '../quant/activation-range';
import type { CustomSource } from '../tflite/read-operator';
import { badOption, checkVersion, structOf } from './options';

interface Pool {
  readonly padding: Padding;
  readonly strideW: number;
  readonly strideH: number;
  readonly filterW: number;
  readonly filterH: number;
  readonly min: number;
  readonly max: number;
}

/** Rows or columns of a window or from one to the next, so that sums of positions stay far below 2^31. */
const maxSide = 2 ** 15;

/** TfLitePoolParams of `tflite/core/c/builtin_op_data.h`: six int32, of which padding is 1 for SAME and 2 for VALID. */
function poolOf(source: CustomSource): Pool {
  checkVersion(source, 1);
  const [paddingCode, strideW, strideH, filterW, filterH, activationCode] = structOf(source, 6);
  const padding = enums.padding[paddingCode - 1];
  if (!padding) badOption(source.where, `its padding is ${paddingCode}; it must be 1 (SAME) or 2 (VALID)`);
  for (const side of [strideW, strideH, filterW, filterH]) {
    if (side < 1 || side > maxSide) badOption(source.where, `stride or filter is ${side}; it must be in 1..${maxSide}`);
  }
  const activation = enums.activation.slice(0, 4)[activationCode];
  if (!activation) badOption(source.where, `its activation is ${activationCode}; it must be in 0..3`);
  const { min, max } = plainActivationRange(activation, 'float32');
  return { padding, strideW, strideH, filterW, filterH, min, max };
}

function imageOf(node: Node<'CUSTOM'>, index: number): readonly number[] {
  const { shape } = node.inputs[index]!;
  if (shape.length !== 4) reject('bad-shape', node, `its input [${shape}] must have 4 dimensions`);
  return shape;
}

/** The maximum of nothing, as of NaN alone. */
const lowest = plainActivationRange('NONE', 'float32').min;
/** Added to an index, so that its integer part survives rounding on the way to MaxUnpooling2D. */
const indexOffset = Math.fround(0.1);

/** Outputs: the maxima, and for each its index row * filter width + column in its window. */
export function maxPoolingWithArgmax(source: CustomSource): CustomOperator {
  const pool = poolOf(source);
  const { padding, strideW, strideH, filterW, filterH, min, max } = pool;
  const positions = (size: number, filter: number, stride: number) => windowPositions(padding, size, filter, stride);
  return {
    name: 'MaxPoolingWithArgmax2D',
    options: { ...pool, padding: enums.padding.indexOf(padding) },
    operands: 'float32 > float32 float32',
    shapes: (node) => {
      const [batch, height, width, channels] = imageOf(node, 0);
      const shape = [batch, positions(height, filterH, strideH), positions(width, filterW, strideW), channels];
      return [shape, shape];
    },
    work: ({ inputs: [input], outputs: [output] }) =>
      elementCount(output.shape) * Math.min(filterH, input!.shape[1]) * Math.min(filterW, input!.shape[2]),
    evaluate: (node, [input], [maxima, indices]) => {
      const [batches, height, width, channels] = node.inputs[0]!.shape;
      const [, rows, columns] = node.outputs[0].shape;
      const top = paddingBefore(height, rows, filterH, strideH);
      const left = paddingBefore(width, columns, filterW, strideW);
      const data = input as Float32Array;
      let at = 0;
      for (let batch = 0; batch < batches; batch++) {
        for (let row = 0; row < rows; row++) {
          for (let column = 0; column < columns; column++) {
            const [y, x] = [row * strideH - top, column * strideW - left];
            const yEnd = Math.min(height, y + filterH);
            const xEnd = Math.min(width, x + filterW);
            for (let channel = 0; channel < channels; channel++) {
              let largest = lowest;
              let index = 0;
              for (let inY = Math.max(0, y); inY < yEnd; inY++) {
                let from = ((batch * height + inY) * width + Math.max(0, x)) * channels + channel;
                for (let inX = Math.max(0, x); inX < xEnd; inX++) {
                  if (data[from] > largest) {
                    largest = data[from];
                    index = (inY - y) * filterW + inX - x;
                  }
                  from += channels;
                }
              }
              maxima[at] = Math.min(Math.max(largest, min), max);
              indices[at++] = Math.fround(index) + indexOffset;
            }
          }
        }
      }
    },
  };
}

/** Inputs: values and their indices; all other outputs are 0. Where windows overlap, the last value stays. */
export function maxUnpooling(source: CustomSource): CustomOperator {
  const pool = poolOf(source);
  const { strideW, strideH, filterW, filterH } = pool;
  return {
    name: 'MaxUnpooling2D',
    options: { ...pool, padding: enums.padding.indexOf(pool.padding) },
    operands: 'float32 float32 > float32',
    shapes: (node) => {
      const [values, indices] = [imageOf(node, 0), imageOf(node, 1)];
      if (values.some((dimension, axis) => dimension !== indices[axis])) {
        reject('bad-shape', node, `its inputs [${values}] and [${indices}] must have one shape`);
      }
      const [batch, height, width, channels] = values;
      return [[batch, height * filterH, width * filterW, channels]];
    },
    work: ({ inputs: [input], outputs: [output] }) => elementCount(input!.shape) + elementCount(output.shape),
    evaluate: (node, [values, indices], [output]) => {
      const [batches, rows, columns, channels] = node.inputs[0]!.shape;
      const [, height, width] = node.outputs[0].shape;
      const top = paddingBefore(height, rows, filterH, strideH);
      const left = paddingBefore(width, columns, filterW, strideW);
      const target = (output as Float32Array).fill(0);
      let at = 0;
      for (let batch = 0; batch < batches; batch++) {
        for (let row = 0; row < rows; row++) {
          for (let column = 0; column < columns; column++) {
            for (let channel = 0; channel < channels; channel++, at++) {
              const index = Math.trunc(indices![at] as number);
              const y = row * strideH - top + Math.trunc(index / filterW);
              const x = column * strideW - left + (index % filterW);
              if (!(y >= 0 && y < height && x >= 0 && x < width)) {
                reject(
                  'bad-data',
                  node,
                  `index ${index} of row ${row}, column ${column} lies outside its output [${node.outputs[0].shape}]`,
                );
              }
              target[((batch * height + y) * width + x) * channels + channel] = values![at] as number;
            }
          }
        }
      }
    },
  };
}
