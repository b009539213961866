// Tests float tails: which nodes they are, which outputs need one, and that networks with such an output get it.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readModel } from '../../../src/tflite';
import { readProvenance } from '../../../tools/model/provenance';
import { gainOf, type HeadErrors } from '../../../tools/quantize/decide/evidence';
import { minTailGain, needsTail, tailErrors, tailOf } from '../../../tools/quantize/float-tails';
import { quantizeModel } from '../../../tools/quantize/model';
import type { QuantizeOptions } from '../../../tools/quantize/settings';
import { decisionLine } from '../../../tools/report/decisions';
import { GraphBuilder } from '../../support/build';
import { asSamples } from '../../support/float-network';
import { Random } from '../../support/random';

const dense = { activation: 'NONE' as const, keepNumDims: false };
const real = (name: string, shape?: readonly number[]) => ({ dtype: 'float32' as const, name, shape });
const features = 64;

/**
 * [1, 64] through two layers of 64 to the output 'found' of one layer, 4 positions of about 600 pixels and 4 scores of about 0.5, and to
 * the output 'plain' of another; both go through a node that is no layer.
 */
function detector() {
  const random = new Random(1);
  const b = new GraphBuilder();
  const layer = (name: string, input: ReturnType<GraphBuilder['input']>, factors: readonly number[]) => {
    const weights = b.constant(
      'float32',
      [factors.length, features],
      factors.flatMap((factor) => Array.from({ length: features }, () => (factor * random.normal()) / Math.sqrt(features))),
    );
    return b.node('FULLY_CONNECTED', dense, [input, weights, undefined], real(name, [1, factors.length]))[0];
  };
  const ones = new Array<number>(features).fill(1);
  const hidden = layer('hidden', layer('wide', b.input('float32', [1, features]), ones), ones);
  const mixed = layer('mixed', hidden, [600, 600, 600, 600, 0.5, 0.5, 0.5, 0.5]);
  const [found] = b.node('RESHAPE', { newShape: [1, 2, 4] }, [mixed, b.ints(1, 2, 4)], real('found', [1, 2, 4]));
  const [flat] = b.node('RESHAPE', { newShape: [1, 8] }, [found, b.ints(1, 8)], real('flat', [1, 8]));
  return b.outputs(flat, layer('plain', hidden, [1, 1]));
}

const samples = Array.from({ length: 16 }, (_, i) => {
  const random = new Random(10 + i);
  return [Float32Array.from({ length: features }, () => random.normal())];
});
const quantized = (options: QuantizeOptions = {}) => quantizeModel(detector(), asSamples(samples), options);

test('a tail leads to its output alone, with the last layers or without them', () => {
  const graph = detector();
  const [flat, plain] = graph.outputs;
  assert.equal(tailOf(graph, flat, false), ['flat', 'found']);
  assert.equal(tailOf(graph, flat, true), ['flat', 'found', 'mixed']);
  assert.equal(tailOf(graph, plain, true), ['plain']);
  assert.equal(tailOf(graph, plain, false), []);
  const seen = { ...graph, outputs: [...graph.outputs, graph.values.find(({ name }) => name === 'found')!] };
  assert.equal(tailOf(seen, flat, true), ['flat'], "another output's node ends it");
});

test('a tail with more than a tenth of the multiply-adds stays 8-bit', () => {
  const b = new GraphBuilder();
  const weights = b.constant('float32', [4, 4], [1]);
  let value = b.input('float32', [1, 4]);
  for (let i = 0; i < 5; i++) [value] = b.node('FULLY_CONNECTED', dense, [value, weights, undefined], real(`layer ${i}`, [1, 4]));
  assert.equal(tailOf(b.outputs(value), value, true), []);
});

const errors = (each: number, codes: number): HeadErrors => ({ errors: new Float64Array(8).fill(each), signal: 800, codes: 8 * codes });

test('the gain that a tail takes: 3 dB below 20 dB, 6 dB below 30, none above, and none where codes are not the cause', () => {
  // SQNR 10 log10(100 / error per sample).
  assert.is(minTailGain(errors(2, 2)), 3);
  assert.is(minTailGain(errors(0.5, 0.5)), 6);
  assert.is(minTailGain(errors(0.05, 0.05)), Number.POSITIVE_INFINITY);
  assert.is(minTailGain(errors(2, 0.2)), Number.POSITIVE_INFINITY);
  const needs = (before: HeadErrors, after: HeadErrors) => needsTail(before, gainOf(before, after));
  assert.ok(needs(errors(2, 2), errors(0.8, 0)));
  assert.not.ok(needs(errors(2, 2), errors(1.2, 0)));
  assert.not.ok(needs(errors(0.5, 0.5), errors(0.2, 0)));
});

test('columns count each for itself, probabilities as they are', () => {
  const [whole, columns] = [errors(1, 0), errors(2, 0)];
  assert.is(tailErrors({ ...whole, columns }), columns);
  const probabilities = { ...whole, columns, logits: whole };
  assert.is(tailErrors(probabilities), probabilities);
});

test('scores that share an output with pixels have a float tail, the other output stays int8; decision and record say so', async () => {
  const { bytes, skipped, decisions } = await quantized();
  const { outputs, metadata } = readModel(bytes);
  assert.equal(
    outputs.map(({ name, dtype }) => [name, dtype]),
    [
      ['flat', 'float32'],
      ['plain', 'int8'],
    ],
  );
  assert.equal([...skipped].sort(), ['flat', 'found', 'mixed']);
  const decision = decisions.find(({ module }) => module === 'float tails')!;
  assert.is(decision.applied, 'in part');
  assert.ok(decision.gains[0].decibels > 6, JSON.stringify(decision));
  assert.equal(decision.gains[1].decibels, 0);
  assert.match(decisionLine(decisions)!, /float tails in part/);
  assert.equal(readProvenance(metadata)!.decisions!.at(-1)!.module, 'float tails');
});

test('a given type of the outputs is kept, and nothing is tried', async () => {
  const { bytes, decisions } = await quantized({ scheme: { outputs: 'int8' } });
  assert.equal(
    readModel(bytes).outputs.map(({ dtype }) => dtype),
    ['int8', 'int8'],
  );
  assert.not.ok(decisions.some(({ module }) => module === 'float tails'));
});

test.run();
