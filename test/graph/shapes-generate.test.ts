// Tests the shape rules of operators whose operands' elements, or whose conditions, decide shapes.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ModelError } from '../../src/errors';
import { validate } from '../../src/graph/validate';
import { evaluate } from '../../src/reference/run';
import { GraphBuilder, quantized } from '../support/build';
import { accepts, refuses, single } from '../support/refuse';
import { check, ints, scalar } from '../support/shape-case';

const pairs = (...data: number[]) => ({ shape: [data.length / 2, 2], data });

check('REDUCE_MAX', { keepDims: true }, [[2, 3, 4], ints(-1, 0)], [[1, 3, 1]]);
check('REDUCE_ANY', { keepDims: false }, [[2, 3, 4], ints(1)], [[2, 4]]);
check('REDUCE_MIN', { keepDims: false }, [[2, 3], ints(2)], 'bad-shape');
check('SELECT_V2', {}, [[3, 1], [2, 1, 4], [4]], [[2, 3, 4]]);
check('SELECT_V2', {}, [[3], [2, 4], [4]], 'bad-shape');
check('SELECT', {}, [[2], [2, 4], [2, 4]], [[2, 4]]);
check('SELECT', {}, [[], [2, 4], [2, 4]], [[2, 4]]);
check('SELECT', {}, [[4], [2, 4], [2, 4]], 'bad-shape');
check(
  'SELECT',
  {},
  [
    [2, 4],
    [2, 4],
    [2, 1],
  ],
  'bad-shape',
);
check('WHERE', {}, [{ shape: [2, 3], data: [0, 5, 0, 1, 1, 0] }], [[3, 2]]);
check('WHERE', {}, [{ shape: [4], data: [0] }], [[0, 1]]);
check('WHERE', {}, [[2, 3]], 'dynamic-shape');
check('FILL', {}, [ints(2, 3), []], [[2, 3]]);
check('FILL', {}, [ints(2, 3), [2]], 'bad-shape');
check('FILL', {}, [ints(-2), []], 'bad-shape');
check('RANGE', {}, [scalar(1), scalar(10), scalar(4)], [[3]]);
check('RANGE', {}, [scalar(10), scalar(-2), scalar(-4)], [[3]]);
check('RANGE', {}, [scalar(3), scalar(3), scalar(1)], [[0]]);
check('RANGE', {}, [scalar(3), scalar(1), scalar(1)], 'bad-shape');
check('RANGE', {}, [scalar(3), scalar(1), scalar(0)], 'bad-shape');
check('ONE_HOT', { axis: -1 }, [[2, 3], scalar(5), [], []], [[2, 3, 5]]);
check('ONE_HOT', { axis: 0 }, [[2, 3], scalar(5), [], []], [[5, 2, 3]]);
check('ONE_HOT', { axis: 3 }, [[2, 3], scalar(5), [], []], 'bad-shape');
check('ONE_HOT', { axis: 0 }, [[2, 3], scalar(-5), [], []], 'bad-shape');
check('ONE_HOT', { axis: 0 }, [[2, 3], scalar(5), [2], []], 'bad-shape');
check(
  'TOPK_V2',
  {},
  [[2, 7], scalar(3)],
  [
    [2, 3],
    [2, 3],
  ],
);
check('TOPK_V2', {}, [[2, 7], scalar(8)], 'bad-shape', { outputs: 2 });
check('TOPK_V2', {}, [[], scalar(1)], 'bad-shape', { outputs: 2 });
check('CUMSUM', { exclusive: false, reverse: false }, [[2, 3], scalar(-2)], [[2, 3]]);
check('CUMSUM', { exclusive: false, reverse: false }, [[], scalar(0)], 'bad-shape');
check('REVERSE_V2', {}, [[2, 3], ints(1, 0)], [[2, 3]]);
check('REVERSE_V2', {}, [[2, 3], ints(1, -1)], 'bad-shape');
check('BROADCAST_TO', {}, [[3, 1], ints(2, 3, 4)], [[2, 3, 4]]);
check('BROADCAST_TO', {}, [[3, 2], ints(2, 3, 4)], 'bad-shape');
check('BROADCAST_TO', {}, [[1, 3], ints(3)], 'bad-shape');
check('SPACE_TO_BATCH_ND', {}, [[2, 5, 4, 3], ints(2, 3), pairs(1, 0, 0, 2)], [[12, 3, 2, 3]]);
check('SPACE_TO_BATCH_ND', {}, [[2, 5, 3], ints(3), pairs(1, 0)], [[6, 2, 3]]);
check('SPACE_TO_BATCH_ND', {}, [[2, 5, 4, 3], ints(2, 3), pairs(0, 0, 0, 2)], 'bad-shape');
check('SPACE_TO_BATCH_ND', {}, [[2, 5, 4, 3], ints(2), pairs(0, 0)], 'bad-shape');
check('SPACE_TO_BATCH_ND', {}, [[2, 5, 4, 3], ints(0, 2), pairs(0, 0, 0, 0)], 'bad-shape');
check('SPACE_TO_BATCH_ND', {}, [[2, 5, 4, 3], ints(1, 2), pairs(-1, 1, 0, 0)], 'bad-shape');
check('SPACE_TO_BATCH_ND', {}, [[2, 5], ints(), pairs()], 'bad-shape');
check('BATCH_TO_SPACE_ND', {}, [[12, 3, 2, 3], ints(2, 3), pairs(1, 0, 0, 2)], [[2, 5, 4, 3]]);
check('BATCH_TO_SPACE_ND', {}, [[10, 3, 2, 3], ints(2, 3), pairs(1, 0, 0, 2)], 'bad-shape');
check('BATCH_TO_SPACE_ND', {}, [[12, 3, 2, 3], ints(2, 3), pairs(4, 3, 0, 2)], 'bad-shape');

