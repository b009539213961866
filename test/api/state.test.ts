// Tests models that keep a state from run to run: what runs begin with, what they leave, and what puts it back.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Graph, TensorData } from '../../src/graph/graph';
import { printGraph } from '../../src/graph/print';
import { load, loadSync, type Model, ModelError } from '../../src/index';
import { loadReference } from '../../src/reference';
import { readModel, writeModel } from '../../src/tflite';
import { loadThreaded } from '../../src/threads';
import { GraphBuilder, quantized } from '../support/build';
import { streamingModel } from '../support/sample-models';
import { write } from './samples';

const file = writeModel(streamingModel());
const steps = 6;
const inputOf = (step: number) => Int8Array.from({ length: 4 }, (_, i) => ((step * 29 + i * 41) % 251) - 125);
const numbers = (tensors: readonly { readonly data: TensorData }[]) => tensors.map(({ data }) => Array.from(data as Int8Array));

/** Outputs of every step, by the reference kernels, with the states carried by hand. */
function expected(): number[][][] {
  const reference = loadReference(file);
  let states: TensorData[] = [streamingModel().states![0].initial!, new Int8Array(4)];
  return Array.from({ length: steps }, (_, step) => {
    const results = reference.run([inputOf(step), ...states]);
    states = results.slice(-2);
    return results.slice(0, -2).map((data) => Array.from(data as Int8Array));
  });
}

function runStep(model: Model, step: number): number[][] {
  write(model.inputs[0], inputOf(step));
  model.run();
  return numbers(model.outputs);
}

test('the reference carries a window: the oldest input falls out, the newest comes in', () => {
  const outputs = expected();
  for (let step = 3; step < steps; step++) {
    assert.equal(
      outputs[step][1],
      [step - 3, step - 2, step - 1].flatMap((earlier) => [...inputOf(earlier)]),
      `oldest at step ${step}`,
    );
    assert.equal(outputs[step][2], [...inputOf(step - 1)], `previous at step ${step}`);
  }
});

test('runs carry states as the reference does; the user sees neither their inputs nor their outputs', () => {
  const model = loadSync(file);
  assert.equal([model.inputs.length, model.outputs.length], [1, 3]);
  assert.equal(
    model.states.map(({ name, dtype, shape }) => [name, dtype, shape]),
    [
      ['stream/window', 'int8', [1, 3, 4]],
      ['stream/previous', 'int8', [1, 1, 4]],
    ],
  );
  const outputs = expected();
  for (let step = 0; step < steps; step++) assert.equal(runStep(model, step), outputs[step], `step ${step}`);
  assert.equal(numbers(model.states), [[3, 4, 5].flatMap((step) => [...inputOf(step)]), [...inputOf(5)]]);
  assert.match(String(model), "state 'stream/window' int8 [1,3,4]");
});

test('reset puts every state back to what the file begins with', () => {
  const model = loadSync(file);
  const begin = numbers(model.states);
  for (let step = 0; step < 3; step++) runStep(model, step);
  assert.not.equal(numbers(model.states), begin);
  model.reset();
  assert.equal(numbers(model.states), begin);
  assert.equal(runStep(model, 0), expected()[0]);
});

test('states belong to the model: two models of one file do not share them', () => {
  const [a, b] = [loadSync(file), loadSync(file)];
  for (let step = 0; step < 3; step++) runStep(a, step);
  assert.equal(runStep(b, 0), expected()[0]);
});

test('copies of states, written back, go on where they were taken', () => {
  const model = loadSync(file);
  for (let step = 0; step < 3; step++) runStep(model, step);
  const kept = model.states.map(({ data }) => data.slice());
  runStep(model, 3);
  model.states.forEach((state, i) => {
    write(state, kept[i]);
  });
  assert.equal(runStep(model, 3), expected()[3]);
});

test('profile leaves states as they are, trace goes one run on', () => {
  const model = loadSync(file);
  runStep(model, 0);
  const before = numbers(model.states);
  model.profile(3);
  assert.equal(numbers(model.states), before);
  write(model.inputs[0], inputOf(1));
  model.trace(() => {});
  assert.equal(numbers(model.outputs), expected()[1]);
  assert.equal(runStep(model, 2), expected()[2]);
});

