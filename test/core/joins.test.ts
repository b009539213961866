// Tests that operands of PACK and CONCATENATION are computed in their places, and for each reason why one is not, that it alone is copied.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { DType, Graph, Value } from '../../src/graph/graph';
import { validate } from '../../src/graph/validate';
import { coreBackend } from '../../src/plan/lower';
import { makePlan } from '../../src/plan/plan';
import { evaluate } from '../../src/reference/run';
import { convolution, GraphBuilder, quantized, type ValueOptions } from '../support/build';
import { checkGuarded } from '../support/guard';
import { randomInputs } from '../support/passes';
import { Random } from '../support/random';
import { scratch } from '../support/scratch';

const quantization = quantized(0.5, 3);

/** A graph of int8 values of one scale and zero point, but where a test says otherwise. */
class JoinedGraph extends GraphBuilder {
  options(shape: readonly number[], dtype: DType = 'int8'): ValueOptions {
    return { dtype, shape, quantization: dtype === 'int16' ? quantized(0.5) : quantization };
  }

  given(shape: readonly number[], dtype: DType = 'int8'): Value {
    const { quantization: own } = this.options(shape, dtype);
    return this.input(dtype, shape, dtype === 'int32' ? undefined : own);
  }

  /** A value that the core computes. */
  made(shape: readonly number[], dtype: DType = 'int8'): Value {
    return this.relu(this.given(shape, dtype));
  }

  relu(value: Value): Value {
    return this.node('RELU', {}, [value], this.options(value.shape, value.dtype))[0];
  }

  concatenated(values: Value[], shape: readonly number[], axis = 0, dtype: DType = 'int8'): Value {
    return this.node('CONCATENATION', { axis, activation: 'NONE' }, values, this.options(shape, dtype))[0];
  }

  packed(values: Value[], shape: readonly number[], dtype: DType = 'int8'): Value {
    return this.node('PACK', { axis: 0, valuesCount: values.length }, values, this.options(shape, dtype))[0];
  }

  reshaped(value: Value, shape: readonly number[]): Value {
    return this.node('RESHAPE', { newShape: undefined }, [value, this.ints(...shape)], this.options(shape, value.dtype))[0];
  }

  filtered(value: Value, filter: number, shape: readonly number[]): Value {
    const depth = value.shape[3];
    const weights = this.constant('int8', [shape[3], filter, filter, depth], [3, -5, 7, 11, -13], quantized(0.02));
    const bias = this.constant('int32', [shape[3]], [5, 0, -9], quantized(0.01));
    return this.node('CONV_2D', { ...convolution, padding: 'SAME' }, [value, weights, bias], this.options(shape))[0];
  }
}

/** Descriptors that copy or move operands of the nodes that join them, when all outputs have been found right. */
function copies(build: (g: JoinedGraph) => Value[]): number {
  const g = new JoinedGraph();
  const graph = g.outputs(...build(g));
  checkGuarded(graph, randomInputs(graph, 1), 'joins', true);
  return copiesOf(graph);
}

function copiesOf(graph: Graph): number {
  validate(graph, { evaluate });
  const { steps } = makePlan(graph, { backends: [coreBackend], hostOperators: 'allow', maxBytes: 2 ** 24, scratch });
  return steps.filter((step) => {
    const isJoining = step.node?.type === 'PACK' || step.node?.type === 'CONCATENATION';
    return isJoining && (step.kind === 'host' || step.operator === 'Copy' || step.operator === 'Move');
  }).length;
}

for (const dtype of ['int8', 'uint8', 'int16'] as const) {
  test(`${dtype}: images, rows, columns and channels of results, and what PACK joins, are computed in their places`, () => {
    const parts: [number[], number[], number][] = [
      [[1, 3, 5, 7], [2, 3, 5, 7], 0],
      [[1, 3, 5, 7], [1, 6, 5, 7], 1],
      [[1, 1, 5, 7], [1, 1, 10, 7], 2],
      [[1, 1, 1, 16], [1, 1, 1, 32], -1],
    ];
    for (const [part, whole, axis] of parts) {
      const made = (g: JoinedGraph) => [g.made(part, dtype), g.made(part, dtype)];
      assert.is(
        copies((g) => [g.relu(g.concatenated(made(g), whole, axis, dtype))]),
        0,
        `${whole}`,
      );
    }
    assert.is(
      copies((g) => [g.relu(g.packed([g.made([2, 3, 5, 7], dtype), g.made([2, 3, 5, 7], dtype)], [2, 2, 3, 5, 7], dtype))]),
      0,
    );
  });
}

test('the kernel is an alias', () => {
  const g = new JoinedGraph();
  const graph = g.outputs(g.concatenated([g.made([1, 2, 2, 8]), g.made([1, 2, 2, 8])], [2, 2, 2, 8]));
  assert.ok(checkGuarded(graph, randomInputs(graph, 1), 'kernels').includes('alias'));
});

