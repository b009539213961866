// Tests the float core's pools and reductions against the reference kernels over grids of shapes and options.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { validate } from '../../src/graph/validate';
import { evaluate, runReference } from '../../src/reference/run';
import { loadFloat } from '../../tools/model/float-model';
import { upTo } from '../support/grid';
import { activations, FloatBuilder, paddings, testGrid, windowFits } from './grid';

/** Of one element: it makes an image of its input. */
const point = { padding: 'VALID', strideH: 1, strideW: 1, filterH: 1, filterW: 1, activation: 'NONE' } as const;

testGrid(
  'AVERAGE_POOL_2D, MAX_POOL_2D',
  {
    type: ['AVERAGE_POOL_2D', 'MAX_POOL_2D'] as const,
    height: [2, 5, 8],
    width: [2, 3, 7],
    channels: [1, 3, 8, 12, 16, 17, 40],
    filterH: [1, 2, 3],
    filterW: [1, 2, 5],
    strideH: [1, 2],
    strideW: [1, 3],
    padding: paddings,
    activation: activations,
    batch: [1, 2],
  },
  0,
  (c) => {
    if (!windowFits(c.height, c.filterH, 1, c.padding) || !windowFits(c.width, c.filterW, 1, c.padding)) return;
    const b = new FloatBuilder();
    const { type, padding, strideH, strideW, filterH, filterW, activation } = c;
    const attributes = { padding, strideH, strideW, filterH, filterW, activation };
    return b.outputs(b.float(type, attributes, [b.input4(c.batch, c.height, c.width, c.channels)]));
  },
);

testGrid(
  'AVERAGE_POOL_2D of many channels',
  { filter: [3, 4, 7, 9, 16], channels: [120, 128, 264], padding: paddings, stride: [1, 5] },
  0,
  (c) => {
    const b = new FloatBuilder();
    const { padding, stride, filter } = c;
    const attributes = { padding, strideH: stride, strideW: stride, filterH: filter, filterW: filter, activation: 'RELU' } as const;
    return b.outputs(b.float('AVERAGE_POOL_2D', attributes, [b.input4(2, 16, 17, c.channels)]));
  },
);

testGrid(
  'MEAN, SUM, REDUCE_MAX, REDUCE_MIN, REDUCE_PROD',
  {
    type: ['MEAN', 'SUM', 'REDUCE_MAX', 'REDUCE_MIN', 'REDUCE_PROD'] as const,
    shape: [[1, 7, 7, 8], [2, 3, 5, 3], [1, 1, 4, 33], [2, 3, 6], [5, 20], [7], [2, 3, 4, 5, 6], [3, 2, 2, 3, 2, 2]],
    axes: [[1, 2], [1], [2], [-2, 1], [3], [-1], [0], [1, 3], [0, 1], [0, 2], [0, 1, 2, 3], [1, 4], [0, 2, 4]],
    isImage: [true, false],
    keepDims: [true, false],
  },
  0,
  (c) => {
    const rank = c.shape.length;
    if (c.axes.some((axis) => axis >= rank || axis < -rank) || (c.isImage && rank !== 4)) return;
    const b = new FloatBuilder();
    const input = b.input4(...c.shape);
    const x = c.isImage ? b.float('MAX_POOL_2D', point, [input]) : input;
    return b.outputs(b.float(c.type, { keepDims: c.keepDims }, [x, b.ints(...c.axes)]));
  },
);

testGrid('L2_NORMALIZATION', { channels: upTo(17), width: upTo(9), isImage: [true, false] }, 0, (c) => {
  const b = new FloatBuilder();
  const input = b.input4(2, 3, c.width, c.channels);
  const x = c.isImage ? b.float('MAX_POOL_2D', point, [input]) : input;
  return b.outputs(b.float('L2_NORMALIZATION', { activation: 'NONE' }, [x]));
});

testGrid(
  'ARG_MAX, ARG_MIN',
  {
    type: ['ARG_MAX', 'ARG_MIN'] as const,
    channels: upTo(17),
    width: [1, 4],
    axis: [3, -1, 1],
    outputType: ['int32', 'int64'] as const,
    /** Equal elements: the first one is found. */
    ties: [true, false],
  },
  0,
  (c) => {
    const b = new FloatBuilder();
    const input = b.input4(2, 3, c.width, c.channels);
    const x = c.ties ? b.float('RELU_N1_TO_1', {}, [input]) : input;
    const [output] = b.node(c.type, { outputType: c.outputType }, [x, b.ints(c.axis)], { dtype: c.outputType });
    return b.outputs(output);
  },
);

testGrid(
  'ARG_MAX, ARG_MIN along any axis',
  {
    type: ['ARG_MAX', 'ARG_MIN'] as const,
    shape: [
      [3, 4],
      [5, 1],
      [2, 3, 7],
      [2, 3, 4, 5],
      [1, 2, 3, 2, 9],
    ],
    axis: upTo(5),
    outputType: ['int32', 'int64'] as const,
    ties: [true, false],
  },
  0,
  (c) => {
    if (c.axis > c.shape.length) return;
    const b = new FloatBuilder();
    const input = b.input4(...c.shape);
    const x = c.ties ? b.float('RELU_N1_TO_1', {}, [input]) : input;
    const [output] = b.node(c.type, { outputType: c.outputType }, [x, b.ints(c.axis - 1)], { dtype: c.outputType });
    return b.outputs(output);
  },
);

test('REDUCE_MAX and REDUCE_MIN pass over NaN and end at the largest floats', () => {
  for (const axes of [[0], [1]]) {
    const b = new FloatBuilder();
    const x = b.input4(5, 5);
    const outputs = (['REDUCE_MAX', 'REDUCE_MIN'] as const).map((type) => b.float(type, { keepDims: false }, [x, b.ints(...axes)]));
    const graph = b.outputs(...outputs);
    const row = [Number.NaN, Infinity, -Infinity, 1, Number.NaN];
    const input = Float32Array.from({ length: 25 }, (_, i) => row[(i % 5) * 2 === 0 ? 0 : (i + Math.floor(i / 5)) % 5]);
    validate(graph, { evaluate });
    assert.equal(loadFloat(graph).run([input]), runReference(graph, [input]));
  }
});

test('ARG_MAX and ARG_MIN pass over NaN, but for one in front', () => {
  const rows = [
    [1, Number.NaN, 3, 2, Number.NaN, 3, 0],
    [Number.NaN, 1, 2, 3, 4, 5, 6],
    [0, 0, 0, 0, 0, Number.NaN, 9],
  ];
  const find = (type: 'ARG_MAX' | 'ARG_MIN') => {
    const b = new FloatBuilder();
    const [output] = b.node(type, { outputType: 'int32' }, [b.input4(3, 7), b.ints(1)], { dtype: 'int32' });
    return loadFloat(b.outputs(output)).run([Float32Array.from(rows.flat())])[0];
  };
  assert.equal(find('ARG_MAX'), Int32Array.of(2, 0, 6));
  assert.equal(find('ARG_MIN'), Int32Array.of(6, 0, 0));
});

test.run();
