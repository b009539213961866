// Tests decisions: what counts as evidence, which parts of a network a module may treat, and when it is left out.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Decision, decide, type Judged } from '../../../../tools/quantize/decide/decide';
import { gainOf, type HeadErrors, verdictOf } from '../../../../tools/quantize/decide/evidence';
import { everywhere, reachOf, type Scope } from '../../../../tools/quantize/decide/heads';
import { withLogits } from '../../../../tools/quantize/decide/held';
import { quantizeModel } from '../../../../tools/quantize/model';
import { convolution, GraphBuilder } from '../../../support/build';
import { asSamples } from '../../../support/float-network';
import { Random } from '../../../support/random';

const head = (...errors: number[]): HeadErrors => ({ errors: Float64Array.from(errors), signal: 1 });
const verdict = (before: HeadErrors, after: HeadErrors, minGain = 0.3) => verdictOf(gainOf(before, after), before.errors.length, minGain);

test('half the error on every sample is 3 dB without deviation, and gains', () => {
  const gain = gainOf(head(4, 2, 8, 6), head(2, 1, 4, 3));
  assert.is(gain.pooled, 3.01, '10 log10 2, to 0.001');
  assert.ok(gain.decibels > 2.5 && gain.pooledDeviation < 1e-6, `${gain.decibels} ± ${gain.pooledDeviation}`);
  assert.is(verdict(head(4, 2, 8, 6), head(2, 1, 4, 3)), 'gains');
});

test('a gain that two samples of eight have is open, and so is one below the least', () => {
  const before = head(4, 4, 4, 4, 4, 4, 4, 4);
  assert.is(verdict(before, head(0.1, 0.1, 4.1, 4, 4, 4.1, 4, 4)), 'open');
  assert.is(verdict(before, head(3.9, 3.9, 3.9, 3.9, 3.9, 3.9, 3.9, 3.9)), 'open');
});

test('most samples that gain do not make up for one that ruins the SQNR', () => {
  const before = head(1, 1, 1, 1, 1, 1, 1, 1);
  assert.is(verdict(before, head(0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6)), 'gains');
  assert.is(verdict(before, head(0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 4)), 'open');
});

test('twice the error on every sample loses', () => {
  assert.is(verdict(head(2, 1, 4, 3), head(4, 2, 8, 6)), 'loses');
});

/** Two inputs, each through a layer of its own to an output of its own. */
function twoHeads() {
  const b = new GraphBuilder();
  const layer = (name: string) => {
    const input = b.input('float32', [1, 1, 1, 2]);
    const weights = b.constant('float32', [2, 1, 1, 2], [1, 0, 0, 1]);
    return b.node('CONV_2D', convolution, [input, weights, undefined], { dtype: 'float32', name, shape: [1, 1, 1, 2] })[0];
  };
  return b.outputs(layer('a'), layer('b'));
}

interface Named extends Judged {
  readonly name: string;
}

async function decideBetween(whole: [HeadErrors, HeadErrors], part: [HeadErrors, HeadErrors]): Promise<Decision & { chosen: string }> {
  const graph = twoHeads();
  const same = head(4, 4, 4, 4);
  const base: Named = { name: 'base', heads: [same, same] };
  const scopes: Scope[] = [];
  const attempt = async (scope: Scope): Promise<Named> => {
    scopes.push(scope);
    return scope === everywhere ? { name: 'whole', heads: whole } : { name: 'part', heads: part };
  };
  const { chosen, decision } = await decide({ module: 'm', minGain: 0.3 }, reachOf(graph), base, attempt);
  if (scopes.length > 1) assert.equal(graph.outputs.map(scopes[1]), [true, false]);
  return { ...decision, chosen: chosen.name };
}

const better = head(2, 2, 2, 2);
const same = head(4, 4, 4, 4);
const worse = head(8, 8, 8, 8);
for (const [title, whole, part, applied, chosen] of [
  ['every output gains', [better, better], [same, same], 'everywhere', 'whole'],
  ['one gains and the other keeps', [better, same], [same, same], 'everywhere', 'whole'],
  ['one gains and the other loses', [better, worse], [better, same], 'in part', 'part'],
  ['the part alone gains nothing', [better, worse], [same, same], 'nowhere', 'base'],
  ['the part alone loses still', [better, worse], [better, worse], 'nowhere', 'base'],
  ['none gains', [same, same], [better, better], 'nowhere', 'base'],
] as const) {
  test(`${title}: applied ${applied}`, async () => {
    const decision = await decideBetween([...whole], [...part]);
    assert.equal([decision.applied, decision.chosen], [applied, chosen]);
  });
}

const channels = 8;
const side = 8;

interface BranchOptions {
  /** The first layer passes its channels on. */
  readonly isIdentity?: boolean;
  /** Factor of hidden channel c, undone in the layer that reads it. */
  readonly spread: (channel: number) => number;
}

