// Tests that whatever validates also runs: golden cases with random damage end in success or a ModelError, with little work.
// First of all, so that work is counted in every function.
import '../support/steps';

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ModelError } from '../../src/errors';
import type { DType, Graph, TensorData, Value } from '../../src/graph/graph';
import { allocate, elementCount } from '../../src/graph/graph';
import { printGraph } from '../../src/graph/print';
import { validate } from '../../src/graph/validate';
import { runPasses } from '../../src/passes/index';
import { evaluate, runReference } from '../../src/reference/run';
import { caseGraph, vectorFiles } from '../support/case-graph';
import { randomInputs } from '../support/passes';
import { Random } from '../support/random';
import { sharedTest } from '../support/shared';
import { takeSteps } from '../support/steps';
import { loadVectors } from '../support/vectors';

const dtypes: readonly DType[] = ['float32', 'float16', 'int32', 'int64', 'uint8', 'int8', 'int16', 'bool'];
const numbers = [0, 1, -1, 2, 3, 7, 127, 128, -128, 255, 65536, 2 ** 30, 2 ** 31 - 1, -(2 ** 31), 0.5, 1e-45, 1e38, Number.NaN, Infinity];
const paddings = ['SAME', 'VALID', { top: 1, bottom: 0, left: 2, right: 5 }, { top: 9, bottom: 9, left: 0, right: 0 }];

/** Fresh elements for a constant whose dtype or shape changed. */
function refill(random: Random, value: Value): void {
  if (!value.data) return;
  const data: TensorData = allocate(value.dtype, elementCount(value.shape));
  for (let i = 0; i < data.length; i++) {
    const element = random.integer(-3, 9);
    data[i] = value.dtype === 'int64' ? BigInt(element) : element;
  }
  value.data = data;
}

function damageAttribute(random: Random, graph: Graph): void {
  const attributes = graph.nodes[0].attributes as Record<string, unknown>;
  const keys = Object.keys(attributes);
  if (keys.length === 0) return;
  const key = random.pick(keys);
  if (key === 'padding') attributes[key] = random.pick(paddings);
  else if (typeof attributes[key] === 'boolean') attributes[key] = !attributes[key];
  else if (typeof attributes[key] === 'number') attributes[key] = random.pick(numbers);
}

/** Each way to damage a graph at `value`, one of its values. */
const damages: ((random: Random, graph: Graph, value: Value) => void)[] = [
  damageAttribute,
  (random, _, value) => {
    value.shape = Array.from({ length: random.integer(0, 7) }, () => random.integer(0, 6));
    refill(random, value);
  },
  (random, _, value) => {
    const axis = random.integer(0, Math.max(0, value.shape.length - 1));
    value.shape = value.shape.map((dimension, i) => (i === axis ? random.pick([0, 1, 2, 3, 5, 100]) : dimension));
    refill(random, value);
  },
  (random, _, value) => {
    value.dtype = random.pick(dtypes);
    refill(random, value);
  },
  (random, _, value) => {
    const count = random.pick([0, 1, 1, 4]);
    const scale = Array.from({ length: count }, () => Math.fround(random.pick([...numbers, 2 ** random.integer(-140, 120)])));
    value.quantization = { scale, zeroPoint: scale.map(() => random.integer(-130, 260)), axis: random.integer(0, 4) };
  },
  (_, __, value) => {
    value.quantization = undefined;
  },
  (random, _, value) => {
    if (value.data instanceof Int32Array) value.data = value.data.map((element) => (random.integer(0, 2) ? element : random.pick(numbers)));
  },
  (random, graph) => {
    const { inputs } = graph.nodes[0];
    inputs[random.integer(0, inputs.length - 1)] = random.pick([undefined, ...graph.values]);
  },
];

const mutations = 300;
/** Of all cases of a file, as takeSteps counts; none executes more than 7e6. */
const limitSteps = 2e7;

for (const file of vectorFiles) {
  sharedTest(test, `${file}: ${mutations} damaged cases, seed 11`, () => {
    takeSteps();
    const random = new Random(11);
    const cases = loadVectors(file);
    for (let i = 0; i < mutations; i++) {
      const { graph } = caseGraph(file, random.pick(cases));
      for (let k = random.integer(1, 3); k > 0; k--) random.pick(damages)(random, graph, random.pick(graph.values));
      const context = `mutation ${i} of ${file}\n${printGraph(graph)}`;
      try {
        validate(graph, { evaluate, batch: random.pick([undefined, 1, 3]) });
        if (graph.values.some(({ shape }) => elementCount(shape) > 1e6)) continue;
        runReference(graph, randomInputs(graph, i));
        runPasses(graph, { evaluate });
      } catch (error) {
        if (!(error instanceof ModelError)) throw new Error(`${error}; ${context}`, { cause: error });
      }
    }
    const steps = takeSteps();
    assert.ok(steps < limitSteps, `they execute ${steps} blocks of code`);
  });
}

test.run();
