// Tests load of zeropoint/float: float, hybrid and mixed files through the API of the entry `zeropoint`, float parts on the float core.
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { loadSync } from '../../src/float';
import type { Graph, TensorData } from '../../src/graph/graph';
import { validate } from '../../src/graph/validate';
import { loadSync as loadPlain } from '../../src/index';
import { coreBackend } from '../../src/plan/lower';
import { floatBackend } from '../../src/plan/lower-float';
import { makePlan } from '../../src/plan/plan';
import { evaluate } from '../../src/reference/run';
import { writeModel } from '../../src/tflite';
import { loadFloat } from '../../tools/model/float-model';
import { convolution, GraphBuilder, perChannel, quantized } from '../support/build';
import { randomInputs } from '../support/passes';
import { scratch } from '../support/scratch';
import { sharedPath, sharedTest } from '../support/shared';
import { assertClose, checkGraph } from './check';

const same = { ...convolution, padding: 'SAME' } as const;
const scale = quantized(1 / 16);

/** int8 -> float (three nodes, one of them without a float kernel) -> int8 -> float, and a float branch around the second int8 part. */
function sandwich(): Graph {
  const b = new GraphBuilder();
  const filter = (n: number, c: number) => b.constant('float32', [n, 3, 3, c], [0.5, -0.25, 0.125, 0.75, -0.5]);
  const codes = (n: number) => b.constant('int8', [n, 1, 1, 8], [30, -50, 70, 11], perChannel(new Array(n).fill(0.01), 0));
  const bias = (n: number) => b.constant('int32', [n], [3, -2], perChannel(new Array(n).fill(0.01 / 16), 0));
  const int8 = (name: string) => ({ dtype: 'int8' as const, name, quantization: scale });
  const real = (name: string) => ({ dtype: 'float32' as const, name });
  const [first] = b.node('CONV_2D', same, [b.input('int8', [1, 5, 7, 8], scale), codes(8), bias(8)], int8('first'));
  const [opened] = b.node('DEQUANTIZE', {}, [first], real('opened'));
  const [second] = b.node('CONV_2D', same, [opened, filter(8, 8)], real('second'));
  const [halves] = b.node('FLOOR_DIV', {}, [second, b.constant('float32', [1], [0.5])], real('halves'));
  const [third] = b.node('CONV_2D', { ...same, activation: 'RELU6' }, [halves, filter(8, 8)], real('third'));
  const [closed] = b.node('QUANTIZE', {}, [third], int8('closed'));
  const [fourth] = b.node('CONV_2D', same, [closed, codes(8), bias(8)], int8('fourth'));
  const [again] = b.node('DEQUANTIZE', {}, [fourth], real('again'));
  const [sum] = b.node('ADD', { activation: 'NONE' }, [again, halves], real('sum'));
  return b.outputs(sum, closed);
}

/** A CONV_2D whose weights are int8 and whose activations are float32. */
function hybrid(): Graph {
  const b = new GraphBuilder();
  const weights = b.constant(
    'int8',
    [8, 3, 3, 4],
    [3, -5, 127, 80, -31],
    perChannel(
      [1, 2, 3, 4, 5, 6, 7, 8].map((c) => c / 500),
      0,
    ),
  );
  const [output] = b.node('CONV_2D', same, [b.input('float32', [1, 6, 6, 4]), weights], { dtype: 'float32', name: 'output' });
  return b.outputs(output);
}

function fill(model: ReturnType<typeof loadSync>, inputs: readonly TensorData[]): void {
  model.inputs.forEach(({ data }, i) => {
    (data as Float32Array).set(inputs[i] as Float32Array);
  });
}

test('a mixed file gives what the reference kernels give, and trace sees the float values too', () => {
  const bytes = writeModel(sandwich());
  const inputs = randomInputs(sandwich(), 5);
  const [mixed, plain] = [loadSync(bytes), loadPlain(bytes)];
  assert.equal(
    mixed.operators.map(({ kernel }) => (['float', 'host', 'alias'].includes(kernel) ? kernel : 'core')),
    ['core', 'core', 'float', 'host', 'float', 'core', 'core', 'core', 'float'],
  );
  assert.equal(
    plain.operators.filter(({ kernel }) => kernel === 'host').map(({ outputs }) => outputs[0].name),
    ['second', 'halves', 'third', 'sum'],
  );
  // Twice: the second run starts from what the first one left.
  for (let run = 0; run < 2; run++) {
    for (const model of [mixed, plain]) {
      fill(model, inputs);
      model.run();
    }
    mixed.outputs.forEach(({ data }, i) => {
      assertClose(data, plain.outputs[i].data, 1e-6, `output ${i} of run ${run}`);
    });
  }
  const traced = new Map<string, TensorData>();
  plain.trace(({ name }, data) => traced.set(name, data));
  const seen: string[] = [];
  mixed.trace(({ name }, data) => {
    seen.push(name);
    assertClose(data, traced.get(name)!, 1e-6, name);
  });
  assert.equal(seen, ['first', 'opened', 'second', 'halves', 'third', 'closed', 'fourth', 'again', 'sum']);
});

