// Tests the float core's products of computed matrices against the reference kernels over grids of shapes and options.
import { test } from 'uvu';
import { upTo } from '../support/grid';
import { activations, FloatBuilder, testGrid } from './grid';

/** Of one element: it makes an image of its input. */
const pool = { padding: 'VALID', strideH: 1, strideW: 1, filterH: 1, filterW: 1, activation: 'NONE' } as const;

testGrid(
  'BATCH_MATMUL',
  {
    rows: [1, 2, 3, 4, 5, 9],
    depth: [1, 3, 4, 8, 13],
    columns: [...upTo(9), 16, 17],
    batch: [
      [[], []],
      [[2], [2]],
      [
        [2, 3],
        [2, 3],
      ],
      [[2, 3], [3]],
      [
        [1, 3],
        [2, 1],
      ],
      [
        [2, 1, 2],
        [3, 1],
      ],
    ] as const,
    adjX: [false, true],
    adjY: [false, true],
    constant: ['left', 'right', 'none'],
    isImage: [false, true],
    reader: [false, true],
  },
  0,
  (c) => {
    const b = new FloatBuilder();
    const { rows, depth, columns, adjX, adjY } = c;
    const leftShape = [...c.batch[0], ...(adjX ? [depth, rows] : [rows, depth])];
    const rightShape = [...c.batch[1], ...(adjY ? [columns, depth] : [depth, columns])];
    if (c.isImage && leftShape.length !== 4) return;
    const left = c.constant === 'left' ? b.floats(...leftShape) : b.input4(...leftShape);
    const right = c.constant === 'right' ? b.floats(...rightShape) : b.input4(...rightShape);
    const product = b.float('BATCH_MATMUL', { adjX, adjY }, [c.isImage ? b.float('MAX_POOL_2D', pool, [left]) : left, right]);
    return b.outputs(c.reader ? b.float('RELU', {}, [product]) : product);
  },
);

testGrid(
  'FULLY_CONNECTED with computed weights',
  {
    rows: [1, 3, 8],
    depth: [1, 4, 7, 24],
    outputs: [...upTo(9), 24],
    bias: ['none', 'constant', 'input'],
    activation: activations,
    weights: ['input', 'constant'],
  },
  0,
  (c) => {
    const b = new FloatBuilder();
    const weights = c.weights === 'input' ? b.input4(c.outputs, c.depth) : b.floats(c.outputs, c.depth);
    const bias = c.bias === 'none' ? undefined : c.bias === 'input' ? b.input4(c.outputs) : b.floats(c.outputs);
    const attributes = { activation: c.activation, keepNumDims: false };
    return b.outputs(b.float('FULLY_CONNECTED', attributes, [b.input4(c.rows, c.depth), weights, bias]));
  },
);

test.run();
