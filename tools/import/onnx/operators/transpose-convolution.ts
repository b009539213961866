// Owns ConvTranspose as TRANSPOSE_CONV, with a SLICE of a larger result where paddings are not those of SAME.
import { type Value, windowSpan } from 'zeropoint/graph';
import type { Call, Converter } from '../call';
import { type Operand, shapeOf } from '../operand';
import { biasOf, weightShape } from './convolution';
import { isSame } from './window';

interface Axis {
  readonly filter: number;
  readonly stride: number;
  readonly dilation: number;
  readonly output: number;
  /** Elements that padding removes before the first element of the result. */
  readonly before: number;
  /** Elements of the result before padding removes some. */
  readonly full: number;
}

/** Sizes and paddings (the ONNX operator documentation of ConvTranspose). */
function axisOf(call: Call, axis: 0 | 1, input: number, filter: number): Axis {
  const stride = call.pair('strides', [1, 1], 1)[axis];
  const dilation = call.pair('dilations', [1, 1], 1)[axis];
  const extra = call.pair('output_padding', [0, 0], 0)[axis];
  const auto = call.text('auto_pad', 'NOTSET');
  const full = (input - 1) * stride + windowSpan(filter, dilation);
  const sizes = call.ints('output_shape');
  const asked = call.isLine ? (axis === 0 ? 1 : sizes?.at(-1)) : sizes?.slice(-2)[axis];
  const pads = call.pads();
  let before = pads[axis];
  let output = full + extra - pads[axis] - pads[axis + 2];
  if (asked !== undefined || auto.startsWith('SAME')) {
    output = asked ?? input * stride;
    const total = Math.max(full + extra - output, 0);
    before = auto === 'SAME_UPPER' ? total >> 1 : total - (total >> 1);
  } else if (auto === 'VALID') {
    before = 0;
    output = full + extra;
  }
  if (!(Number.isInteger(output) && output >= 1 && output <= 2 ** 24)) call.fail('bad-shape', `its output would have size ${output}`);
  return { filter, stride, dilation, output, before, full: Math.max(full, before + output) };
}

/** Weights [inputs, outputs / group, kh, kw] to OHWI over all inputs: zeros between dilated taps and across groups. */
function expandedWeights(call: Call, weights: Operand, groups: number, rows: Axis, columns: Axis): Value {
  const { axes } = weights;
  const [i, o, h, w] = axes;
  if (groups === 1 && rows.dilation === 1 && columns.dilation === 1) {
    return call.weights(weights, [o, h, w, i], call.inputName(1));
  }
  const [inputs, perGroup, height, width] = shapeOf(weights);
  const source = call.weights(weights, axes, call.inputName(1)).data;
  const spreadH = (height - 1) * rows.dilation + 1;
  const spreadW = (width - 1) * columns.dilation + 1;
  const shape = [groups * perGroup, spreadH, spreadW, inputs];
  return call.builder.floats(`${call.inputName(1)}/expanded`, shape, (count) => {
    const data = new Float32Array(count);
    let from = 0;
    for (let input = 0; input < inputs; input++) {
      const group = Math.floor((input * groups) / inputs);
      for (let output = 0; output < perGroup; output++) {
        for (let y = 0; y < height; y++) {
          for (let x = 0; x < width; x++) {
            const row = (group * perGroup + output) * spreadH + y * rows.dilation;
            data[(row * spreadW + x * columns.dilation) * inputs + input] = source[from++];
          }
        }
      }
    }
    return data;
  });
}

export const convTranspose: Converter = (call) => {
  const [batch, channels, inputH, inputW] = shapeOf(call.image());
  const { groups, shape, weights: source } = weightShape(call);
  const [inputs, perGroup, height, width] = shape;
  if (inputs !== channels || inputs % groups !== 0) {
    call.fail('bad-shape', `weights [${shape}] in ${groups} groups do not fit ${channels} input channels`);
  }
  const rows = axisOf(call, 0, inputH, height);
  const columns = axisOf(call, 1, inputW, width);
  const { builder, output } = call;
  const outputs = groups * perGroup;
  const weights = expandedWeights(call, source, groups, rows, columns);
  const bias = biasOf(call, 2, outputs);
  const image = call.imageValue();
  const transposed = (height: number, width: number, padding: 'SAME' | 'VALID', name: string) => {
    const size = builder.ints(`${output}/shape`, [batch, height, width, outputs]);
    const attributes = { padding, strideH: rows.stride, strideW: columns.stride, activation: 'NONE' } as const;
    return builder.node('TRANSPOSE_CONV', attributes, [size, weights, image, bias], name);
  };
  // The padding is that of the forward convolution, from the output to the input.
  const asSame = [rows, columns].every(({ output, filter, stride, dilation, before }, axis) =>
    isSame(output, windowSpan(filter, dilation), stride, before, [inputH, inputW][axis]),
  );
  // Without padding before, the kernel leaves out what lies beyond the output's end.
  if (rows.before === 0 && columns.before === 0) return call.imageOf(transposed(rows.output, columns.output, 'VALID', output));
  if (asSame) return call.imageOf(transposed(rows.output, columns.output, 'SAME', output));
  const whole = transposed(rows.full, columns.full, 'VALID', `${output}/whole`);
  const begin = builder.ints(`${output}/begin`, [0, rows.before, columns.before, 0]);
  const size = builder.ints(`${output}/size`, [-1, rows.output, columns.output, -1]);
  return call.imageOf(builder.node('SLICE', {}, [whole, begin, size], output));
};