test('between the binaries nothing is copied: each reads what the other wrote', () => {
  const b = new GraphBuilder();
  const filter = b.constant('float32', [8, 3, 3, 8], [0.5, -0.25, 0.125, 0.75, -0.5]);
  const codes = b.constant('int8', [8, 3, 3, 8], [30, -50, 70, 11], perChannel(new Array(8).fill(0.01), 0));
  const [opened] = b.node('DEQUANTIZE', {}, [b.input('int8', [1, 5, 7, 8], scale)], { dtype: 'float32', name: 'opened' });
  const [real] = b.node('CONV_2D', same, [opened, filter], { dtype: 'float32', name: 'real' });
  const [closed] = b.node('QUANTIZE', {}, [real], { dtype: 'int8', quantization: scale, name: 'closed' });
  const [result] = b.node('CONV_2D', same, [closed, codes, undefined], { dtype: 'int8', quantization: scale, name: 'result' });
  const graph = b.outputs(result);
  validate(graph, { evaluate });
  const { steps } = makePlan(graph, { backends: [coreBackend, floatBackend], hostOperators: 'forbid', maxBytes: 2 ** 24, scratch });
  assert.equal(
    steps.map((step) => (step.kind === 'core' ? `${step.binary.name} ${step.operator}` : step.kind)),
    [
      ...['core Center', 'float Clear', 'core Dequantize', 'float Convolution'],
      ...['core Clear', 'core Quantize', 'core Convolution', 'core Uncenter'],
    ],
  );
  checkGraph(graph, 0, 'DEQUANTIZE, CONV_2D, QUANTIZE, CONV_2D');
});

test('both binaries run on one memory, which maxBytes bounds', () => {
  const bytes = writeModel(sandwich());
  const { memory } = loadSync(bytes);
  assert.ok(memory.total - memory.program - memory.weights - memory.arena < 2 * 65536, JSON.stringify(memory));
  assert.is(loadSync(bytes, { maxBytes: memory.total }).memory.total, memory.total);
  assert.throws(
    () => loadSync(bytes, { maxBytes: memory.total - 1 }),
    ({ code }: { code: string }) => code === 'too-large',
  );
});

test('profile runs and times every node of a float segment', () => {
  const bytes = writeModel(sandwich());
  const [run, profiled] = [loadSync(bytes), loadSync(bytes)];
  for (const model of [run, profiled]) fill(model, randomInputs(sandwich(), 6));
  run.run();
  const profile = profiled.profile(2);
  assert.equal(profile.length, 9);
  assert.ok(profile.every(({ milliseconds }) => milliseconds >= 0));
  profiled.outputs.forEach(({ data }, i) => {
    assert.equal(data, run.outputs[i].data, `output ${i}`);
  });
});

test('hostOperators forbid refuses what the float core has no kernel for, and nothing else', () => {
  assert.throws(() => loadSync(writeModel(sandwich()), { hostOperators: 'forbid' }), /FLOOR_DIV/);
  const model = loadSync(writeModel(hybrid()), { hostOperators: 'forbid' });
  assert.equal(
    model.operators.map(({ kernel }) => kernel),
    ['float'],
  );
});

test('a hybrid file runs with its weights dequantized', () => {
  const [input] = randomInputs(hybrid(), 9);
  const model = loadSync(writeModel(hybrid()));
  fill(model, [input]);
  model.run();
  assert.equal(model.outputs[0].data, loadFloat(hybrid()).run([input])[0]);
});

sharedTest(test, 'vww_96_float through load gives the bytes of loadFloat, on the float core alone', () => {
  const bytes = new Uint8Array(readFileSync(sharedPath('models', 'vww_96_float.tflite')));
  const model = loadSync(bytes, { hostOperators: 'forbid' });
  const float = loadFloat(bytes);
  const [input] = randomInputs(float.graph, 3);
  fill(model, [input]);
  model.run();
  assert.equal(model.outputs[0].data, float.run([input])[0]);
});

test.run();
