// Tests giving real numbers to a model's inputs.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { loadSync } from '../../../src/index';
import { writeModel } from '../../../src/tflite';
import { setInputs } from '../../../tools/model/inputs';
import { GraphBuilder, quantized } from '../../support/build';

/** QUANTIZE of a float32 input beside a uint8 input that is handed on. */
function twoInputs() {
  const b = new GraphBuilder();
  const [codes] = b.node('QUANTIZE', {}, [b.input('float32', [2])], { dtype: 'int8', quantization: quantized(0.5, 1) });
  const same = quantized(0.25, 10);
  const [copy] = b.node('RESHAPE', { newShape: [2] }, [b.input('uint8', [2], same), b.ints(2)], { dtype: 'uint8', quantization: same });
  return loadSync(writeModel(b.outputs(codes, copy)));
}

test('float inputs take the numbers, quantized ones their codes', () => {
  const model = twoInputs();
  setInputs(model, [Float32Array.of(0.75, -3), Float32Array.of(0.75, -100)]);
  assert.equal([...model.inputs[0].data], [0.75, -3]);
  assert.equal([...model.inputs[1].data], [13, 0]);
});

test('as many numbers as elements, else bad-shape names the input', () => {
  const model = twoInputs();
  for (const count of [1, 3]) {
    assert.throws(
      () => setInputs(model, [new Float32Array(2), new Float32Array(count)]),
      (error: { code: string; message: string }) => error.code === 'bad-shape' && error.message.includes(model.inputs[1].name),
    );
  }
});

test.run();
