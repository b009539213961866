// Tests trials on a second thread: the same errors as on this one, the same file, and this thread instead where there is no worker.
import { pathToFileURL } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Calibration } from '../../../tools/calibrate/state';
import { collectStatistics } from '../../../tools/calibrate/statistics';
import { loadFloat } from '../../../tools/model/float-model';
import { schemeOf } from '../../../tools/quantize/build/scheme';
import { everywhere, nowhere, partOf, reachOf } from '../../../tools/quantize/decide/heads';
import { withLogits } from '../../../tools/quantize/decide/held';
import { quantizeModel } from '../../../tools/quantize/model';
import { prepareFloat } from '../../../tools/quantize/prepare';
import { runTrial, scopeData, type TrialData, type TrialSetting } from '../../../tools/quantize/trial';
import { location, TrialWorker } from '../../../tools/quantize/trial-worker';
import { bundledProgram } from '../../runner/programs';
import { asSamples, floatNetwork, networkSamples } from '../../support/float-network';

location.worker = pathToFileURL(bundledProgram('tools/quantize/worker.ts'));
const missing = new URL('./missing.js', location.worker);
const graph = prepareFloat(floatNetwork({ seed: 3 }));

async function aTrial(): Promise<{ setting: TrialSetting; data: TrialData }> {
  const { graph: judged } = withLogits(graph);
  const trial = networkSamples(8);
  const float = loadFloat(judged);
  const calibration = new Calibration('', '', { observer: 'mse' }, undefined);
  const held = networkSamples(5, 77).map((inputs) => ({ inputs, outputs: float.run(inputs) }));
  for (const sample of trial) {
    float.run(sample, ({ name }, data) => calibration.observerOf(name).observe(data as Float32Array));
    calibration.samples++;
  }
  const setting = { scheme: schemeOf({ name: 'int8' }), weights: 'min-max', trial, held } as const;
  const statistics = await collectStatistics(judged, trial);
  const [all, none] = [scopeData(everywhere, judged), scopeData(nowhere, judged)];
  const data = {
    graph: judged,
    statistics,
    tensors: calibration.ranges().tensors,
    biasCorrection: all,
    refit: none,
    round: all,
    exceptions: { skip: [0], int16: [], int4: [] },
  };
  return { setting, data };
}

test('a worker finds the errors that this thread finds', async () => {
  const { setting, data } = await aTrial();
  const worker = (await TrialWorker.start(setting))!;
  const [errors, again] = await Promise.all([worker.run(data), worker.run({ ...data, exceptions: { skip: [], int16: [], int4: [] } })]);
  await worker.stop();
  const none = async () => {};
  assert.equal(errors, await runTrial(data, setting, none));
  assert.equal(again, await runTrial({ ...data, exceptions: { skip: [], int16: [], int4: [] } }, setting, none));
  assert.not.equal(errors, again);
});

test('a trial that fails, and a worker that ends, give no errors', async () => {
  const { setting, data } = await aTrial();
  const worker = (await TrialWorker.start(setting))!;
  assert.is(await worker.run({ ...data, tensors: {} }), undefined);
  const waiting = worker.run(data);
  await worker.stop();
  assert.is(await waiting, undefined);
});

test('parts of a network are the same values on both sides', () => {
  const scope = partOf(reachOf(graph), new Set([0]), new Set());
  assert.equal(
    scopeData(scope, graph),
    graph.values.filter(scope).map(({ id }) => id),
  );
});

for (const name of ['int8', 'uint8'] as const) {
  test(`${name}: two threads, one, and a missing worker give one file`, async () => {
    const quantized = async (workers: number) => {
      const network = floatNetwork({ seed: 5, spread: (c) => 2 ** (c - 4) });
      return quantizeModel(network, asSamples(networkSamples(16)), { scheme: { name }, workers });
    };
    const one = await quantized(1);
    assert.equal((await quantized(2)).bytes, one.bytes);
    const place = location.worker;
    location.worker = missing;
    assert.equal((await quantized(2)).bytes, one.bytes);
    location.worker = place;
    assert.ok(one.decisions.length > 4);
  });
}

test('workers that are no number from 1', async () => {
  for (const workers of [0, 1.5, Number.NaN]) {
    try {
      await quantizeModel(floatNetwork(), asSamples(networkSamples(16)), { workers });
      assert.unreachable(`${workers} was taken`);
    } catch (error) {
      assert.match((error as Error).message, 'workers is');
    }
  }
});

test.run();
