// Tests the account of a load: what is charged, what is shared and charged once, and when a load is refused.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Account, costs } from '../src/account';
import type { Graph, Value } from '../src/graph/graph';
import { validate } from '../src/graph/validate';
import { loadSync, ModelError } from '../src/index';
import { runPasses } from '../src/passes';
import { coreBackend } from '../src/plan/lower';
import { makePlan } from '../src/plan/plan';
import { evaluate } from '../src/reference/run';
import { readModel } from '../src/tflite/read';
import { writeModel } from '../src/tflite/write';
import { convolution, GraphBuilder, perChannel, quantized } from './support/build';
import { scratch } from './support/scratch';
import { sharedPath, sharedTest } from './support/shared';

const megabyte = 2 ** 20;
const scale = quantized(0.5);

function refusal(act: () => unknown): ModelError {
  try {
    act();
  } catch (error) {
    assert.instance(error, ModelError, String(error));
    return error as ModelError;
  }
  return assert.unreachable('nothing was thrown') as never;
}

/** What all stages of loading a file charge. */
function charged(file: Uint8Array): Account {
  const account = new Account(file.length, 2 ** 31);
  account.spend(file.length);
  const graph = readModel(file, account);
  validate(graph, { evaluate, account });
  runPasses(graph, { evaluate, account });
  makePlan(graph, { backends: [coreBackend], hostOperators: 'allow', maxBytes: 2 ** 31, account, scratch });
  return account;
}

test('units cost what the table says, and what exceeds the bounds is refused before it is spent', () => {
  const account = new Account(0, megabyte);
  account.charge('tensor', 3);
  account.charge('operand', 2);
  assert.is(account.bytes, 3 * costs.tensor.bytes + 2 * costs.operand.bytes);
  assert.is(account.operations, 3 * costs.tensor.operations + 2 * costs.operand.operations);
  assert.ok(account.affords(megabyte, 1e6));
  assert.not.ok(account.affords(17 * megabyte, 0));
  assert.not.ok(account.affords(0, 1e9));
  const bytes = refusal(() => account.spend(17 * megabyte));
  assert.is(bytes.code, 'too-large');
  assert.match(bytes.message, /maxBytes = 1048576 does not allow/);
  assert.match(refusal(() => new Account(0).spend(0, 1e9)).message, /far more time/);
});

test('a file may take more work the longer it is', () => {
  new Account(10 * megabyte).spend(0, 2e9);
  assert.is(refusal(() => new Account(megabyte).spend(0, 2e9)).code, 'too-large');
});

/** Layers of `count` outputs that all read one input. */
function fan(count: number, make: (b: GraphBuilder, input: Value) => Value): Graph {
  const b = new GraphBuilder();
  const input = b.input('int8', [1, 4, 4, 8], scale);
  return b.outputs(...Array.from({ length: count }, () => make(b, input)));
}

test('indices that nodes share are charged for every node', () => {
  const length = 5000;
  const of = (count: number) => {
    const b = new GraphBuilder();
    const [input, indices] = [b.input('int8', [1, 4], scale), b.constant('int32', [length], [3, 0, 2])];
    const gather = () => b.node('GATHER', { axis: 1, batchDims: 0 }, [input, indices], { dtype: 'int8', quantization: scale })[0];
    return charged(writeModel(b.outputs(...Array.from({ length: count }, gather)))).operations;
  };
  const more = of(20) - of(10);
  assert.ok(more >= 10 * length * costs.number.operations, `${more} operations for ten nodes more`);
});

test('charges grow with the number of operators, not with its square', () => {
  const of = (count: number) => {
    const b = new GraphBuilder();
    let value = b.input('int8', [1, 2], scale);
    for (let i = 0; i < count; i++) [value] = b.node('TANH', {}, [value], { dtype: 'int8', quantization: quantized(1 / 128) });
    return charged(writeModel(b.outputs(value)));
  };
  const [few, many] = [of(100), of(400)];
  assert.ok(many.bytes <= 4.2 * few.bytes, `${few.bytes}, then ${many.bytes}`);
  assert.ok(many.operations <= 4.2 * few.operations, `${few.operations}, then ${many.operations}`);
});

test('DEQUANTIZE nodes on one constant share one result', () => {
  const b = new GraphBuilder();
  const constant = b.constant('int8', [1000], [1, 2, 3], scale);
  const input = b.input('float32', [1000]);
  const outputs = Array.from({ length: 50 }, () => {
    const [real] = b.node('DEQUANTIZE', {}, [constant], { dtype: 'float32' });
    return b.node('ADD', { activation: 'NONE' }, [input, real], { dtype: 'float32' })[0];
  });
  const graph = b.outputs(...outputs);
  validate(graph, { evaluate });
  runPasses(graph, { evaluate });
  const results = new Set(graph.nodes.map(({ inputs }) => inputs[1]!.data));
  assert.is(graph.nodes.length, 50);
  assert.is(results.size, 1);
});

