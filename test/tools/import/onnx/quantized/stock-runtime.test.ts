// Tests that ONNX Runtime gives the codes of imported quantized files, or ones beside them; skipped where the peers are not installed.
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { hasOnnxRuntime, runOnnx } from '../../../../../bench/peers/onnxruntime';
import { loadSync } from '../../../../../src/float';
import { runReference } from '../../../../../src/reference/run';
import { importOnnx } from '../../../../../tools/import/onnx/import';
import { Random } from '../../../../support/random';
import { sharedPath } from '../../../../support/shared';
import { type FileModel, onnxFile } from '../file';
import { type Tensor, transpose } from '../nchw';
import { inputsOf, linearForm, one, qdqForm, randomCodes, zero } from './file';
import { logitScale, networkImage, networkInput, quantizedNetwork } from './network';
import { operatorCases } from './operators';

const installed = hasOnnxRuntime();
if (!installed) console.log('skipped, bench/peers is not installed (npm ci --prefix bench/peers): quantized files in ONNX Runtime');
const stockTest = installed ? test : test.skip;

const toGraph = (x: Tensor) => (x.shape.length === 4 ? transpose(x, [0, 2, 3, 1]) : x);

async function stockOutput(bytes: Uint8Array, inputs: readonly Tensor[], optimized: boolean): Promise<Float64Array> {
  const feeds = inputs.map(({ shape, data }) => ({ type: 'float32' as const, data: Float32Array.from(data), shape }));
  const [output] = await runOnnx(bytes, feeds, optimized);
  return Float64Array.from(output);
}

function ownOutput(bytes: Uint8Array, inputs: readonly Tensor[]): { shape: readonly number[]; data: Float32Array } {
  const graph = importOnnx(bytes);
  const reals = inputs.map((input) => Float32Array.from(toGraph(input).data));
  return { shape: graph.outputs[0].shape, data: runReference(graph, reals)[0] as Float32Array };
}

/** Differences in steps of the output's scale. */
function steps(own: { shape: readonly number[]; data: Float32Array }, stock: Float64Array, scale: number): number[] {
  const { shape } = own;
  const isImage = shape.length === 4;
  const inOrder = isImage ? transpose({ shape: [shape[0], shape[3], shape[1], shape[2]], data: stock }, [0, 2, 3, 1]).data : stock;
  return Array.from(own.data, (value, i) => Math.abs(value - inOrder[i]) / scale);
}

for (const operator of operatorCases) {
  const models: [string, FileModel][] = [['QDQ', qdqForm(operator)]];
  // ONNX Runtime has no kernel for QLinearReduceMean on CPUs.
  if (operator.linear && operator.type !== 'ReduceMean') models.push([operator.linear.type, linearForm(operator)]);
  for (const [form, model] of models) {
    for (const optimized of [false, true]) {
      stockTest(`${form}${optimized ? ', fused' : ''}: ${operator.title}`, async () => {
        const bytes = onnxFile(model);
        const inputs = inputsOf(operator);
        const differences = steps(
          ownOutput(bytes, inputs),
          await stockOutput(bytes, inputs, optimized),
          Math.fround(operator.output.scale),
        );
        assert.ok(Math.max(...differences) < 1.01, `codes differ by ${Math.max(...differences)}`);
      });
    }
  }
}

for (const form of ['qdq', 'qoperator'] as const) {
  for (const activations of ['int8', 'uint8'] as const) {
    for (const [weights, perChannel] of [
      ['int8', true],
      ['int8', false],
      ['uint8', false],
    ] as const) {
      // ONNX Runtime has no kernels for int8 activations with uint8 weights.
      if (activations === 'int8' && weights === 'uint8') continue;
      const title = `${form} network of ${activations} activations and ${weights} weights ${perChannel ? 'per channel' : 'per tensor'}`;
      stockTest(title, async () => {
        const bytes = onnxFile(quantizedNetwork({ form, activations, weights, perChannel }));
        let [same, worst] = [0, 0];
        for (let seed = 1; seed <= 12; seed++) {
          const inputs = [{ shape: networkInput, data: networkImage(seed) }];
          const own = ownOutput(bytes, inputs);
          const stock = await stockOutput(bytes, inputs, true);
          worst = Math.max(worst, ...steps(own, stock, logitScale));
          if (own.data.indexOf(Math.max(...own.data)) === stock.indexOf(Math.max(...stock))) same++;
        }
        assert.is(same, 12);
        assert.ok(worst < 2.01, `logits differ by ${worst} codes`);
      });
    }
  }
}

stockTest('hybrid layers are within the rounding of activations that ONNX Runtime quantizes while it runs', async () => {
  const codes = randomCodes('uint8', 60, 3);
  const bytes = onnxFile({
    inputs: { x: [2, 12] },
    constants: { w: { shape: [12, 5], data: codes }, ws: one(0.02), wz: zero(101, 'uint8') },
    nodes: [
      { type: 'DynamicQuantizeLinear', inputs: ['x'], outputs: ['q', 's', 'z'] },
      { type: 'MatMulInteger', inputs: ['q', 'w', 'z', 'wz'], outputs: ['i'] },
      { type: 'Cast', inputs: ['i'], outputs: ['f'], attributes: { to: 1 } },
      { type: 'Mul', inputs: ['s', 'ws'], outputs: ['sw'] },
      { type: 'Mul', inputs: ['f', 'sw'], outputs: ['y'] },
    ],
    outputs: ['y'],
  });
  const random = new Random(4);
  const data = Float64Array.from({ length: 24 }, () => random.normal());
  const model = loadSync(importOnnx(bytes));
  (model.inputs[0].data as Float32Array).set(data);
  model.run();
  const stock = await stockOutput(bytes, [{ shape: [2, 12], data }], true);
  // Half a step of the activations times the magnitudes of a column of weights.
  const step = (Math.max(...data) - Math.min(...data, 0)) / 255;
  const column = Math.max(
    ...[0, 1, 2, 3, 4].map((c) => Array.from(codes).reduce((sum, code, i) => sum + (i % 5 === c ? 0.02 * Math.abs(code - 101) : 0), 0)),
  );
  const worst = Math.max(...Array.from(model.outputs[0].data as Float32Array, (value, i) => Math.abs(value - stock[i])));
  assert.ok(worst <= 0.5 * step * column * 1.001 && worst > 0, `${worst}, bound ${0.5 * step * column}`);
  model.dispose();
});

stockTest('a layer without a scale for its results stays float', async () => {
  const path = sharedPath('cases', 'onnx', 'qdq_conv.onnx');
  const bytes = new Uint8Array(readFileSync(path));
  const random = new Random(3);
  const inputs = [{ shape: [1, 3, 8, 8], data: Float64Array.from({ length: 192 }, () => random.normal()) }];
  const differences = steps(ownOutput(bytes, inputs), await stockOutput(bytes, inputs, false), 1);
  assert.ok(Math.max(...differences) < 1e-4, String(Math.max(...differences)));
});

test.run();