test('threads carry states, by run and runAsync', async () => {
  const model = await loadThreaded(file, { threads: 2 });
  try {
    const outputs = expected();
    for (let step = 0; step < steps; step++) {
      write(model.inputs[0], inputOf(step));
      if (step % 2 === 0) model.run();
      else await model.runAsync();
      assert.equal(numbers(model.outputs), outputs[step], `step ${step}`);
    }
    model.reset();
    assert.equal(runStep(model, 0), outputs[0]);
  } finally {
    model.dispose();
  }
});

test('a graph with states is loaded like its file', async () => {
  const model = await load(streamingModel());
  assert.equal(runStep(model, 0), expected()[0]);
});

test('writing and reading keeps states', () => {
  const graph = readModel(file);
  assert.is(printGraph(readModel(writeModel(graph))), printGraph(graph));
  assert.equal(
    graph.states!.map(({ name, initial }) => [name, Array.from(initial as Int8Array)]),
    [
      ['stream/window', Array.from({ length: 12 }, (_, i) => 5 * i - 20)],
      ['stream/previous', [0, 0, 0, 0]],
    ],
  );
  assert.match(printGraph(graph), /state "stream\/window" %\d+ -> %\d+ initial 12 bytes/);
});

test('a state of 64-bit integers begins with zeros and counts', () => {
  const g = new GraphBuilder();
  const x = g.input('int64', [2]);
  const state = g.input('int64', [2]);
  const [sum] = g.node('ADD', { activation: 'NONE' }, [state, x], { dtype: 'int64', shape: [2] });
  const graph = g.outputs(sum, sum);
  graph.states = [{ name: 'sum', input: state, output: sum }];
  const model = loadSync(graph);
  (model.inputs[0].data as BigInt64Array).set([3n, -2n]);
  for (let run = 0; run < 3; run++) model.run();
  assert.equal([...(model.outputs[0].data as BigInt64Array)], [9n, -6n]);
  model.reset();
  assert.equal([...(model.states[0].data as BigInt64Array)], [0n, 0n]);
});

test('two states that swap are both read before either is written', () => {
  const g = new GraphBuilder();
  const scale = quantized(1);
  g.input('int8', [2], scale);
  const [a, b] = [g.input('int8', [2], scale), g.input('int8', [2], scale)];
  const graph = g.outputs(a, b, b, a);
  graph.states = [
    { name: 'a', input: a, output: b, initial: Int8Array.of(1, 2) },
    { name: 'b', input: b, output: a, initial: Int8Array.of(3, 4) },
  ];
  const model = loadSync(graph);
  for (const [first, second] of [
    [
      [1, 2],
      [3, 4],
    ],
    [
      [3, 4],
      [1, 2],
    ],
    [
      [1, 2],
      [3, 4],
    ],
  ]) {
    model.run();
    assert.equal(numbers(model.outputs), [first, second]);
  }
});

test('batch is refused, since the file fixes the shape of its variables', () => {
  assert.throws(
    () => loadSync(file, { batch: 2 }),
    (error: unknown) => error instanceof ModelError && error.code === 'bad-argument',
  );
});

/** The streaming graph, made wrong. */
function wrong(edit: (graph: Graph) => void): () => Graph {
  return () => {
    const graph = streamingModel();
    edit(graph);
    return graph;
  };
}

for (const [title, make, code] of [
  ['states that are not the last inputs', wrong((g) => g.inputs.reverse()), 'bad-graph'],
  ['an output of another size', wrong((g) => (g.states![1].output = g.outputs[3])), 'bad-graph'],
  ['initial elements of another count', wrong((g) => (g.states![0].initial = new Int8Array(11))), 'bad-graph'],
  ['initial elements of another type', wrong((g) => (g.states![0].initial = new Uint8Array(12))), 'bad-graph'],
] as const) {
  test(`${title} -> ${code}`, () => {
    assert.throws(
      () => loadSync(make()),
      (error: unknown) => error instanceof ModelError && error.code === code,
    );
  });
}

test.run();
