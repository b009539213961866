// Tests what a model tells about itself: operators, profile, trace and memory.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { mobilenetV1 } from '../../src/builders/mobilenet-v1';
import { type TensorData, viewAs } from '../../src/graph/graph';
import { dequantize, loadSync, ModelError, type TracedTensor } from '../../src/index';
import { writeModel } from '../../src/tflite/write';
import { GraphBuilder, quantized } from '../support/build';
import { assertSameData } from '../support/equal';
import { expected, fill, results, samples, tiny } from './samples';

test('MobileNetV1 1.0-224: 569 million multiply-adds and 4.2 million parameters, as published, without running', () => {
  const { operators } = loadSync(mobilenetV1({ classes: 1000 }));
  const sum = (of: (operator: (typeof operators)[number]) => number) => operators.reduce((total, operator) => total + of(operator), 0);
  // Howard et al., "MobileNets" (arXiv:1704.04861), table 4: 569 and 4.2 million. Exactly, from the shapes in its table 1:
  assert.is(
    sum(({ macs }) => macs),
    568_740_352,
  );
  // Keras counts a scale and an offset for each of 10,944 channels; folded into the convolutions, the offsets remain.
  assert.is(
    sum(({ parameters }) => parameters),
    4_231_976 - 10_944,
  );
  assert.ok(operators.every(({ kernel }) => kernel !== 'host'));
});

test('operators: names, kernels, tensors, costs', () => {
  const { operators } = loadSync(samples.get('convolution int8')!);
  assert.equal(
    operators.map(({ index, name }) => `${index} ${name}`),
    [
      '0 CONV_2D #0',
      '1 DEPTHWISE_CONV_2D #1',
      '2 AVERAGE_POOL_2D #2',
      '3 MAX_POOL_2D #3',
      '4 TRANSPOSE_CONV #4',
      '5 RESHAPE #5',
      '6 FULLY_CONNECTED #6',
      '7 SOFTMAX #7',
    ],
  );
  const [conv, depthwise, pool, , transpose, , dense] = operators;
  assert.is(transpose.kernel, 'transposed 2x2');
  assert.equal(
    conv.inputs.map(({ name, shape, dtype }) => [name, shape, dtype]),
    [
      ['t0', [1, 6, 6, 3], 'int8'],
      ['t1', [4, 3, 3, 3], 'int8'],
      ['t2', [4], 'int32'],
    ],
  );
  assert.equal([conv.outputs[0].scale, conv.outputs[0].zeroPoint], [0.25, 0]);
  // Output pixels times filter taps times channels; weights and biases; one byte per weight and four per bias.
  assert.equal([conv.macs, conv.parameters, conv.weightBytes], [3 * 6 * 4 * 27, 4 * 27 + 4, 4 * 27 + 4 * 4]);
  assert.equal([depthwise.macs, depthwise.parameters], [3 * 6 * 4 * 9, 9 * 4 + 4]);
  assert.equal([pool.macs, pool.parameters, pool.weightBytes], [0, 0, 0]);
  assert.equal([dense.macs, dense.parameters, dense.weightBytes], [5 * 16, 5 * 16 + 5, 5 * 16 + 5 * 4]);
});

