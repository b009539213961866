// Tests running through the public API: live tensors, repetition, independence of models, batches.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { TensorData } from '../../src/graph/graph';
import { dequantize, loadSync, ModelError, quantize } from '../../src/index';
import { writeModel } from '../../src/tflite/write';
import { convolution, GraphBuilder, quantized } from '../support/build';
import { assertSameData } from '../support/equal';
import { poisonArena } from './poison';
import { elements, expected, fill, results, samples, tiny, write } from './samples';

function assertSameOutputs(actual: readonly TensorData[], golden: readonly TensorData[], context: string): void {
  assert.is(actual.length, golden.length, context);
  actual.forEach((data, i) => {
    assertSameData(data, golden[i], `output ${i}; ${context}`);
  });
}

for (const [name, file] of samples) {
  test(`${name}: inputs are zeros after load and stay as written; run() after run() gives the same`, () => {
    const model = loadSync(file);
    for (const { data } of [...model.inputs, ...model.outputs]) assert.ok(data.every((element) => Number(element) === 0));
    fill(model, 3);
    const before = model.inputs.map(({ data }) => data.slice());
    model.run();
    const first = results(model);
    assertSameOutputs(first, expected(file, 3).outputs, 'first run, seed 3');
    for (let run = 2; run <= 4; run++) {
      model.run();
      assertSameOutputs(results(model), first, `run ${run}`);
    }
    model.inputs.forEach(({ data }, i) => {
      assertSameData(data, before[i], `input ${i} after the runs`);
    });
  });

  test(`${name}: nothing but the inputs matters: a run on an arena of garbage`, () => {
    const model = loadSync(file);
    for (const pattern of [0xa5, 0x7f, 0xff]) {
      poisonArena(model, pattern);
      fill(model, 4);
      model.run();
      assertSameOutputs(results(model), expected(file, 4).outputs, `seed 4, arena filled with ${pattern}`);
    }
  });

  test(`${name}: data are live views of one memory, made once`, () => {
    const model = loadSync(file);
    const memory = model.inputs[0].data.buffer;
    const views = [...model.inputs, ...model.outputs].map(({ data }) => data);
    fill(model, 1);
    model.run();
    [...model.inputs, ...model.outputs].forEach(({ data }, i) => {
      assert.is(data, views[i]);
      assert.is(data.buffer, memory);
    });
    assert.is(memory.byteLength, model.memory.total);
  });

  test(`${name}: the same file twice, interleaved with every other model`, () => {
    const [left, right] = [loadSync(file), loadSync(file)];
    const others = [...samples.values()].map((other) => loadSync(other));
    fill(left, 11);
    fill(right, 12);
    others.forEach((other, i) => {
      fill(other, 20 + i);
    });
    left.run();
    const leftOutputs = results(left);
    right.run();
    for (const other of others) other.run();
    assertSameOutputs(results(left), leftOutputs, 'left outputs after others ran');
    assertSameOutputs(leftOutputs, expected(file, 11).outputs, 'left, seed 11');
    assertSameOutputs(results(right), expected(file, 12).outputs, 'right, seed 12');
    left.dispose();
    right.run();
    assertSameOutputs(results(right), expected(file, 12).outputs, 'right after left was disposed');
    [...samples.values()].forEach((other, i) => {
      assertSameOutputs(results(others[i]), expected(other, 20 + i).outputs, `model ${i} among the others`);
    });
  });
}

// The samples that move data have shapes which do not follow a batch.
for (const [name, file] of [...samples].filter(([sample]) => !sample.startsWith('movement'))) {
  for (const batch of [1, 2, 3]) {
    test(`${name}: batch ${batch} gives what single runs give`, () => {
      const single = loadSync(file);
      const model = loadSync(file, { batch });
      assert.equal(
        model.inputs.map(({ shape }) => shape),
        single.inputs.map(({ shape }) => [batch, ...shape.slice(1)]),
      );
      poisonArena(model);
      for (let image = 0; image < batch; image++) {
        model.inputs.forEach(({ data }, i) => {
          const image_ = elements(single.inputs[i], 50 + image + 1000 * i);
          (data as Uint8Array).set(image_ as Uint8Array, image * image_.length);
        });
      }
      model.run();
      for (let image = 0; image < batch; image++) {
        fill(single, 50 + image);
        single.run();
        single.outputs.forEach(({ data }, i) => {
          const part = model.outputs[i].data.subarray(image * data.length, (image + 1) * data.length);
          assertSameData(part, data, `image ${image}, output ${i}`);
        });
      }
    });
  }
}

