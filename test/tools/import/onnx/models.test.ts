// Tests ONNX twins of real .tflite networks: equal outputs on a picture and random inputs, and nothing left inside but the network.
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { validate } from '../../../../src/graph/validate';
import { preprocess, presets } from '../../../../src/image';
import { evaluate } from '../../../../src/reference/run';
import { writeModel } from '../../../../src/tflite';
import { decodeImage } from '../../../../tools/images/decode';
import { readFloatModel } from '../../../../tools/import';
import { ImportAccount } from '../../../../tools/import/account';
import { importOnnx } from '../../../../tools/import/onnx/import';
import { decodeModel } from '../../../../tools/import/onnx/proto';
import { loadFloat } from '../../../../tools/model/float-model';
import { randomInputs } from '../../../support/passes';
import { sharedPath, sharedTest } from '../../../support/shared';

const twins = [
  ['mobilenet_v1_0.25_224_float', 'mobilenet_v1_0.25_224_float', 'inception'],
  ['mobilenet_v1_0.25_224_keras_bn', 'mobilenet_v1_0.25_224_keras_float', 'inception'],
  ['mobilenet_v2_1.0_224_float', 'mobilenet_v2_1.0_224_float', 'inception'],
  ['squeezenet1.1_float', 'squeezenet1.1_float', 'torchvision'],
] as const;

const photo = 'parrot.jpg';

for (const [onnx, tflite, preset] of twins) {
  sharedTest(test, `${onnx}.onnx computes what ${tflite}.tflite does, to 1e-4 of the range`, async () => {
    const [a, b] = [`${onnx}.onnx`, `${tflite}.tflite`].map((file) => {
      return loadFloat(readFloatModel(new Uint8Array(readFileSync(sharedPath('models', file))), file));
    });
    const types = (model: typeof a) => model.graph.nodes.map(({ type }) => type);
    assert.is(types(a).length, types(b).length, `${types(a)}`);
    assert.equal(a.inputs[0].shape, b.inputs[0].shape);
    assert.equal(a.outputs[0].shape, b.outputs[0].shape);
    assert.not.ok(
      types(a).some((type) => /^(TRANSPOSE|MUL|PAD|RELU6?)$/.test(type)),
      `${types(a)}`,
    );
    const picture = new Float32Array(224 * 224 * 3);
    const pixels = await decodeImage(readFileSync(sharedPath('images', 'photos', photo)), photo);
    preprocess(pixels, presets[preset], { shape: [1, 224, 224, 3], dtype: 'float32' }, picture);
    for (const [name, inputs] of [
      [photo, [picture]],
      ['random', randomInputs(a.graph, 1)],
    ] as const) {
      const [expected, actual] = [b.run(inputs)[0] as Float32Array, a.run(inputs)[0] as Float32Array];
      const range = Math.max(...expected) - Math.min(...expected);
      const worst = Math.max(...expected.map((value, i) => Math.abs(value - actual[i])));
      assert.ok(worst <= 1e-4 * range, `${name}: differs by ${worst} of ${range}`);
    }
    a.dispose();
    b.dispose();
  });
}

sharedTest(test, 'the 27 batch normalizations of keras_bn are folded, and the network survives .tflite to the bit', () => {
  const bytes = new Uint8Array(readFileSync(sharedPath('models', 'mobilenet_v1_0.25_224_keras_bn.onnx')));
  assert.is(
    decodeModel(bytes, new ImportAccount(bytes.length)).graph!.node.filter(({ opType }) => opType === 'BatchNormalization').length,
    27,
  );
  const graph = importOnnx(bytes);
  assert.not.match(graph.nodes.map(({ type }) => type).join(), /MUL|ADD/);
  validate(graph, { evaluate });
  assert.is(graph.outputs[0].name, 'act_softmax');
  const [before, after] = [loadFloat(writeModel(graph)), loadFloat(graph)];
  const inputs = randomInputs(graph, 2);
  assert.equal(before.run(inputs), after.run(inputs));
});

test.run();