for (const [name, file] of samples) {
  test(`${name}: profile measures every operator and leaves the model as it was`, () => {
    const model = loadSync(file);
    fill(model, 6);
    const { outputs } = expected(file, 6);
    for (const runs of [1, 2, 5]) {
      const profile = model.profile(runs);
      assert.equal(
        profile.map(({ milliseconds: _, gmacs: __, ...operator }) => operator),
        model.operators.map((operator) => ({ ...operator })),
      );
      for (const { milliseconds, gmacs, macs } of profile) {
        assert.ok(milliseconds >= 0 && Number.isFinite(milliseconds), `${milliseconds} ms`);
        assert.ok(macs > 0 ? gmacs >= 0 : gmacs === 0, `${gmacs} GMAC/s for ${macs}`);
      }
      results(model).forEach((data, i) => {
        assertSameData(data, outputs[i], `output ${i} after ${runs} profiled runs`);
      });
    }
  });

  test(`${name}: trace shows every tensor as the reference kernels compute it`, () => {
    const model = loadSync(file);
    fill(model, 7);
    const { values, outputs } = expected(file, 7);
    const shown: TracedTensor[] = [];
    model.trace((tensor, data, real) => {
      assertSameData(data, values.get(tensor.name)!, `tensor ${tensor.name}, seed 7`);
      assertSameData(real(), dequantize(tensor, data), `real numbers of ${tensor.name}`);
      assert.is(model.operators[tensor.operator].outputs[tensor.output].name, tensor.name);
      new Uint8Array(data.buffer).fill(0);
      shown.push(tensor);
    });
    assert.equal(
      shown.map((tensor) => tensor.name),
      model.operators.flatMap((operator) => operator.outputs.map((output) => output.name)),
    );
    results(model).forEach((data, i) => {
      assertSameData(data, outputs[i], `output ${i} after the trace`);
    });
    model.run();
    results(model).forEach((data, i) => {
      assertSameData(data, outputs[i], `output ${i} of a run after the trace`);
    });
  });

  test(`${name}: memory counts every byte`, () => {
    const { memory, inputs } = loadSync(file);
    const used = memory.program + memory.weights + memory.arena;
    assert.is(memory.total, inputs[0].data.buffer.byteLength);
    assert.is(memory.total % 65536, 0);
    assert.ok(used <= memory.total && memory.total - used < 65536 + 128, `${used} of ${memory.total}`);
  });
}

test('bad arguments of profile and trace', () => {
  const model = loadSync(tiny());
  const bad = [
    ...[0, -1, 1.5, Number.NaN, Infinity, '3', null].map((runs) => () => model.profile(runs as number)),
    ...[undefined, null, {}].map((visit) => () => model.trace(visit as never)),
  ];
  for (const act of bad) assert.throws(act, (error: unknown) => error instanceof ModelError && error.code === 'bad-argument', String(act));
});

test('an exception of the visitor comes through, and the model still works', () => {
  const file = tiny();
  const model = loadSync(file);
  fill(model, 2);
  assert.throws(
    () =>
      model.trace(() => {
        throw new RangeError('stop');
      }),
    'stop',
  );
  model.run();
  assertSameData(results(model)[0], expected(file, 2).outputs[0], 'seed 2');
});

test('passes: a fused activation is reported, and its input is not in the trace', () => {
  const g = new GraphBuilder();
  const activation = { dtype: 'int8', shape: [1, 8], quantization: quantized(0.5, -10) } as const;
  const [x, y] = [g.input('int8', [1, 8], quantized(0.5)), g.input('int8', [1, 8], quantized(0.5))];
  const [sum] = g.node('ADD', { activation: 'NONE' }, [x, y], { ...activation });
  const [positive] = g.node('RELU', {}, [sum], { ...activation });
  const file = writeModel(g.outputs(positive));
  const model = loadSync(file);
  assert.ok(model.passes.some(({ pass, changed }) => pass === 'fuse-activation' && changed));
  assert.equal(
    model.operators.map((operator) => operator.name),
    ['ADD #0'],
  );
  fill(model, 9);
  const traced: [string, TensorData][] = [];
  model.trace(({ name }, data) => traced.push([name, data]));
  assert.equal(traced, [[positive.name, expected(file, 9).values.get(positive.name)!]]);
});

test('name, description, metadata and trailer come from the file', () => {
  const g = new GraphBuilder();
  const x = g.input('float32', [2]);
  g.outputs(...g.node('EXP', {}, [x], { dtype: 'float32', shape: [2] }));
  Object.assign(g.graph, { name: 'graph name', description: 'what it is', metadata: [{ name: 'note', data: Uint8Array.of(1, 2, 3) }] });
  const { name, description, metadata } = loadSync(writeModel(g.graph));
  assert.equal([name, description], ['graph name', 'what it is']);
  const note = metadata.find((entry) => entry.name === 'note')!;
  assert.equal([...note.data], [1, 2, 3]);
  // Not a window on the rest of the file.
  assert.is(viewAs('uint8', note.data.buffer, 0, note.data.buffer.byteLength).length, 3);
});

test.run();
