// Owns the tests of built MobileNets: cost and size as published, valid files, equal bytes for equal options.
// First of all, so that work is counted in every function.
import '../support/steps';

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type MobilenetV1Options, mobilenetV1 } from '../../src/builders/mobilenet-v1';
import { ModelError } from '../../src/errors';
import { elementCount } from '../../src/graph/graph';
import { readModel } from '../../src/tflite/read';
import { assertSameData } from '../support/equal';
import { countSteps } from '../support/steps';

/**
 * Multiply-adds of all convolutions including the classifier, taps on padding counted; parameters: weights and biases, into which batch
 * normalization is folded.
 */
function cost(file: Uint8Array): { multiplyAdds: number; parameters: number } {
  let multiplyAdds = 0;
  let parameters = 0;
  for (const { type, inputs, outputs } of readModel(file).nodes) {
    if (type !== 'CONV_2D' && type !== 'DEPTHWISE_CONV_2D') continue;
    const weights = inputs[1]!.shape;
    const perOutput = type === 'CONV_2D' ? weights[1] * weights[2] * weights[3] : weights[1] * weights[2];
    multiplyAdds += elementCount(outputs[0].shape) * perOutput;
    parameters += elementCount(weights) + elementCount(inputs[2]!.shape);
  }
  return { multiplyAdds, parameters };
}

/** The same by closed formulas: sides of the images from 1/2 to 1/32 of the resolution, channels times alpha. */
function expectedCost(alpha: number, resolution: number): { multiplyAdds: number; parameters: number } {
  const c = (channels: number) => channels * alpha;
  const area = (divisor: number) => (resolution / divisor) ** 2;
  const block = (depth: number, channels: number) => [9 * c(depth), c(depth) * c(channels)] as const;
  // [area of the depthwise output, of the pointwise one is the same], depth, channels
  const blocks = [
    [2, 32, 64],
    [4, 64, 128],
    [4, 128, 128],
    [8, 128, 256],
    [8, 256, 256],
    [16, 256, 512],
    ...new Array(5).fill([16, 512, 512]),
    [32, 512, 1024],
    [32, 1024, 1024],
  ];
  let multiplyAdds = area(2) * 27 * c(32) + c(1024) * 1000;
  let parameters = 28 * c(32) + (c(1024) + 1) * 1000;
  for (const [divisor, depth, channels] of blocks) {
    const [depthwise, pointwise] = block(depth, channels);
    multiplyAdds += area(divisor) * (depthwise + pointwise);
    parameters += depthwise + c(depth) + pointwise + c(channels);
  }
  return { multiplyAdds, parameters };
}

/** Million multiply-adds and parameters in tables 6 and 7 of the paper (arXiv:1704.04861). It rounds 568.7 up and 290.7 down. */
const published: Record<string, readonly [multiplyAdds: number, parameters: number]> = {
  '1 224': [569, 4.2],
  '0.75 224': [325, 2.6],
  '0.5 224': [149, 1.3],
  '0.25 224': [41, 0.5],
  '1 192': [418, 4.2],
  '1 160': [290, 4.2],
  '1 128': [186, 4.2],
};

for (const alpha of [1, 0.75, 0.5, 0.25]) {
  for (const resolution of [224, 192, 160, 128]) {
    test(`alpha ${alpha}, resolution ${resolution}: multiply-adds and parameters`, () => {
      const actual = cost(mobilenetV1({ alpha, resolution }));
      assert.equal(actual, expectedCost(alpha, resolution));
      const paper = published[`${alpha} ${resolution}`];
      if (!paper) return;
      assert.ok(Math.abs(actual.multiplyAdds / 1e6 - paper[0]) < 1, `${actual.multiplyAdds} multiply-adds, published ${paper[0]} M`);
      assert.is((actual.parameters / 1e6).toFixed(1), paper[1].toFixed(1));
    });
  }
}

