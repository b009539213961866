// Owns the family of TRANSPOSE_CONV.
import { GraphBuilder, quantized } from '../../support/build';
import { upTo } from '../../support/grid';
import { family } from './family';
import { activationType, drawLayer, inputCodes, layerGrid, zeroPointOf } from './operands';

export const transposed = family({
  name: 'TRANSPOSE_CONV',
  grid: {
    channels: [1, 3, 8, 16, 21],
    outputs: [1, 2, 8, 19, 32, 40],
    height: upTo(5),
    width: upTo(6),
    batch: [1, 2],
    filter: [
      [1, 1],
      [2, 2],
      [3, 3],
      [4, 4],
      [3, 5],
      [5, 2],
    ],
    stride: [
      [1, 1],
      [2, 2],
      [2, 1],
      [1, 3],
      [3, 2],
    ],
    padding: ['SAME', 'VALID'],
    /** Rows and columns of the output beyond the fewest that give this input. */
    more: [0, 1],
    ...layerGrid,
  },
  // Phases without taps run on the host.
  allowHost: true,
  build(c, random) {
    const builder = new GraphBuilder();
    const dtype = activationType(c.scheme);
    const scale = 0.05;
    const input = builder.input(dtype, [c.batch, c.height, c.width, c.channels], quantized(scale, zeroPointOf(dtype, c.inputZero)));
    const [strideH, strideW] = c.stride;
    const size = (count: number, filter: number, stride: number) => {
      const fewest = c.padding === 'SAME' ? (count - 1) * stride + 1 : (count - 1) * stride + filter;
      return fewest + Math.min(c.more, stride - 1);
    };
    const shape = [c.batch, size(c.height, c.filter[0], strideH), size(c.width, c.filter[1], strideW), c.outputs];
    const depth = c.filter[0] * c.filter[1] * c.channels;
    const { weights, bias, output } = drawLayer(builder, c, [c.outputs, ...c.filter, c.channels], 0, depth, scale, random);
    const attributes = { padding: c.padding, strideH, strideW, activation: c.activation };
    const inputs = [builder.ints(...shape), weights, input, bias];
    const graph = builder.outputs(...builder.node('TRANSPOSE_CONV', attributes, inputs, { dtype, quantization: output }));
    return { graph, inputs: inputCodes(graph, c.data, random) };
  },
});
