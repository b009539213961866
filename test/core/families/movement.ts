// Owns the families of operators that move elements, of every dtype.
import { allocate, elementCount, type TensorData, type Value } from '../../../src/graph/graph';
import { GraphBuilder } from '../../support/build';
import { upTo } from '../../support/grid';
import { movementNode, movementQuantization, movementShape, movements, takesRank } from '../../support/movement';
import { family } from './family';

export const movement = family({
  name: 'elements that move',
  grid: {
    operator: movements,
    rank: [1, 2, 3, 4, 5, 6],
    dtype: ['int8', 'uint8', 'float32', 'int32', 'int64', 'bool'],
    zeroPoint: [0, 3, 127],
    /** 8-bit values as images: before and behind the node, or dense. */
    before: ['nothing', 'RELU'],
    behind: ['nothing', 'RELU'],
    draw: upTo(60),
  },
  build(c, random) {
    const builder = new GraphBuilder();
    const rank = takesRank(c.operator, c.rank) ? c.rank : 4;
    const dtype = c.dtype === 'bool' && /DEPTH|BATCH/.test(c.operator) ? 'int32' : c.dtype;
    const quantization = movementQuantization(dtype, c.zeroPoint);
    const options = { dtype, quantization };
    const unary = (value: Value) => (quantization ? builder.node('RELU', {}, [value], { ...options, shape: value.shape })[0] : value);
    const input = builder.input(dtype, movementShape(rank, random), quantization);
    const moved = movementNode(builder, c.operator, c.before === 'RELU' ? unary(input) : input, random, unary);
    builder.outputs(...moved.map((value) => (c.behind === 'nothing' ? value : unary(value))));
    const data: TensorData = allocate(dtype, elementCount(input.shape));
    for (let i = 0; i < data.length; i++) {
      const code = random.integer(c.dtype === 'int8' ? -128 : 0, c.dtype === 'bool' ? 1 : 127);
      data[i] = data instanceof BigInt64Array ? BigInt(code) : (code as never);
    }
    return { graph: builder.graph, inputs: [data] };
  },
});