for (const dtype of ['uint8', 'int8'] as const) {
  for (const [alpha, resolution, classes] of [
    [0.25, 32, 10],
    [0.3, 97, 1],
    [0.01, 33, 1001],
  ]) {
    test(`${dtype}, alpha ${alpha}, resolution ${resolution}, ${classes} classes: topology, scheme, chained shapes`, () => {
      const graph = readModel(mobilenetV1({ alpha, resolution, classes, dtype }));
      assert.equal(graph.nodes.map(({ type }) => type).slice(-4), ['AVERAGE_POOL_2D', 'CONV_2D', 'RESHAPE', 'SOFTMAX']);
      assert.is(graph.nodes.length, 31);
      assert.equal(
        [graph.inputs[0].shape, graph.outputs[0].shape],
        [
          [1, resolution, resolution, 3],
          [1, classes],
        ],
      );
      graph.nodes.forEach((node, i) => {
        if (i > 0) assert.is(node.inputs[0], graph.nodes[i - 1].outputs[0], `#${i} consumes what the one before computes`);
        if (node.type !== 'CONV_2D' && node.type !== 'DEPTHWISE_CONV_2D') return;
        const [input, weights, bias] = node.inputs.map((value) => value!);
        const channels = node.outputs[0].shape[3];
        assert.is(weights.quantization!.scale.length, dtype === 'int8' ? channels : 1);
        assert.equal([bias.shape, node.outputs[0].shape[1]], [[channels], Math.ceil(input.shape[1] / node.attributes.strideH)]);
        bias.quantization!.scale.forEach((scale, c) => {
          assert.is(scale, Math.fround(input.quantization!.scale[0] * weights.quantization!.scale[c]), `#${i}, channel ${c}`);
        });
      });
    });
  }
}

test('weights keep their variance: deviation of the first pointwise layer is sqrt(2 / 32) within 5 %', () => {
  for (const dtype of ['uint8', 'int8'] as const) {
    const weights = readModel(mobilenetV1({ dtype })).nodes[2].inputs[1]!;
    const { scale, zeroPoint } = weights.quantization!;
    const real = Array.from(weights.data as Uint8Array, (code, i) => {
      const channel = scale.length > 1 ? Math.floor(i / 32) : 0;
      return scale[channel] * (code - zeroPoint[channel]);
    });
    const mean = real.reduce((sum, x) => sum + x) / real.length;
    const deviation = Math.sqrt(real.reduce((sum, x) => sum + (x - mean) ** 2, 0) / real.length);
    assert.ok(Math.abs(mean) < 0.02, `${dtype}: mean ${mean}`);
    assert.ok(Math.abs(deviation / Math.sqrt(2 / 32) - 1) < 0.05, `${dtype}: deviation ${deviation}`);
  }
});

test('equal options give equal bytes, another seed other weights', () => {
  const options = { alpha: 0.25, resolution: 64, classes: 5, dtype: 'int8' } as const;
  assertSameData(mobilenetV1(options), mobilenetV1({ ...options, seed: 1 }), JSON.stringify(options));
  assert.is.not(Buffer.compare(mobilenetV1(options), mobilenetV1({ ...options, seed: 2 })), 0);
});

test('bytes do not change between engines and versions: FNV-1a of alpha 0.25, resolution 32, 10 classes, seed 1', () => {
  const hash = (file: Uint8Array) => file.reduce((h, byte) => Math.imul(h ^ byte, 0x01000193), 0x811c9dc5) >>> 0;
  const options = { alpha: 0.25, resolution: 32, classes: 10 };
  assert.equal([hash(mobilenetV1(options)), hash(mobilenetV1({ ...options, dtype: 'int8' }))], [3998830438, 993599711]);
});

test('building executes at most 4 blocks of code per byte of the file', () => {
  let bytes = 0;
  const steps = countSteps(() => {
    bytes = mobilenetV1({ dtype: 'int8' }).length;
  });
  assert.ok(steps < 4 * bytes, `${steps} blocks for ${bytes} bytes`);
});

const bad: MobilenetV1Options[] = [
  { alpha: 0 },
  { alpha: NaN },
  { alpha: 5 },
  { resolution: 31 },
  { resolution: 64.5 },
  { resolution: 1e9 },
  { classes: 0 },
  { classes: 65537 },
  { seed: 0.5 },
  { dtype: 'float32' as never },
];

for (const options of bad) {
  const [[name, value]] = Object.entries(options);
  test(`${name} ${value} is refused`, () => {
    assert.throws(
      () => mobilenetV1(options),
      (error: unknown) => error instanceof ModelError && error.code === 'bad-argument' && error.message.includes(`${name} is ${value}`),
    );
  });
}

test.run();