const q = quantized(0.5, 3);
const blocks = (b: GraphBuilder) => [b.ints(1, 1), b.constant('int32', [2, 2], [0])];
const image = [1, 2, 2, 1];
accepts('SPACE_TO_BATCH_ND of one quantization', single('SPACE_TO_BATCH_ND', {}, 'int8', [[image, q]], q, blocks));
refuses(
  'SPACE_TO_BATCH_ND to another scale',
  'bad-quantization',
  single('SPACE_TO_BATCH_ND', {}, 'int8', [[image, q]], quantized(1, 3), blocks),
);
refuses(
  'crops that leave nothing',
  'bad-shape',
  single('BATCH_TO_SPACE_ND', {}, 'int8', [[image, q]], q, (b) => [b.ints(1, 1), b.constant('int32', [2, 2], [1])]),
);
refuses('LOG_SOFTMAX to scale 1/15', 'bad-quantization', single('LOG_SOFTMAX', {}, 'int8', [[[1, 2], q]], quantized(1 / 15, 127)));
refuses('LOG_SOFTMAX to zero point 126', 'bad-quantization', single('LOG_SOFTMAX', {}, 'int8', [[[1, 2], q]], quantized(1 / 16, 126)));
refuses(
  'SQUARED_DIFFERENCE to a scale too small',
  'unsupported-feature',
  single(
    'SQUARED_DIFFERENCE',
    {},
    'int8',
    [
      [[2], quantized(1)],
      [[2], quantized(1)],
    ],
    quantized(2 ** -12),
  ),
);
accepts(
  'SQUARED_DIFFERENCE to a scale of 2^-11',
  single(
    'SQUARED_DIFFERENCE',
    {},
    'int8',
    [
      [[2], quantized(1)],
      [[2], quantized(1)],
    ],
    quantized(2 ** -11),
  ),
);

/** A comparison of int8 at two scales. */
function comparison(scale: number) {
  return () => {
    const b = new GraphBuilder();
    return b.outputs(
      ...b.node('LESS', {}, [b.input('int8', [2], quantized(1)), b.input('int8', [2], quantized(scale))], { dtype: 'bool' }),
    );
  };
}
accepts('LESS of scales 1 and 16384', comparison(16384));
refuses('LESS of a scale whose shifted codes leave int32', 'bad-quantization', comparison(32768));

test('WHERE of what the model computes says that its shape is not known', () => {
  const b = new GraphBuilder();
  const [output] = b.node('WHERE', {}, [b.input('bool', [2, 3])], { dtype: 'int64' });
  assert.throws(
    () => validate(b.outputs(output), { evaluate }),
    (error: unknown) => error instanceof ModelError && error.code === 'dynamic-shape' && error.where === 'WHERE #0',
  );
});

test.run();
