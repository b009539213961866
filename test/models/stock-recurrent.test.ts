// Tests recurrent layers beside stock TensorFlow Lite (tfjs-tflite) over several runs: codes equal, floats to about 1e-6.
import { existsSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { peerPath } from '../../bench/peers/peer';
import { createTfjsTflite } from '../../bench/peers/tfjs-tflite';
import { loadSync } from '../../src/float';
import type { Graph } from '../../src/graph/graph';
import { writeModel } from '../../src/tflite';
import { elements, write } from '../api/samples';
import { quantized } from '../support/build';
import { type LstmCase, lstmModel, type SvdfCase, svdfModel } from '../support/recurrent';

const isInstalled = existsSync(peerPath('@tensorflow/tfjs-tflite'));
if (!isInstalled) console.log('skipped, bench/peers is not installed (npm ci --prefix bench/peers): recurrent layers beside stock TFLite');

/** Five runs in both engines on the same inputs, states and all. */
async function beside(name: string, graph: Graph, tolerance: number): Promise<void> {
  const file = writeModel(graph);
  const stock = await createTfjsTflite().load(file);
  const model = loadSync(file);
  for (let run = 0; run < 5; run++) {
    const input = elements(model.inputs[0], 31 * run + 1);
    write(model.inputs[0], input);
    (stock.inputs[0].data() as Float32Array).set(input as Float32Array);
    model.run();
    stock.run();
    const [ours, theirs] = [model.outputs[0].data as Float32Array, stock.outputs[0].data() as Float32Array];
    assert.is(ours.length, theirs.length);
    for (let i = 0; i < ours.length; i++) {
      assert.ok(Math.abs(ours[i] - theirs[i]) <= tolerance, `${name}, run ${run}, element ${i}: ${ours[i]}, stock ${theirs[i]}`);
    }
  }
}

const peerTest = isInstalled ? test : test.skip;

/**
 * The zero point of the states is 0: tfjs-tflite subtracts it, as `PortableCwiseMul` in portable_tensor_utils.cc once did (`value -=
 * output_zp`), where TFLite adds it (`value += output_zp`).
 */
const lstms: readonly Omit<LstmCase, 'kind'>[] = [
  { zeroPoint: 0 },
  { zeroPoint: 0, timeMajor: true },
  { zeroPoint: 0, isCoupled: true },
  { zeroPoint: 0, cellClip: 0.2 },
  { zeroPoint: 0, batch: 1, steps: 7, inputs: 40, cells: 24, cellScale: 2 ** -12 },
  { zeroPoint: 0, cellScale: 2 ** -9 },
  { zeroPoint: 0, cellScale: 2 ** -15, cellClip: 0.9 },
];

const floatLstms: readonly Omit<LstmCase, 'kind'>[] = [
  ...lstms,
  { hasPeephole: true },
  { hasPeephole: true, isCoupled: true },
  { projection: 3 },
  { projection: 3, projectionClip: 0.2 },
  { hasNorm: true },
  { hasNorm: true, isCoupled: true, hasPeephole: true, projection: 6, timeMajor: true },
  ...[1, 2, 3].map((activation) => ({ activation, cellClip: 4 })),
];

peerTest('int8 LSTMs: the same codes', async () => {
  for (const options of lstms)
    for (const seed of [1, 2, 3]) await beside(JSON.stringify(options), lstmModel({ ...options, kind: 'int8', seed }), 0);
});

peerTest('int8 LSTMs with a zero point: the same codes where stock TFLite is given the negated one', async () => {
  for (const zeroPoint of [1, -1, 21, -100]) {
    const graph = lstmModel({ kind: 'int8', zeroPoint });
    const [{ attributes }] = graph.nodes as { attributes: { operator: { builtin: object } } }[];
    const file = writeModel(graph);
    const { operator } = attributes;
    const negated = { ...quantized(1 / 128, -zeroPoint) };
    attributes.operator = {
      ...operator,
      builtin: { ...operator.builtin, intermediates: () => [...Array(4).fill(undefined), negated] },
    } as never;
    const [model, stock] = [loadSync(file), await createTfjsTflite().load(writeModel(graph))];
    for (let run = 0; run < 5; run++) {
      const input = elements(model.inputs[0], run);
      write(model.inputs[0], input);
      (stock.inputs[0].data() as Int8Array).set(input as Int8Array);
      model.run();
      stock.run();
      assert.equal(
        Array.from(model.outputs[0].data as Int8Array),
        Array.from(stock.outputs[0].data() as Int8Array),
        `${zeroPoint}, run ${run}`,
      );
    }
  }
});

for (const kind of ['float32', 'hybrid'] as const) {
  peerTest(`${kind} LSTMs of all parts`, async () => {
    for (const options of floatLstms)
      for (const asymmetric of kind === 'hybrid' ? [false, true] : [false])
        await beside(JSON.stringify({ ...options, asymmetric }), lstmModel({ ...options, kind, asymmetric }), 2e-6);
  });
}

const svdfs: readonly Omit<SvdfCase, 'kind'>[] = [
  {},
  { hasBias: false },
  { batch: 1, inputs: 40, filters: 12, memory: 8, rank: 1 },
  { rank: 4, filters: 8, memory: 1 },
];

peerTest('int8 SVDFs with int16 states: the same codes', async () => {
  for (const options of svdfs)
    for (const seed of [1, 2, 3]) await beside(JSON.stringify(options), svdfModel({ ...options, kind: 'int8', seed, activation: 1 }), 0);
});

for (const kind of ['float32', 'hybrid'] as const) {
  peerTest(`${kind} SVDFs`, async () => {
    for (const options of svdfs)
      for (const asymmetric of kind === 'hybrid' ? [false, true] : [false])
        await beside(JSON.stringify({ ...options, asymmetric }), svdfModel({ ...options, kind, asymmetric, activation: 1 }), 1e-5);
  });
}

test.run();
