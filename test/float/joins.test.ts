// Tests that float operands of PACK and CONCATENATION are computed in their places, as images and as dense elements, and which are copied.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { loadSync } from '../../src/float';
import type { Graph, Value } from '../../src/graph/graph';
import { coreBackend } from '../../src/plan/lower';
import { floatBackend } from '../../src/plan/lower-float';
import { makePlan } from '../../src/plan/plan';
import { convolution, GraphBuilder } from '../support/build';
import { Random } from '../support/random';
import { scratch } from '../support/scratch';
import { checkGraph } from './check';

class JoinedGraph extends GraphBuilder {
  made(...shape: number[]): Value {
    return this.relu(this.input('float32', shape));
  }

  relu(value: Value): Value {
    return this.node('RELU', {}, [value], { dtype: 'float32', shape: value.shape })[0];
  }

  concatenated(values: Value[], axis: number): Value {
    const shape = values[0].shape.map((size, k) => (k === axis ? values.reduce((sum, value) => sum + value.shape[axis], 0) : size));
    return this.node('CONCATENATION', { axis, activation: 'NONE' }, values, { dtype: 'float32', shape })[0];
  }

  packed(values: Value[]): Value {
    const shape = [values.length, ...values[0].shape];
    return this.node('PACK', { axis: 0, valuesCount: values.length }, values, { dtype: 'float32', shape })[0];
  }

  reshaped(value: Value, ...shape: number[]): Value {
    return this.node('RESHAPE', { newShape: undefined }, [value, this.ints(...shape)], { dtype: 'float32', shape })[0];
  }

  filtered(value: Value, filter: number, channels: number): Value {
    const weights = this.constant('float32', [channels, filter, filter, value.shape[3]], [0.3, -0.5, 0.7, 0.11]);
    const shape = [...value.shape.slice(0, 3), channels];
    return this.node('CONV_2D', { ...convolution, padding: 'SAME' }, [value, weights, undefined], { dtype: 'float32', shape })[0];
  }
}

/** Descriptors that copy or move operands of the nodes that join them, when every value has been found right. */
function copies(build: (g: JoinedGraph) => Value[]): number {
  const g = new JoinedGraph();
  const graph = g.outputs(...build(g));
  checkGraph(graph, 0, 'joins');
  const plan = makePlan(graph, { backends: [coreBackend, floatBackend], hostOperators: 'forbid', maxBytes: 2 ** 26, scratch });
  const { kernel, begin, end } = plan.nodes.find(({ node }) => node.type === 'PACK' || node.type === 'CONCATENATION')!;
  const found = plan.steps.slice(begin, end).length;
  assert.is(kernel === 'alias', found === 0, kernel);
  return found;
}

test('operands without padding lanes, which are images and dense elements, are computed in their places', () => {
  for (const axis of [0, 1])
    assert.is(
      copies((g) => [g.concatenated([g.made(1, 3, 5, 8), g.made(1, 3, 5, 8)], axis)]),
      0,
      `axis ${axis}`,
    );
  assert.is(
    copies((g) => [g.packed([g.made(3, 5, 8), g.relu(g.made(3, 5, 8))])]),
    0,
  );
  assert.is(
    copies((g) => [g.concatenated([g.made(1, 16), g.made(1, 8)], 1)]),
    0,
  );
});

test('operands with padding lanes, whose consumers need a border of the result', () => {
  const joined = (g: JoinedGraph) => [1, 2].map(() => g.filtered(g.made(1, 4, 5, 8), 1, 13));
  for (const axis of [0, 1])
    assert.is(
      copies((g) => [g.filtered(g.concatenated(joined(g), axis), 3, 8)]),
      0,
      `axis ${axis}`,
    );
});