test('nodes that differ in attributes, quantization or shape do not share a result', () => {
  const b = new GraphBuilder();
  const constant = b.constant('int8', [2, 3], [1, 2, 3, 4, 5, 6], scale);
  const input = b.input('int8', [1], scale);
  const folded = [
    b.node('TRANSPOSE', {}, [constant, b.ints(1, 0)], { dtype: 'int8', quantization: scale }),
    b.node('RESHAPE', { newShape: [3, 2] }, [constant, b.ints(3, 2)], { dtype: 'int8', quantization: scale }),
    b.node('RELU', {}, [constant], { dtype: 'int8', quantization: scale }),
    b.node('RELU', {}, [constant], { dtype: 'int8', quantization: quantized(0.25) }),
    b.node('RELU', {}, [constant], { dtype: 'int8', quantization: quantized(0.5, 7) }),
  ].map(([value]) => b.node('ADD', { activation: 'NONE' }, [input, value], { dtype: 'int8', quantization: scale })[0]);
  const graph = b.outputs(...folded);
  validate(graph, { evaluate });
  runPasses(graph, { evaluate });
  const results = graph.nodes.filter(({ type }) => type === 'ADD').map(({ inputs }) => [...(inputs[1]!.data as Int8Array)]);
  assert.equal(results, [
    [1, 4, 2, 5, 3, 6],
    [1, 2, 3, 4, 5, 6],
    [1, 2, 3, 4, 5, 6],
    [2, 4, 6, 8, 10, 12],
    [8, 9, 10, 11, 12, 13],
  ]);
});

test('folding stops where the account of a small file ends, and the operators run instead', () => {
  const b = new GraphBuilder();
  let [value] = b.node('TILE', {}, [b.constant('float32', [1], [1.5]), b.ints(3_000_000)], { dtype: 'float32' });
  for (let i = 0; i < 4; i++) [value] = b.node('TRANSPOSE', {}, [value, b.ints(0)], { dtype: 'float32' });
  const [output] = b.node('ADD', { activation: 'NONE' }, [b.input('float32', [1]), value], { dtype: 'float32' });
  const model = loadSync(writeModel(b.outputs(output)));
  const declined = model.passes.filter(({ pass, changed }) => pass === 'fold-constants' && !changed);
  assert.ok(
    declined.some(({ reason }) => /more than loading this file may/.test(reason)),
    JSON.stringify(model.passes),
  );
  model.run();
  assert.is(model.outputs[0].data[2_999_999], 1.5);
});

test('metadata that share a buffer share one copy', () => {
  const graph = fan(1, (b, input) => b.node('RELU', {}, [input], { dtype: 'int8', quantization: scale })[0]);
  const data = new Uint8Array(1000).fill(7);
  const model = loadSync({ ...graph, metadata: Array.from({ length: 100 }, (_, i) => ({ name: `m${i}`, data })) });
  assert.is(new Set(model.metadata.map((entry) => entry.data)).size, 1);
  assert.is.not(model.metadata[0].data, data);
});

test('maxOperations bounds a run, borders and host operators included', () => {
  const filter = (b: GraphBuilder) => b.constant('int8', [8, 3, 3, 8], [1, 2, 3], perChannel(new Array(8).fill(0.01), 0));
  const file = writeModel(
    fan(
      1,
      (b, input) =>
        b.node('CONV_2D', { ...convolution, padding: 'SAME' }, [input, filter(b), undefined], { dtype: 'int8', quantization: scale })[0],
    ),
  );
  loadSync(file, { maxOperations: 1e6 }).run();
  const error = refusal(() => loadSync(file, { maxOperations: 1000 }));
  assert.is(error.code, 'too-large');
  assert.match(error.message, /raise maxOperations/);
  for (const maxOperations of [0, -1, Number.NaN, '5', null]) {
    assert.is(refusal(() => loadSync(file, { maxOperations: maxOperations as number })).code, 'bad-argument');
  }
});

const hostile = sharedPath('cases', 'hostile');
const files = existsSync(hostile) ? readdirSync(hostile).filter((name) => name.endsWith('.tflite')) : [];

for (const name of files) {
  for (const maxBytes of [megabyte, 16 * megabyte, 256 * megabyte]) {
    sharedTest(test, `${name} with maxBytes ${maxBytes}: loads or is refused within its account`, () => {
      const file = new Uint8Array(readFileSync(join(hostile, name)));
      const account = new Account(file.length, maxBytes);
      try {
        loadSync(file, { maxBytes });
      } catch (error) {
        assert.instance(error, ModelError, String(error));
      }
      try {
        const graph = readModel(file, account);
        validate(graph, { evaluate, account });
        runPasses(graph, { evaluate, account });
      } catch (error) {
        assert.instance(error, ModelError, String(error));
      }
      assert.ok(account.operations <= 5e8 + 200 * file.length, `${account.operations} operations`);
    });
  }
}

test.run();
