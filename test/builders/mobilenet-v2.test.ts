// Tests built MobileNetV2s: cost and size as published, shapes of the paper, the reference's bytes.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { mobilenetV2 } from '../../src/builders/mobilenet-v2';
import { loadSync, ModelError } from '../../src/index';
import { loadReference } from '../../src/reference';

/** Million multiply-adds and parameters: the README of MobileNet in github.com/tensorflow/models (research/slim/nets/mobilenet). */
const published: readonly (readonly [alpha: number, resolution: number, multiplyAdds: number, parameters: number])[] = [
  [1.4, 224, 582, 6.06],
  [1.3, 224, 509, 5.34],
  [1, 224, 300, 3.47],
  [1, 192, 221, 3.47],
  [1, 160, 154, 3.47],
  [1, 128, 99, 3.47],
  [1, 96, 56, 3.47],
  [0.75, 224, 209, 2.61],
  [0.75, 96, 39, 2.61],
  [0.5, 224, 97, 1.95],
  [0.5, 160, 50, 1.95],
  [0.35, 224, 59, 1.66],
  [0.35, 96, 11, 1.66],
];

for (const [alpha, resolution, multiplyAdds, parameters] of published) {
  test(`MobileNetV2 ${alpha}-${resolution} has ${multiplyAdds} million multiply-adds and ${parameters} million parameters`, () => {
    const { operators } = loadSync(mobilenetV2({ alpha, resolution }));
    const macs = operators.reduce((sum, operator) => sum + operator.macs, 0) / 1e6;
    const weights = operators.reduce((sum, operator) => sum + operator.parameters, 0) / 1e6;
    // Whole millions, cut; additions of residuals are not counted there.
    assert.ok(macs >= multiplyAdds && macs < multiplyAdds + 1.5, `${macs}`);
    // Biases hold what batch normalization had twice.
    assert.ok(Math.abs(weights - parameters) < 0.03, `${weights}`);
  });
}

for (const dtype of ['uint8', 'int8'] as const) {
  test(`${dtype}: the core gives the reference's codes, and they differ from input to input`, () => {
    const file = mobilenetV2({ alpha: 0.35, resolution: 64, classes: 50, dtype });
    const model = loadSync(file);
    const reference = loadReference(file);
    const [input] = model.inputs;
    const results = [1, 2].map((seed) => {
      input.data.forEach((_, i) => {
        input.data[i] = 37 * i * seed;
      });
      model.run();
      const [expected] = reference.run([input.data.slice()]);
      assert.equal([...model.outputs[0].data], [...expected]);
      return `${model.outputs[0].data}`;
    });
    assert.is.not(results[0], results[1]);
  });
}

test('equal options give equal bytes, other seeds others; bad options are refused', () => {
  const options = { alpha: 0.35, resolution: 32, classes: 3 };
  assert.equal(mobilenetV2(options), mobilenetV2({ ...options, seed: 1 }));
  assert.not.equal(mobilenetV2(options), mobilenetV2({ ...options, seed: 2 }));
  for (const bad of [{ alpha: 0 }, { resolution: 31 }, { classes: 0 }, { seed: 0.5 }, { dtype: 'int16' }, { width: 1 }]) {
    assert.throws(
      () => mobilenetV2(bad as object),
      (error: unknown) => error instanceof ModelError && error.code === 'bad-argument',
    );
  }
});

test.run();
