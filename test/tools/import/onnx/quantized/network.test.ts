// Tests a small network of every operator that quantized MobileNets have, in both ONNX forms: all of it computes with codes, and the logits are
// those that ONNX Runtime gave.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { printGraph } from '../../../../../src/graph/print';
import { loadSync } from '../../../../../src/index';
import { readModel, writeModel } from '../../../../../src/tflite';
import { importOnnx } from '../../../../../tools/import/onnx/import';
import { onnxFile } from '../file';
import { transpose } from '../nchw';
import { logitScale, networkImage, networkInput, quantizedNetwork } from './network';

/** Codes of the logits of networkImage(1), (2), .., by onnxruntime-web 1.30.0 from the QOperator files with uint8 activations. */
const recorded: readonly { weights: 'int8' | 'uint8'; perChannel: boolean; logits: readonly (readonly number[])[] }[] = [
  {
    weights: 'int8',
    perChannel: true,
    logits: [
      [59, -8, 92, -94, 5, 62, 29, 27, 82, 14],
      [45, 2, 87, -73, -1, 36, 30, 38, 82, -1],
      [52, -3, 107, -102, -6, 57, 38, 38, 100, 20],
      [54, 1, 74, -68, 2, 30, 25, 2, 60, -11],
      [47, -1, 66, -64, -1, 26, 27, 24, 62, -11],
      [57, -14, 112, -114, -3, 79, 29, 38, 106, 33],
    ],
  },
  {
    weights: 'int8',
    perChannel: false,
    logits: [
      [-14, 10, -42, -72, 27, 49, -40, -26, 42, 6],
      [-15, 50, -59, -25, 38, 62, 53, -44, 39, -28],
      [-27, 17, -63, -48, 40, 31, 18, -63, 36, -7],
      [-38, 16, -62, -25, 35, 36, 46, -79, 33, -5],
      [-23, 46, -71, -49, 56, 67, 62, -47, 50, -20],
      [-26, -12, -18, -50, 29, 19, -41, -24, 15, 11],
    ],
  },
  {
    weights: 'uint8',
    perChannel: false,
    logits: [
      [-14, 8, -42, -80, 23, 43, -46, -29, 45, 13],
      [-15, 48, -58, -28, 40, 66, 53, -44, 40, -27],
      [-29, 16, -67, -57, 45, 31, 13, -66, 39, -7],
      [-39, 14, -64, -30, 38, 37, 45, -81, 35, -6],
      [-23, 47, -73, -53, 63, 72, 63, -44, 53, -20],
      [-25, -12, -20, -57, 32, 18, -43, -24, 18, 10],
    ],
  },
];

// Strides of 2 with a padding of 1 on all sides are no SAME of TensorFlow Lite's.
const stride1 = 'CONV_2D DEPTHWISE_CONV_2D CONV_2D';
const stride2 = 'CONV_2D PAD DEPTHWISE_CONV_2D CONV_2D';
const types = `QUANTIZE PAD CONV_2D ${stride1} ADD ${stride2} CONV_2D MEAN FULLY_CONNECTED DEQUANTIZE`;

/** The codes of the logits for images 1 to `count`. */
function logitCodes(bytes: Uint8Array, count: number): number[][] {
  const model = loadSync(importOnnx(bytes));
  const codes = Array.from({ length: count }, (_, i) => {
    const image = transpose({ shape: networkInput, data: networkImage(i + 1) }, [0, 2, 3, 1]);
    (model.inputs[0].data as Float32Array).set(image.data);
    model.run();
    return Array.from(model.outputs[0].data as Float32Array, (logit) => Math.round(logit / logitScale));
  });
  model.dispose();
  return codes;
}

const best = (codes: readonly number[]) => codes.indexOf(Math.max(...codes));

for (const { weights, perChannel, logits } of recorded) {
  const title = `${weights} weights ${perChannel ? 'per channel' : 'per tensor'}`;
  const forms = (['qdq', 'qoperator'] as const).map((form) =>
    onnxFile(quantizedNetwork({ form, activations: 'uint8', weights, perChannel })),
  );

  test(`${title}: logits are those of ONNX Runtime or codes beside them, in both forms alike`, () => {
    const codes = logitCodes(forms[0], logits.length);
    for (const [i, expected] of logits.entries()) {
      assert.is(best(codes[i]), best(expected), `image ${i + 1}`);
      const worst = Math.max(...codes[i].map((code, k) => Math.abs(code - expected[k])));
      assert.ok(worst <= 1, `image ${i + 1}: logits differ by ${worst} codes`);
    }
    assert.equal(logitCodes(forms[1], logits.length), codes);
  });

  test(`${title}: all layers compute with codes, and the file that is written is one of TensorFlow Lite's`, () => {
    for (const bytes of forms) {
      const graph = importOnnx(bytes);
      assert.is(graph.nodes.map(({ type }) => type).join(' '), types, printGraph(graph));
      const dtypes = new Set(graph.nodes.slice(1, -1).flatMap(({ outputs }) => outputs.map(({ dtype }) => dtype)));
      assert.equal([...dtypes], [weights]);
      const file = writeModel(graph);
      assert.is(readModel(file).nodes.length, graph.nodes.length);
      loadSync(file).dispose();
    }
  });
}

test('int8 activations give the logits of uint8 ones', () => {
  const [{ logits }] = recorded;
  const bytes = onnxFile(quantizedNetwork({ form: 'qdq', activations: 'int8', weights: 'int8', perChannel: true }));
  assert.equal(logitCodes(bytes, logits.length).map(best), logits.map(best));
});

test.run();