test('inputs of the graph that are converted for the core are converted in their places', () => {
  assert.is(
    copies((g) => [g.concatenated([g.given([1, 2, 2, 5]), g.given([3, 2, 2, 5])], [4, 2, 2, 5])]),
    0,
  );
});

test('heads of a detector: convolutions in other shapes, whose anchors are joined', () => {
  assert.is(
    copies((g) => {
      const heads = [4, 2].map((size) => {
        const head = g.filtered(g.made([1, size, size, 8]), 1, [1, size, size, 16]);
        return g.reshaped(head, [1, size * size * 2, 8]);
      });
      return [g.concatenated(heads, [1, 40, 8], 1)];
    }),
    0,
  );
});

test('a result that is an operand itself', () => {
  assert.is(
    copies((g) => {
      const part = () => g.made([1, 3, 2, 8]);
      const inner = g.concatenated([part(), part()], [2, 3, 2, 8]);
      return [g.relu(inner), g.concatenated([part(), inner, part()], [4, 3, 2, 8])];
    }),
    0,
  );
});

test('results whose consumers need a border, and operands that are read elsewhere', () => {
  for (const axis of [0, 1]) {
    assert.is(
      copies((g) => {
        const [a, b] = [g.made([1, 4, 5, 8]), g.made([1, 4, 5, 8])];
        const whole = g.concatenated([a, b], [2 - axis, 4 + 4 * axis, 5, 8], axis);
        return [g.filtered(whole, 3, [2 - axis, 4 + 4 * axis, 5, 8]), g.relu(a)];
      }),
      0,
    );
  }
});

test('int32, which has no image, by the host and by the core', () => {
  assert.is(
    copies((g) => {
      const sums = [1, 2].map(
        () => g.node('ADD', { activation: 'NONE' }, [g.input('int32', [4]), g.ints(1, 2, 3, 4)], { dtype: 'int32' })[0],
      );
      return g.node('PACK', { axis: 0, valuesCount: 2 }, sums, { dtype: 'int32' });
    }),
    0,
  );
});

const alone: Record<string, (g: JoinedGraph) => Value[]> = {
  'a constant'(g) {
    const constant = g.constant('int8', [1, 2, 2, 8], [5, -3, 9], quantization);
    return [g.concatenated([g.made([1, 2, 2, 8]), constant], [2, 2, 2, 8])];
  },
  'an operand of another scale'(g) {
    const other = { dtype: 'uint8', shape: [1, 2, 2, 8], quantization: quantized(0.3, 9) } as const;
    const value = g.node('RELU', {}, [g.input('uint8', [1, 2, 2, 8], quantized(0.3, 9))], other)[0];
    return [g.concatenated([g.made([1, 2, 2, 8], 'uint8'), value], [2, 2, 2, 8], 0, 'uint8')];
  },
  'an operand twice'(g) {
    const value = g.made([1, 2, 2, 8]);
    return [g.concatenated([value, g.made([1, 2, 2, 8]), value], [3, 2, 2, 8])];
  },
  'an operand in two shapes'(g) {
    const value = g.made([4, 2, 8]);
    return [g.packed([g.reshaped(value, [8, 8]), g.reshaped(value, [8, 8])], [2, 8, 8])];
  },
  'an operand of two results'(g) {
    const [a, b, c] = [1, 2, 3].map(() => g.made([1, 2, 2, 8]));
    return [g.concatenated([a, b], [2, 2, 2, 8]), g.concatenated([c, a], [2, 2, 2, 8])];
  },
  'a part of another region'(g) {
    const [half] = g.node(
      'SPLIT',
      { numSplits: 2 },
      [g.constant('int32', [], [0]), g.made([2, 2, 2, 8])],
      ...[1, 2].map(() => g.options([])),
    );
    return [g.concatenated([half, g.made([1, 2, 2, 8])], [2, 2, 2, 8])];
  },
  'an operand whose other consumer needs a border'(g) {
    const value = g.made([1, 4, 4, 8]);
    return [g.concatenated([value, g.made([1, 4, 4, 8])], [2, 4, 4, 8]), g.filtered(value, 3, [1, 4, 4, 8])];
  },
  'channels that end within a vector'(g) {
    return [g.concatenated([g.made([1, 8]), g.made([1, 5])], [1, 13], 1)];
  },
  'an input that has no conversion'(g) {
    const sum = g.node('ADD', { activation: 'NONE' }, [g.given([4], 'int32'), g.ints(1, 2, 3, 4)], { dtype: 'int32' })[0];
    return g.node('PACK', { axis: 0, valuesCount: 2 }, [g.given([4], 'int32'), sum], { dtype: 'int32' });
  },
  'an output that has no conversion'(g) {
    const sums = [1, 2].map(() => g.node('ADD', { activation: 'NONE' }, [g.given([4], 'int32'), g.ints(1)], { dtype: 'int32' })[0]);
    return [sums[0], ...g.node('PACK', { axis: 0, valuesCount: 2 }, sums, { dtype: 'int32' })];
  },
  'an operand that would begin between addresses of regions'(g) {
    const sums = [3, 4].map((size) => g.node('ADD', { activation: 'NONE' }, [g.given([size], 'int32'), g.ints(1)], { dtype: 'int32' })[0]);
    return g.node('CONCATENATION', { axis: 0, activation: 'NONE' }, sums, { dtype: 'int32' });
  },
};

