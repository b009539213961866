// Tests the frontier on given noise and costs, and the prediction of noise beside the noise of a quantized network.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Node, Value } from '../../../../src/graph/graph';
import { loadFloat } from '../../../../tools/model/float-model';
import { buildQuantized } from '../../../../tools/quantize/build/build';
import { noExceptions, schemeOf, schemeSettings } from '../../../../tools/quantize/build/scheme';
import { headErrors, withLogits } from '../../../../tools/quantize/decide/held';
import { calibrate } from '../../../../tools/quantize/model';
import { exceptionNames, hasForm, type Precision } from '../../../../tools/quantize/search/configuration';
import type { Costs } from '../../../../tools/quantize/search/costs';
import { type FrontierSettings, frontierOf } from '../../../../tools/quantize/search/frontier';
import { measureSensitivity } from '../../../../tools/quantize/search/sensitivity';
import { asSamples, floatNetwork, networkSamples } from '../../../support/float-network';

const graph = floatNetwork();
const scheme = schemeOf({});
const nodeOf = (name: string): Node => graph.nodes.find(({ outputs }) => outputs[0].name === name)!;
const valueNamed = (name: string): Value => nodeOf(name).outputs[0];

/** Every node takes 1 ms and 100 bytes, in float 2 ms and 400 bytes, with weights of 4 bits 50 bytes. */
const costs: Costs = {
  milliseconds: (_, precision) => (precision === 'float32' ? 2 : 1),
  conversionMilliseconds: () => 0,
  bytes: (_, precision) => ({ base: 100, int16: 100, int4: 50, float32: 400 })[precision],
};
const unlimited = { bytes: Number.POSITIVE_INFINITY, milliseconds: Number.POSITIVE_INFINITY };

/** Noise by names of values and of layers; all other parts add none. */
function settings(
  values: Record<string, number>,
  more: Partial<FrontierSettings> = {},
  weights: Record<string, number> = {},
): FrontierSettings {
  const named = <T>(of: (name: string) => T, noise: Record<string, number>) =>
    new Map(Object.entries(noise).map(([name, share]) => [of(name), share]));
  return {
    scheme,
    sensitivity: { values: named(valueNamed, values), weights: named(nodeOf, weights), int4Weights: new Map() },
    costs,
    precisions: ['float32'],
    hasForm: (node, precision) => hasForm(node, precision, schemeSettings(), scheme),
    baseBytes: 1000,
    fixed: new Map(),
    limits: unlimited,
    ...more,
  };
}

const floats = (points: ReturnType<typeof frontierOf>) =>
  points.map(({ configuration }) => exceptionNames(graph, configuration, scheme).skip);

test('the value with the most noise becomes float first, with the nodes that write and read it', () => {
  const found = floats(frontierOf(graph, settings({ depthwise: 0.5, pooled: 0.01 })));
  assert.equal(found.slice(0, 2), [[], ['depthwise', 'project']]);
  assert.is(found.length, 3);
});

test('a change that costs more has to gain more', () => {
  const slow: Costs = { ...costs, milliseconds: (node, precision) => (precision === 'float32' && node === nodeOf('project') ? 100 : 1) };
  const found = floats(frontierOf(graph, settings({ depthwise: 0.5, pooled: 0.4 }, { costs: slow })));
  assert.ok(!found[1].includes('project'), `${found[1]}`);
});

test('conversions between types count as time', () => {
  const point = (conversionMilliseconds: Costs['conversionMilliseconds']) =>
    frontierOf(graph, settings({ depthwise: 0.5 }, { costs: { ...costs, conversionMilliseconds } }))[1];
  const [free, dear] = [point(() => 0), point((value) => (value.name === 'stem' ? 3 : 0))];
  // 'stem' is written in int8, and 'depthwise' reads it in float.
  assert.is(dear.milliseconds - free.milliseconds, 3);
});

test('a value is rounded as long as a node on either side has 8 bits', () => {
  const points = frontierOf(graph, settings({ depthwise: 0.5 }, { fixed: new Map([[nodeOf('project'), 'base' as Precision]]) }));
  assert.equal(
    points.map(({ noise }) => noise),
    [0.5],
  );
});

test('changes within the limits come first, whatever the others gain', () => {
  const limited = settings({ depthwise: 0.5 }, { limits: { ...unlimited, bytes: 1400 } }, { logits: 0.01 });
  assert.equal(floats(frontierOf(graph, limited)), [[], ['logits'], ['depthwise', 'project', 'logits']]);
});

test('with weights of 4 bits the frontier begins with them, and ends without', () => {
  const weights = new Map(['stem', 'project', 'logits'].map((name, i) => [nodeOf(name), 0.01 * (i + 1)]));
  const base = settings({}, { precisions: ['int4'] });
  const found = frontierOf(graph, { ...base, sensitivity: { ...base.sensitivity, int4Weights: weights } });
  assert.equal(
    found.map(({ configuration }) => exceptionNames(graph, configuration, scheme).int4),
    [['stem', 'project', 'logits'], ['stem', 'project'], ['stem'], []],
  );
  assert.equal(
    found.map(({ bytes }) => bytes),
    [850, 900, 950, 1000],
  );
});

test('the noise of all parts is near that of the network in 8 bits', async () => {
  const samples = networkSamples(32);
  const modules = { equalize: false, biasCorrection: false, round: false, refit: false, decide: false, logitRanges: false };
  const { float, ranges, samples: taken } = await calibrate(floatNetwork(), asSamples(samples), modules, 4);
  const measured = { scheme, weights: 'min-max', int4: false } as const;
  const sensitivity = await measureSensitivity(float, ranges.tensors, taken, measured, async () => {});
  const sum = (noise: ReadonlyMap<unknown, number>) => [...noise.values()].reduce((total, share) => total + share, 0);
  const predicted = sum(sensitivity.values) + sum(sensitivity.weights);
  const { graph: judged } = withLogits(float);
  const model = loadFloat(judged);
  const held = taken.slice(0, 4).map((inputs) => ({ inputs, outputs: model.run(inputs) }));
  model.dispose();
  const quantized = buildQuantized(judged, ranges.tensors, { scheme, weights: 'min-max', exceptions: noExceptions });
  const logits = (await headErrors(quantized.graph, held, async () => {}))[1];
  const actual = logits.errors.reduce((total, error) => total + error, 0) / logits.signal;
  assert.ok(predicted > actual / 2 && predicted < 2 * actual, `${predicted} predicted, ${actual} measured`);
});

test.run();
