// Tests what consoles and templates show of models and errors: one screen, nothing of the internals.
import { inspect } from 'node:util';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { loadSync, ModelError } from '../../src/index';
import { mobilenetV1 } from '../../src/mobilenet';
import { samples, tiny } from './samples';

test('console.log of a MobileNet shows inputs, outputs, operators, kernels and memory', () => {
  const model = loadSync(mobilenetV1({ alpha: 0.25, resolution: 96, classes: 10 }));
  const { total, weights, arena, program } = model.memory;
  assert.is(
    inspect(model),
    [
      "Model 'main'",
      "  input 'input' uint8 [1,96,96,3], real = 0.0078125 * (code - 128)",
      "  output 'MobilenetV1/Predictions/Reshape_1' uint8 [1,10], real = 0.00390625 * (code - 0)",
      '  31 operators: 15 CONV_2D, 13 DEPTHWISE_CONV_2D, 1 AVERAGE_POOL_2D, 1 RESHAPE, 1 SOFTMAX',
      '  kernels: 1 convolution 3x3, 9 depthwise 3x3 stride 1, 14 pointwise, 4 depthwise 3x3 stride 2, 1 average pool, 1 alias, 1 softmax',
      `  memory: ${total} bytes, of which ${weights} weights, ${arena} arena, ${program} program`,
    ].join('\n'),
  );
  assert.is(`${model}`, inspect(model));
});

test('every sample fits one screen, whatever shows it', () => {
  for (const [name, file] of samples) {
    const model = loadSync(file);
    const deno = (model as unknown as Record<symbol, () => string>)[Symbol.for('Deno.customInspect')]();
    for (const text of [inspect(model), inspect([model], { depth: 10 }), deno]) {
      assert.ok(text.split('\n').length <= 24, `${name}:\n${text}`);
      assert.not.match(text, /execution|settings|graph:|module/, name);
    }
  }
});

test('after dispose it says so', () => {
  const model = loadSync(tiny());
  model.dispose();
  assert.match(inspect(model), /^Model '.*'\n {2}disposed\n {2}\d+ operators: /);
  assert.not.match(inspect(model), 'input');
});

test('an error shows its name, its message and its code; the place only where there is one', () => {
  const [placed, plain] = [new ModelError('bad-shape', 'is odd', { where: 'tensor 3' }), new ModelError('bad-argument', 'is odd')];
  assert.match(placed.stack!, /^ModelError: tensor 3: is odd\n/);
  assert.match(inspect(placed), /^ModelError: tensor 3: is odd\n[\s\S]*code: 'bad-shape',\n {2}where: 'tensor 3'/);
  assert.not.match(inspect(plain), 'where');
  assert.is(plain.where, undefined);
  assert.is(String(plain), 'ModelError: is odd');
  assert.is(plain.name, 'ModelError');
});

test.run();