test('a batch that the outputs do not follow is refused', () => {
  try {
    loadSync(samples.get('movement int8')!, { batch: 3 });
    assert.unreachable();
  } catch (error) {
    assert.instance(error, ModelError);
    assert.is((error as ModelError).code, 'bad-shape');
  }
});

/** Two inputs; outputs: an input itself, a constant, a value that later nodes read, the last value, that value again, and an alias. */
function manyEnds() {
  const g = new GraphBuilder();
  const activation = { dtype: 'int8', shape: [1, 4, 4, 3], quantization: quantized(0.5, 3) } as const;
  const [x, y] = [g.input('int8', [1, 4, 4, 3], quantized(0.5, 3)), g.input('int8', [1, 4, 4, 3], quantized(0.25, -7))];
  const constant = g.constant('int8', [1, 1, 1, 3], [1, -2, 3], quantized(0.25, 1));
  const [sum] = g.node('ADD', { activation: 'NONE' }, [x, y], { ...activation });
  const [product] = g.node('MUL', { activation: 'NONE' }, [sum, constant], { ...activation });
  const weights = g.constant('int8', [3, 3, 3, 3], [3, -5, 7, 11, -13], quantized(0.02));
  const bias = g.constant('int32', [3], [5, 0, -9], quantized(0.01));
  const [last] = g.node('CONV_2D', { ...convolution, padding: 'SAME', activation: 'RELU' }, [product, weights, bias], { ...activation });
  const flat = { dtype: 'int8', shape: [1, 48], quantization: quantized(0.5, 3) } as const;
  const [alias] = g.node('RESHAPE', { newShape: [1, 48] }, [sum, g.ints(1, 48)], { ...flat });
  return writeModel(g.outputs(x, constant, sum, product, last, last, alias));
}

test('outputs that are inputs, constants, intermediate values, aliases or listed twice', () => {
  const file = manyEnds();
  for (const seed of [1, 2]) {
    const model = loadSync(file);
    fill(model, seed);
    model.run();
    model.run();
    assertSameOutputs(results(model), expected(file, seed).outputs, `seed ${seed}`);
  }
});

test('several inputs keep apart and in order', () => {
  const file = samples.get('arithmetic int8')!;
  const model = loadSync(file);
  assert.equal(
    model.inputs.map(({ dtype, scale, zeroPoint }) => [dtype, scale, zeroPoint]),
    [
      ['float32', undefined, undefined],
      ['int8', Math.fround(0.04), -7],
    ],
  );
  fill(model, 8);
  write(model.inputs[1], elements(model.inputs[1], 99));
  assertSameData(model.inputs[0].data, elements(model.inputs[0], 8), 'input 0 after input 1 was written again');
});

test('tensors say name, shape, dtype and quantization, as the file does', () => {
  const model = loadSync(tiny('int8'));
  const [input] = model.inputs;
  const [output] = model.outputs;
  assert.equal(
    { ...input, data: undefined },
    { name: 'input', shape: [1, 32, 32, 3], dtype: 'int8', scale: 1 / 128, zeroPoint: 0, data: undefined },
  );
  assert.instance(input.data, Int8Array);
  assert.instance(loadSync(tiny('uint8')).outputs[0].data, Uint8Array);
  assert.equal([output.shape, output.dtype, output.scale, output.zeroPoint], [[1, 10], 'int8', 1 / 256, -128]);
  const movement = loadSync(samples.get('movement uint8')!);
  assert.equal(
    movement.outputs.map(({ data }) => data.constructor.name),
    ['Uint8Array', 'Uint8Array', 'BigInt64Array'],
  );
  assert.ok(loadSync(samples.get('arithmetic uint8')!).outputs[0].data instanceof Float32Array);
});