for (const [name, build] of Object.entries(alone)) {
  test(`${name} is copied alone`, () => {
    assert.is(copies(build), 1);
  });
}

test('parts that do not lie one after the other are copied', () => {
  assert.is(
    copies((g) => [g.concatenated([g.made([2, 2, 2, 8]), g.made([2, 2, 2, 8])], [2, 4, 2, 8], 1)]),
    2,
  );
});

/** One small value, then `layers` larger ones of `rows`, the last of which the small one is joined to; `around`: rows of a value elsewhere. */
function late(layers: number, rows: number, around: number): Graph {
  const g = new JoinedGraph();
  const early = g.made([1, 1, 2, 8]);
  let value = g.made([1, rows, 2, 8]);
  for (let i = 1; i < layers; i++) value = g.relu(value);
  return g.outputs(g.concatenated([early, value], [1, rows + 1, 2, 8], 1), g.made([1, around, 2, 8]));
}

test('an operand that is computed long before the others is copied where memory would grow, or the distance is too long', () => {
  assert.is(copiesOf(late(20, 9, 1)), 1, 'half of what the largest node has, kept by 20 nodes');
  assert.is(copiesOf(late(20, 9, 20)), 0, 'a quarter');
  assert.is(copiesOf(late(6, 9, 1)), 0, '6 nodes');
  assert.is(copiesOf(late(300, 9, 200)), 1, 'more than 256 nodes');
});

test('a long chain of results that are operands is joined in pieces', () => {
  const g = new JoinedGraph();
  let value = g.made([1, 1, 8]);
  for (let i = 2; i <= 400; i++) value = g.concatenated([value, g.made([1, 1, 8])], [i, 1, 8]);
  const graph = g.outputs(value, g.made([2000, 1, 8]));
  assert.ok(copiesOf(graph) < 6, `${copiesOf(graph)}`);
  checkGuarded(graph, randomInputs(graph, 1), 'chain');
});

/** A graph of values of a few shapes that are joined, split, reshaped and filtered at random. */
function randomGraph(random: Random): Graph {
  const g = new JoinedGraph();
  const channels = random.pick([3, 8]);
  const values = [g.given([1, 2, 4, channels]), g.made([1, 2, 4, channels]), g.made([2, 2, 4, channels])];
  values.push(g.constant('int8', [1, 2, 4, channels], [1, -7, 30], quantization));
  for (let i = 0; i < 10; i++) {
    const value = random.pick(values);
    const [images, rows, columns] = value.shape;
    const others = values.filter(({ shape }) => shape[1] === rows && shape[2] === columns);
    const made = {
      relu: () => g.relu(value),
      filter: () => g.filtered(value, random.pick([1, 3]), [...value.shape]),
      reshape: () =>
        g.reshaped(
          value,
          random.pick([
            [1, images * rows, columns, channels],
            [images, columns, rows, channels],
          ]),
        ),
      images() {
        const parts = Array.from({ length: random.integer(2, 3) }, () => random.pick(others));
        return g.concatenated(parts, [parts.reduce((sum, { shape }) => sum + shape[0], 0), rows, columns, channels]);
      },
      rows() {
        const parts = [value, ...values.filter(({ shape }) => shape[0] === images && shape[2] === columns).slice(-2)];
        return g.concatenated(parts, [images, parts.reduce((sum, { shape }) => sum + shape[1], 0), columns, channels], 1);
      },
      pack() {
        const parts = [value, random.pick(values.filter(({ shape }) => `${shape}` === `${value.shape}`))];
        return g.reshaped(g.packed(parts, [2, ...value.shape]), [2 * images, rows, columns, channels]);
      },
      slice: () =>
        g.node('SLICE', {}, [value, g.ints(images - 1, 0, 0, 0), g.ints(1, -1, -1, -1)], g.options([1, rows, columns, channels]))[0],
    };
    values.push(random.pick(Object.values(made))());
  }
  return g.outputs(...new Set([values.at(-1)!, values.at(-2)!, random.pick(values.slice(4))]));
}

test('60 random graphs, seed 3', () => {
  const random = new Random(3);
  let joined = 0;
  for (let draw = 0; draw < 60; draw++) {
    const graph = randomGraph(random);
    const kernels = checkGuarded(graph, randomInputs(graph, draw + 1), `draw ${draw}`);
    if (kernels.includes('alias')) joined++;
  }
  assert.ok(joined > 10, `${joined} with aliases`);
});

test.run();
