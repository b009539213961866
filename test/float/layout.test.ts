// Tests what the float core moves, pads and resizes, against the reference kernels over grids of shapes and options.
import { test } from 'uvu';
import { elementCount, type Value } from '../../src/graph/graph';
import { upTo } from '../support/grid';
import { FloatBuilder, testGrid } from './grid';

testGrid(
  'CONCATENATION',
  { parts: [1, 2, 3], axis: [0, 1, 2, 3, -1, -2], channels: [1, 3, 8], rank: [2, 4], behindClamp: [true, false] },
  0,
  (c) => {
    if (c.axis >= c.rank || c.axis < -c.rank) return;
    const b = new FloatBuilder();
    const inputs = Array.from({ length: c.parts }, (_, i) => {
      const shape = c.rank === 4 ? [2, 3, 4, c.channels] : [3, c.channels];
      shape[(c.axis + c.rank) % c.rank] += i;
      const input = b.input4(...shape);
      return c.behindClamp ? b.float('RELU_N1_TO_1', {}, [input]) : input;
    });
    return b.outputs(b.float('CONCATENATION', { axis: c.axis, activation: 'NONE' }, inputs));
  },
);

testGrid(
  'PAD and what reads it',
  {
    channels: [1, 3, 8],
    paddings: [
      [0, 0, 1, 2, 3, 0, 0, 0],
      [0, 0, 0, 0, 0, 1, 0, 0],
      [0, 0, 1, 0, 1, 0, 1, 1],
      [1, 0, 0, 0, 0, 0, 0, 0],
    ],
    reader: ['none', 'RELU_N1_TO_1', 'CONV_2D'],
  },
  0,
  (c) => {
    const b = new FloatBuilder();
    const padding = b.constant('int32', [4, 2], c.paddings);
    const padded = b.float('PAD', {}, [b.input4(1, 3, 4, c.channels), padding]);
    const depth = c.channels + c.paddings[6] + c.paddings[7];
    if (c.reader === 'none') return b.outputs(padded);
    if (c.reader === 'RELU_N1_TO_1') return b.outputs(padded, b.float('RELU_N1_TO_1', {}, [padded]));
    const attributes = { padding: 'SAME', strideH: 1, strideW: 1, dilationH: 1, dilationW: 1, activation: 'NONE' } as const;
    return b.outputs(b.float('CONV_2D', attributes, [padded, b.floats(4, 3, 3, depth)]));
  },
);

testGrid(
  'RESHAPE between kernels',
  {
    from: [
      [1, 4, 4, 8],
      [1, 2, 4, 3],
      [2, 1, 1, 12],
    ],
    to: [[-1], [1, -1, 2], [-1, 1, 1, 4], [-1, 3], [2, -1]],
    before: ['none', 'RELU_N1_TO_1', 'GATHER'],
    after: ['none', 'RELU_N1_TO_1', 'GATHER'],
  },
  0,
  (c) => {
    if (elementCount(c.from) % Math.abs(elementCount(c.to)) > 0) return;
    const b = new FloatBuilder();
    const apply = (type: string, x: Value): Value => {
      if (type === 'none') return x;
      if (type === 'RELU_N1_TO_1') return b.float('RELU_N1_TO_1', {}, [x]);
      return b.float('GATHER', { axis: 0, batchDims: 0 }, [x, b.ints(0, 0)]);
    };
    const x = apply(c.before, b.input4(...c.from));
    const count = elementCount(c.from) * (c.before === 'GATHER' ? 2 / c.from[0] : 1);
    const known = Math.abs(elementCount(c.to));
    if (count % known > 0) return;
    const to = c.to.map((size) => (size < 0 ? count / known : size));
    const y = b.float('RESHAPE', { newShape: to }, [x, b.ints(...to)]);
    return b.outputs(apply(c.after, y));
  },
);

testGrid(
  'RESIZE_BILINEAR, RESIZE_NEAREST_NEIGHBOR',
  {
    type: ['RESIZE_BILINEAR', 'RESIZE_NEAREST_NEIGHBOR'] as const,
    channels: upTo(17),
    height: [1, 3, 4],
    width: [1, 2, 5, 9],
    rows: [1, 2, 4, 9],
    columns: [1, 3, 5, 8, 17],
    alignCorners: [true, false],
    halfPixelCenters: [true, false],
    batch: [1, 2],
    isImage: [true, false],
    reader: [true, false],
  },
  0,
  (c) => {
    if (c.alignCorners && c.halfPixelCenters) return;
    const b = new FloatBuilder();
    const input = b.input4(c.batch, c.height, c.width, c.channels);
    const x = c.isImage ? b.float('RELU_N1_TO_1', {}, [input]) : input;
    const { alignCorners, halfPixelCenters } = c;
    const result = b.float(c.type, { alignCorners, halfPixelCenters }, [x, b.ints(c.rows, c.columns)]);
    if (!c.reader) return b.outputs(result);
    const attributes = { padding: 'SAME', strideH: 1, strideW: 1, dilationH: 1, dilationW: 1, activation: 'NONE' } as const;
    return b.outputs(b.float('CONV_2D', attributes, [result, b.floats(4, 3, 3, c.channels)]));
  },
);

test.run();