/** Inputs [1, 8, 8, 8], each through two pointwise layers to an output of its own. */
function branches(seed: number, ...options: BranchOptions[]) {
  const random = new Random(seed);
  const b = new GraphBuilder();
  const normals = (factor: (i: number) => number) =>
    Array.from({ length: channels * channels }, (_, i) => 0.3 * random.normal() * factor(i));
  const outputs = options.map(({ isIdentity, spread }, k) => {
    const shape = [1, side, side, channels];
    const input = b.input('float32', shape);
    const wide = b.constant(
      'float32',
      [channels, 1, 1, channels],
      isIdentity
        ? Array.from({ length: channels * channels }, (_, i) => (i % (channels + 1) === 0 ? 1 : 0))
        : normals((i) => spread(Math.floor(i / channels))),
    );
    const narrow = b.constant(
      'float32',
      [channels, 1, 1, channels],
      normals((i) => 1 / spread(i % channels)),
    );
    const bias = () => b.constant('float32', [channels], new Array(channels).fill(0));
    const [hidden] = b.node('CONV_2D', { ...convolution, activation: 'RELU' }, [input, wide, bias()], {
      dtype: 'float32',
      name: `hidden${k}`,
      shape,
    });
    return b.node('CONV_2D', convolution, [hidden, narrow, bias()], { dtype: 'float32', name: `out${k}`, shape })[0];
  });
  return b.outputs(...outputs);
}

/** Uniform in [-extent, extent]. */
const noise = (random: Random, extent: number) =>
  Float32Array.from({ length: side * side * channels }, () => extent * (2 * random.real() - 1));

const spread = (c: number) => 2 ** (((c * 5) % 8) * (8 / 7) - 4);

test('equalization that clips one output on held samples treats the other output alone', async () => {
  const random = new Random(5);
  const graph = branches(11, { spread }, { spread: () => 1, isIdentity: true });
  // Every second sample is held; on the others half of the second input's channels are small.
  const samples = Array.from({ length: 24 }, (_, i) => {
    const second = noise(random, 1);
    return [noise(random, 1), i % 2 === 1 ? second : second.map((x, k) => (k % channels < 4 ? 0.02 * x : x))];
  });
  const { decisions } = await quantizeModel(graph, asSamples(samples), { scheme: { name: 'uint8' } });
  const found = decisions.filter(({ module }) => module.startsWith('equalization'));
  assert.ok(
    found.some(({ applied }) => applied === 'in part'),
    JSON.stringify(found),
  );
  for (const { applied, gains } of found) {
    if (applied === 'nowhere') continue;
    assert.ok(gains[0].pooled > 3 && gains[1].pooled > -0.5, JSON.stringify(gains));
  }
});

test('rounding fitted to inputs along one direction is left out where held inputs have others', async () => {
  const random = new Random(6);
  const graph = branches(12, { spread: () => 1 });
  const along = () => {
    const base = noise(random, 1);
    return base.map((_, i) => base[i - (i % channels)] + 0.01 * random.normal());
  };
  const samples = Array.from({ length: 24 }, (_, i) => [i % 2 === 1 ? noise(random, 1) : along()]);
  const { decisions } = await quantizeModel(graph, asSamples(samples));
  const rounding = decisions.find(({ module }) => module === 'rounding')!;
  assert.is(rounding.applied, 'nowhere');
  assert.ok(rounding.gains[0].pooled < 0, JSON.stringify(rounding));
});

test('four samples decide nothing: biases alone are corrected, without scaling and rounding', async () => {
  const random = new Random(7);
  const graph = branches(13, { spread });
  const samples = asSamples(Array.from({ length: 4 }, () => [noise(random, 1)]));
  const safe = await quantizeModel(graph, samples);
  const fast = await quantizeModel(graph, samples, { decide: false, equalize: false, refit: false, round: false, logitRanges: false });
  assert.equal(safe.decisions, []);
  assert.equal(
    safe.graph.values.map(({ data }) => data),
    fast.graph.values.map(({ data }) => data),
  );
});

test('logits are judged where a SOFTMAX or a reshape of one is the output, and only there', () => {
  const b = new GraphBuilder();
  const input = b.input('float32', [1, 4]);
  const real = (shape: readonly number[]) => ({ dtype: 'float32' as const, shape });
  const [logits] = b.node('RELU', {}, [input], real([1, 4]));
  const [probabilities] = b.node('SOFTMAX', { beta: 1 }, [logits], real([1, 4]));
  const [flat] = b.node('RESHAPE', { newShape: [4] }, [probabilities, b.ints(4)], real([4]));
  const graph = b.outputs(logits, probabilities, flat);
  const { graph: judged, logitsOf } = withLogits(graph);
  assert.equal(
    [...logitsOf].map(([head, extra]) => [head, judged.outputs[extra].id]),
    [
      [1, logits.id],
      [2, logits.id],
    ],
  );
  assert.is(graph.outputs.length, 3);
});

test('the file keeps the decisions', async () => {
  const random = new Random(8);
  const graph = branches(14, { spread });
  const { graph: quantized, decisions } = await quantizeModel(graph, asSamples(Array.from({ length: 12 }, () => [noise(random, 1)])));
  const entry = quantized.metadata.find(({ name }) => name === 'zeropoint')!;
  assert.ok(decisions.length > 3);
  assert.equal(JSON.parse(new TextDecoder().decode(entry.data)).decisions, JSON.parse(JSON.stringify(decisions)));
});

test.run();
