// Tests weights of 4 bits: which layers have them, what they cost beside 8 bits, and refused combinations.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { weightedInputs } from '../../../src/graph/weighted';
import { readModel } from '../../../src/tflite';
import { writeModel } from '../../../src/tflite/write';
import { quantizeModel } from '../../../tools/quantize/model';
import { testRefused } from '../../support/errors';
import { asSamples, floatNetwork, networkSamples } from '../../support/float-network';

const quantized = (weightBits?: 4) =>
  quantizeModel(floatNetwork(), asSamples(networkSamples(16)), { scheme: { name: 'int8', ...(weightBits && { weightBits }) } });

test('convolutions and fully connected layers with a share of the weights have codes of -7..7, the others 8 bits', async () => {
  const { bytes } = await quantized(4);
  const graph = readModel(bytes);
  let small = 0;
  for (const { type, inputs } of graph.nodes) {
    const weighted = weightedInputs(type);
    if (!weighted) continue;
    const weights = inputs[weighted.weights]!;
    assert.is(weights.storedBits === 4, type !== 'DEPTHWISE_CONV_2D', `${type} ${weights.name}`);
    if (!weights.storedBits) continue;
    small++;
    assert.ok((weights.data as Int8Array).every((code) => Math.abs(code) <= 7));
    assert.ok((weights.data as Int8Array).some((code) => Math.abs(code) === 7));
  }
  assert.ok(small >= 2);
  assert.equal(writeModel(graph), bytes);
});

const given = (scheme: object) => () => quantizeModel(floatNetwork(), asSamples(networkSamples(16)), { scheme });
testRefused('uint8 has no weights of 4 bits', given({ name: 'uint8', weightBits: 4 }), 'bad-argument', /uint8/);
testRefused('there are no weights of 3 bits', given({ weightBits: 3 }), 'bad-argument', /3 bits/);

test.run();
