// Owns the family of FULLY_CONNECTED: any depth, inputs of every rank, with gaps in memory or without.
import { GraphBuilder, quantized } from '../../support/build';
import { upTo } from '../../support/grid';
import type { Random } from '../../support/random';
import { family } from './family';
import { activationType, drawLayer, inputCodes, layerGrid, zeroPointOf } from './operands';

/** `[batch, depth]` with the depth cut into `rank` - 1 factors, or kept last where dimensions are kept. */
function inputShape(batch: number, depth: number, rank: number, keep: boolean, random: Random): number[] {
  if (keep) return [...new Array(rank - 2).fill(1), batch, depth];
  const shape = [batch];
  let rest = depth;
  while (shape.length < rank - 1) {
    const factor = random.pick(upTo(rest).filter((n) => rest % n === 0));
    shape.push(factor);
    rest /= factor;
  }
  return [...shape, rest];
}

export const fullyConnected = family({
  name: 'FULLY_CONNECTED',
  grid: {
    depth: upTo(70),
    outputs: upTo(40),
    batch: upTo(9),
    rank: [2, 3, 4],
    keepNumDims: [false, true],
    /** A table in front of the layer leaves its input centred and with padded channels, where codes would be dense. */
    producer: ['input', 'RELU'],
    ...layerGrid,
  },
  build(c, random) {
    const builder = new GraphBuilder();
    const dtype = activationType(c.scheme);
    const scale = 0.05;
    const quantization = quantized(scale, zeroPointOf(dtype, c.inputZero));
    let input = builder.input(dtype, inputShape(c.batch, c.depth, c.rank, c.keepNumDims, random), quantization);
    if (c.producer === 'RELU') [input] = builder.node('RELU_N1_TO_1', {}, [input], { dtype, quantization });
    const { weights, bias, output } = drawLayer(builder, c, [c.outputs, c.depth], 0, c.depth, scale, random);
    const attributes = { activation: c.activation, keepNumDims: c.keepNumDims };
    const graph = builder.outputs(...builder.node('FULLY_CONNECTED', attributes, [input, weights, bias], { dtype, quantization: output }));
    return { graph, inputs: inputCodes(graph, c.data, random) };
  },
});