test('dequantize gives real numbers of codes, and other elements as they are', () => {
  const info = { name: '', shape: [3], dtype: 'int8', scale: Math.fround(0.1), zeroPoint: -3 } as const;
  assert.equal([...dequantize(info, Int8Array.of(-3, 127, -128))], [0, Math.fround(info.scale * 130), Math.fround(info.scale * -125)]);
  assert.equal([...dequantize({ name: '', shape: [2], dtype: 'int64' }, BigInt64Array.of(5n, -1n))], [5, -1]);
});

test('quantize rounds halves away from zero, saturates, and gives NaN code 0', () => {
  const real = [0.5, 1.5, -0.5, -1.5, 0.24, 1000, -1000, Infinity, -Infinity, NaN];
  const info = (dtype: 'uint8' | 'int8' | 'int16' | 'int32', zeroPoint: number) => ({ name: '', shape: [10], dtype, scale: 1, zeroPoint });
  assert.equal(quantize(info('int8', -3), real), Int8Array.of(-2, -1, -4, -5, -3, 127, -128, 127, -128, 0));
  assert.equal(quantize(info('uint8', 10), real), Uint8Array.of(11, 12, 9, 8, 10, 255, 0, 255, 0, 0));
  assert.equal(quantize(info('int16', 0), real), Int16Array.of(1, 2, -1, -2, 0, 1000, -1000, 32767, -32768, 0));
  assert.equal(quantize(info('int32', 0), real), Int32Array.of(1, 2, -1, -2, 0, 1000, -1000, 2 ** 31 - 1, -(2 ** 31), 0));
});

test('quantize divides in float32, as TFLite does, and dequantize takes every code back to itself', () => {
  // 0.35 / 0.1 in float32 is 3.5 exactly; in double it is below.
  const info = { name: '', shape: [1], dtype: 'int8', scale: Math.fround(0.1), zeroPoint: 5 } as const;
  assert.equal(quantize(info, Float32Array.of(0.35)), Int8Array.of(9));
  const codes = Int8Array.from({ length: 256 }, (_, i) => i - 128);
  assert.equal(quantize(info, dequantize(info, codes)), codes);
});

test('quantize copies elements of tensors without a scale', () => {
  const real = Float32Array.of(0.25, -1e9);
  const copy = quantize({ name: '', shape: [2], dtype: 'float32' }, real);
  assert.equal(copy, real);
  assert.is.not(copy, real);
  assert.equal(quantize({ name: '', shape: [2], dtype: 'int32' }, [7, -7]), Int32Array.of(7, -7));
  assert.equal(quantize({ name: '', shape: [1], dtype: 'int64' }, BigInt64Array.of(5n)), BigInt64Array.of(5n));
});

test('indices that point nowhere: run() throws bad-data, and the next run is right again', () => {
  const g = new GraphBuilder();
  const [x, indices] = [g.input('int8', [4, 2], quantized(1)), g.input('int32', [2])];
  const [y] = g.node('GATHER', { axis: 0, batchDims: 0 }, [x, indices], { dtype: 'int8', shape: [2, 2], quantization: quantized(1) });
  const model = loadSync(writeModel(g.outputs(y)));
  write(model.inputs[0], Int8Array.of(0, 1, 2, 3, 4, 5, 6, 7));
  for (const bad of [4, -1, 2 ** 31 - 1, -(2 ** 31)]) {
    write(model.inputs[1], Int32Array.of(1, bad));
    try {
      model.run();
      assert.unreachable(`index ${bad}`);
    } catch (error) {
      assert.instance(error, ModelError);
      assert.is((error as ModelError).code, 'bad-data', `index ${bad}`);
    }
    write(model.inputs[1], Int32Array.of(3, 1));
    model.run();
    assert.equal([...model.outputs[0].data], [6, 7, 2, 3]);
  }
});

test.run();