test('heads of a detector in other shapes, and reductions, which have dense results', () => {
  assert.is(
    copies((g) => {
      const heads = [4, 2].map((size) => g.reshaped(g.filtered(g.made(1, size, size, 8), 1, 24), 1, size * size * 3, 8));
      return [g.concatenated(heads, 1)];
    }),
    0,
  );
  assert.is(
    copies((g) => {
      const sums = [1, 2].map(
        () => g.node('SUM', { keepDims: false }, [g.made(1, 6, 8), g.ints(1)], { dtype: 'float32', shape: [1, 8] })[0],
      );
      return [g.concatenated(sums, 0)];
    }),
    0,
  );
});

const alone: Record<string, (g: JoinedGraph) => Value[]> = {
  'a constant': (g) => [g.concatenated([g.made(1, 2, 8), g.constant('float32', [1, 2, 8], [1, -2, 3])], 0)],
  'an input of the graph': (g) => [g.packed([g.input('float32', [2, 8]), g.made(2, 8)])],
  'an operand twice'(g) {
    const value = g.made(2, 8);
    return [g.packed([value, value])];
  },
  'an output of the graph'(g) {
    const value = g.made(2, 8);
    return [value, g.packed([value, g.made(2, 8)])];
  },
  'an operand whose other consumer needs a border'(g) {
    const value = g.made(1, 4, 4, 8);
    return [g.concatenated([value, g.made(1, 4, 4, 8)], 0), g.filtered(value, 3, 8)];
  },
};

for (const [name, build] of Object.entries(alone)) {
  test(`${name} is copied alone`, () => {
    assert.is(copies(build), 1);
  });
}

test('a state that is a joined result is carried from run to run', () => {
  const g = new JoinedGraph();
  const input = g.input('float32', [1, 8]);
  const state = g.input('float32', [2, 8]);
  const [last] = g.node('SLICE', {}, [state, g.ints(1, 0), g.ints(1, 8)], { dtype: 'float32', shape: [1, 8] });
  const next = g.concatenated([g.relu(last), g.relu(input)], 0);
  const graph: Graph = g.outputs(g.relu(next), next);
  graph.states = [{ name: 'window', input: state, output: next }];
  const model = loadSync(graph);
  assert.is(model.operators.find(({ type }) => type === 'CONCATENATION')!.kernel, 'alias');
  for (let step = 0; step < 4; step++) {
    model.inputs[0].data.fill(step as never);
    model.run();
    assert.equal([...new Set(model.outputs[0].data as Float32Array)], step === 0 ? [0] : [step - 1, step]);
  }
});

/** A graph of values of a few shapes that are joined, reshaped and filtered at random. */
function randomGraph(random: Random): Graph {
  const g = new JoinedGraph();
  const channels = random.pick([2, 6, 8]);
  const values = [g.input('float32', [1, 2, 4, channels]), g.made(1, 2, 4, channels), g.made(2, 2, 4, channels)];
  for (let i = 0; i < 8; i++) {
    const value = random.pick(values);
    const [images, rows, columns] = value.shape;
    const like = (axis: number) => values.filter(({ shape }) => shape.every((size, k) => k === axis || size === value.shape[k]));
    const made = {
      relu: () => g.relu(value),
      filter: () => g.filtered(value, random.pick([1, 3]), channels),
      reshape: () =>
        g.reshaped(
          value,
          ...random.pick([
            [1, images * rows, columns, channels],
            [images, columns, rows, channels],
          ]),
        ),
      images: () => g.concatenated([value, random.pick(like(0))], 0),
      rows: () => g.concatenated([value, ...like(1).slice(-2)], 1),
      pack: () => g.reshaped(g.packed([value, random.pick(like(-1))]), 2 * images, rows, columns, channels),
    };
    values.push(random.pick(Object.values(made))());
  }
  return g.outputs(...new Set([values.at(-1)!, values.at(-2)!, random.pick(values.slice(1))]));
}

test('60 random graphs, seed 4', () => {
  const random = new Random(4);
  for (let draw = 0; draw < 60; draw++) checkGraph(randomGraph(random), 1e-6, `draw ${draw}`);
});

test.run();
