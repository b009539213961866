// Tests what the TensorFlow.js import makes of whole models: encodings of weights, inputs, outputs, names, errors.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type ErrorCode, ModelError } from '../../../../src/errors';
import { importTfjs, type TfjsOptions } from '../../../../tools/import/tfjs/import';
import { imported, runGraph } from './compare';
import { assertComputes, both, first, second, sequential, weights } from './dense-network';
import {
  bytesOfJson,
  elements,
  floats,
  functional,
  graphFile,
  ints,
  type Layer,
  layersFile,
  random,
  type Tensor,
  type TfjsFile,
} from './file';

const refuses = (file: TfjsFile, code: ErrorCode, message: RegExp, options?: TfjsOptions): void =>
  assert.throws(
    () => imported(file, options),
    (error: unknown) => {
      assert.instance(error, ModelError);
      assert.is((error as ModelError).code, code, (error as Error).message);
      assert.match((error as Error).message, message);
      return true;
    },
  );

test('weights in several groups of several shards, at offsets that are not aligned', () => {
  const bools: [string, Tensor] = ['odd', { shape: [3], data: [1, 0, 1], dtype: 'bool' }];
  const { json, shards } = layersFile(sequential([first, second]), new Map([bools, ...weights]), ['a', 'b', 'c']);
  const [{ weights: specs }] = json.weightsManifest as { weights: unknown[] }[];
  const other = new Uint8Array(8);
  const weightsManifest = [
    { paths: ['z'], weights: [{ name: 'unused', shape: [2], dtype: 'int32' }] },
    { paths: ['a', 'b', 'c'], weights: specs },
  ];
  assertComputes({ json: { ...json, weightsManifest }, shards: new Map([...shards, ['z', other]]) }, both);
});

/** A graph that adds the decoded weight to its input of zeros. */
function decoded(spec: Record<string, unknown>, bytes: Uint8Array, shape: readonly number[]): number[] {
  const nodes = [
    { op: 'Cast', name: 'f', inputs: ['w'], attributes: { DstT: { type: 'DT_FLOAT' } } },
    { op: 'AddV2', name: 'y', inputs: ['x', 'f'] },
  ];
  const { json } = graphFile({ inputs: { x: shape }, constants: { w: floats([0]) }, nodes, outputs: ['y'] });
  const file = {
    json: { ...json, weightsManifest: [{ paths: ['w'], weights: [{ name: 'w', shape, ...spec }] }] },
    shards: new Map([['w', bytes]]),
  };
  return Array.from(runGraph(imported(file), [{ shape, data: new Float32Array(elements(shape)) }])[0].data);
}

test('uint8 and uint16 codes are scale * code + min, for floats and integers', () => {
  const codes = [0, 7, 255];
  const quantization = { dtype: 'uint8', scale: 0.5, min: -3, original_dtype: 'float32' };
  assert.equal(decoded({ dtype: 'float32', quantization }, Uint8Array.from(codes), [3]), [-3, 0.5, 124.5]);
  const wide = new Uint8Array(Uint16Array.of(0, 7, 65535).buffer);
  assert.equal(decoded({ dtype: 'float32', quantization: { ...quantization, dtype: 'uint16' } }, wide, [3]), [-3, 0.5, 32764.5]);
  assert.equal(decoded({ dtype: 'int32', quantization }, Uint8Array.from(codes), [3]), [-3, 1, 125]);
});

test('float16 and bool weights are decoded', () => {
  const halves = new Uint8Array(Uint16Array.of(0x3c00, 0xc000, 0x3555).buffer);
  const values = decoded({ dtype: 'float32', quantization: { dtype: 'float16', original_dtype: 'float32' } }, halves, [3]);
  assert.equal(values, [1, -2, Math.fround(0.333251953125)]);
  assert.equal(decoded({ dtype: 'bool' }, Uint8Array.of(1, 0), [2]), [1, 0]);
});

test('batch normalizations become part of layers, and activations stay operators of their own', () => {
  const layers: Layer[] = [
    { className: 'Conv2D', name: 'c', inputs: ['x'], config: { use_bias: false } },
    { className: 'BatchNormalization', name: 'b', inputs: ['c'] },
    { className: 'ReLU', name: 'r', inputs: ['b'], config: { max_value: 6 } },
    { className: 'DepthwiseConv2D', name: 'd', inputs: ['r'], config: { use_bias: false } },
    { className: 'BatchNormalization', name: 'e', inputs: ['d'], config: { scale: false } },
  ];
  const normal = (name: string) =>
    ['gamma', 'beta', 'moving_mean', 'moving_variance'].map((role) => [`${name}/${role}`, floats([1, 2, 3])] as const);
  const held = new Map([
    ['c/kernel', random([1, 1, 2, 3], 1)],
    ['d/depthwise_kernel', random([3, 3, 3, 1], 2)],
    ...normal('b'),
    ...normal('e'),
  ] as const);
  const graph = imported(layersFile(functional('f', { x: [null, 8, 8, 2] }, layers, ['e']), held));
  assert.is(graph.nodes.map(({ type }) => type).join(' '), 'CONV_2D RELU6 DEPTHWISE_CONV_2D');
  assert.equal(
    graph.outputs.map(({ name, shape }) => [name, shape]),
    [['e', [1, 6, 6, 3]]],
  );
});

test('an open batch becomes 1 and stays open; names of inputs and outputs are in the signature', () => {
  const graph = imported(layersFile(sequential([first, second]), weights));
  assert.equal([graph.inputs[0].name, graph.inputs[0].shape, graph.inputs[0].shapeSignature], ['one_input', [1, 4], [-1, 4]]);
  assert.equal(graph.outputs[0].name, 'two');
  const [{ key, inputs, outputs }] = graph.signatures;
  assert.equal([key, inputs.map(({ name }) => name), outputs.map(({ name }) => name)], ['serving_default', ['one_input'], ['two']]);
});

const open = functional('f', { image: [null, null, null, 2] }, [{ className: 'UpSampling2D', name: 'u', inputs: ['image'] }], ['u']);

test('open dimensions need a shape, which has to fit', () => {
  const file = layersFile(open, new Map());
  const shards = new Map([['weights.bin', new Uint8Array(0)]]);
  const at = (shape: readonly number[], name = 'image') => ({ shapes: { [name]: shape } });
  refuses(
    { ...file, shards },
    'dynamic-shape',
    /input 'image': its shape \[\?, \?, \?, 2\] .* --shape image=1x224x224x2, or the option shapes/,
  );
  assert.equal(imported({ ...file, shards }, at([1, 3, 4, 2])).outputs[0].shape, [1, 6, 8, 2]);
  assert.equal(imported({ ...file, shards }, at([1, 3, 4, 2])).inputs[0].shapeSignature, [-1, 3, 4, 2]);
  assert.is(imported({ ...file, shards }, at([2, 3, 4, 2])).inputs[0].shapeSignature, undefined, 'a batch that was given is fixed');
  refuses({ ...file, shards }, 'bad-argument', /'image'.*\[1,3,4,5\] does not fit/, at([1, 3, 4, 5]));
  refuses(
    { ...file, shards },
    'bad-argument',
    /shapes names 'other', which is no input of the network; it has 'image'/,
    at([1, 3, 4, 2], 'other'),
  );
});

test('all layers that are not supported are named at once, those within models and activations too', () => {
  const odd = functional('inner', { i: [null, 4] }, [{ className: 'LSTM', name: 'rnn', inputs: ['i'] }], ['rnn']);
  const layers: Layer[] = [
    { className: 'Lambda', name: 'f', inputs: ['x'] },
    { className: 'Lambda', name: 'g', inputs: ['f'] },
    { className: 'Functional', name: 'inner', inputs: ['g'], config: odd.config },
    { className: 'Dense', name: 'h', inputs: ['inner'], config: { activation: 'snake' } },
  ];
  const file = layersFile(functional('m', { x: [null, 4] }, layers, ['h']), new Map());
  refuses(
    file,
    'unsupported-operator',
    /uses layers that cannot be imported: Lambda \(2 times, first 'f'\), LSTM 'rnn', activation snake 'h'$/,
  );
});

test('all operators that outputs depend on and are not supported are named at once', () => {
  const nodes = [
    { op: 'Erf', name: 'a', inputs: ['x'] },
    { op: 'NonMaxSuppressionV5', name: 'unused', inputs: ['x'] },
    { op: 'Erf', name: 'b', inputs: ['a'] },
    { op: 'Einsum', name: 'y', inputs: ['b'] },
  ];
  const file = graphFile({ inputs: { x: [1, 4] }, nodes, outputs: ['y'] });
  refuses(file, 'unsupported-operator', /uses operators that cannot be imported: Erf \(2 times, first 'a'\), Einsum 'y'$/);
});

test('nodes may stand in any order; what outputs do not depend on is left out', () => {
  const nodes = [
    { op: 'Relu', name: 'y', inputs: ['s', '^x'] },
    { op: 'Neg', name: 's', inputs: ['x'] },
    { op: 'Exp', name: 'other', inputs: ['x'] },
  ];
  const graph = imported(graphFile({ inputs: { x: [-1, 4] }, nodes, outputs: ['y'] }));
  assert.is(graph.nodes.map(({ type }) => type).join(' '), 'NEG RELU');
});

test('without a signature the outputs are what nothing reads', () => {
  const nodes = [
    { op: 'Neg', name: 'a', inputs: ['x'] },
    { op: 'Exp', name: 'b', inputs: ['a'] },
    { op: 'Abs', name: 'c', inputs: ['a'] },
  ];
  const file = graphFile({ inputs: { x: [1, 4] }, nodes, outputs: ['a'] });
  const graph = imported({ ...file, json: { ...file.json, signature: undefined } });
  assert.equal(
    graph.outputs.map(({ name }) => name),
    ['b', 'c'],
  );
});

test('outputs have the names of the signature, or of the layers that give them', () => {
  const file = graphFile({ inputs: { x: [1, 4] }, nodes: [{ op: 'Neg', name: 'y', inputs: ['x'] }], outputs: ['y'] });
  const signature = { outputs: { scores: { name: 'y:0' } } };
  const named = imported({ ...file, json: { ...file.json, signature } });
  assert.equal([named.outputs[0].name, named.signatures[0].outputs[0].name], ['scores', 'scores']);
  const layers: Layer[] = [
    { className: 'ReLU', name: 'r', inputs: ['x'] },
    { className: 'Dropout', name: 'out', inputs: ['r'] },
  ];
  assert.is(
    imported(layersFile(functional('f', { x: [null, 4] }, layers, ['out']), new Map([['unused', ints([1])]]))).outputs[0].name,
    'out',
  );
});

test('inputs and outputs come in the order of the signature; an input may be an output', () => {
  const nodes = [{ op: 'Sub', name: 'y', inputs: ['a', 'b'] }];
  const file = graphFile({ inputs: { a: [1, 2], b: [1, 2] }, nodes, outputs: ['y', 'a'] });
  const signature = {
    inputs: { second: { name: 'b:0' }, first: { name: 'a:0' } },
    outputs: file.json.signature && (file.json.signature as { outputs: object }).outputs,
  };
  const graph = imported({ ...file, json: { ...file.json, signature } });
  assert.equal(
    graph.inputs.map(({ name }) => name),
    ['b', 'a'],
  );
  const [y, a] = runGraph(graph, [floats([1, 2], [1, 2]), floats([5, 7], [1, 2])]);
  assert.equal(
    [Array.from(y.data), Array.from(a.data)],
    [
      [4, 5],
      [5, 7],
    ],
  );
});

const chain = graphFile({
  inputs: { x: [1, 4] },
  constants: { k: ints([1]) },
  nodes: [{ op: 'Relu', name: 'y', inputs: ['x'] }],
  outputs: ['y'],
});
const json = (value: unknown): TfjsFile => ({ json: value as Record<string, unknown>, shards: chain.shards });
const manifest = chain.json.weightsManifest as { paths: string[]; weights: { name: string; shape: number[]; dtype: string }[] }[];
const withWeight = (spec: Record<string, unknown>) =>
  json({ ...chain.json, weightsManifest: [{ ...manifest[0], weights: [{ ...manifest[0].weights[0], ...spec }] }] });

for (const [title, file, code, message] of [
  ['a weights manifest alone, as those of face-api', json(manifest), 'unsupported-feature', /manifest without a topology.*face-api/],
  ['model.json without a topology', json({ modelTopology: null, weightsManifest: manifest }), 'unsupported-feature', /without a topology/],
  ['other JSON', json({ name: 'package' }), 'malformed', /no TensorFlow.js model/],
  [
    'a topology of neither kind',
    json({ modelTopology: { layers: [] }, weightsManifest: manifest }),
    'malformed',
    /neither a Keras model nor a graph/,
  ],
  ['no manifest', json({ modelTopology: chain.json.modelTopology }), 'bad-data', /weightsManifest: is damaged/],
  ['weights of text', withWeight({ dtype: 'string' }), 'bad-data', /weights\[0\]\.dtype is "string"/],
  ['a quantization without a scale', withWeight({ quantization: { dtype: 'uint8' } }), 'bad-quantization', /weight 'k'/],
  ['a shape beyond every memory', withWeight({ shape: [2 ** 20, 2 ** 20] }), 'bad-shape', /weight 'k'/],
  [
    'a loop',
    graphFile({ inputs: { x: [1] }, nodes: [{ op: 'Add', name: 'y', inputs: ['x', 'y'] }], outputs: ['y'] }),
    'bad-graph',
    /'y': it depends on its own result/,
  ],
  [
    'a node that is missing',
    graphFile({ inputs: { x: [1] }, nodes: [{ op: 'Add', name: 'y', inputs: ['x', 'z'] }], outputs: ['y'] }),
    'bad-graph',
    /reads 'z', which is no node/,
  ],
  [
    'a constant without weights',
    graphFile({
      inputs: { x: [1] },
      nodes: [
        { op: 'Const', name: 'c', inputs: [] },
        { op: 'Add', name: 'y', inputs: ['x', 'c'] },
      ],
      outputs: ['y'],
    }),
    'malformed',
    /Const 'c': the weights do not hold it/,
  ],
  [
    'layers without weights',
    layersFile(sequential([first, second]), new Map([...weights].slice(0, 2))),
    'malformed',
    /layer 'two' \(Dense\): the weights hold no 'two\/kernel'/,
  ],
  [
    'channels first',
    layersFile(
      functional(
        'f',
        { x: [null, 4, 4, 4] },
        [{ className: 'MaxPooling2D', name: 'p', inputs: ['x'], config: { data_format: 'channels_first' } }],
        ['p'],
      ),
      new Map(),
    ),
    'unsupported-feature',
    /channels_first/,
  ],
  [
    'a shape that depends on the data',
    graphFile({ inputs: { x: [1], s: [1] }, nodes: [{ op: 'Reshape', name: 'y', inputs: ['x', 's'] }], outputs: ['y'] }),
    'dynamic-shape',
    /Reshape 'y': input 1 must be constant integers/,
  ],
  [
    'kernels that do not fit',
    layersFile(sequential([first, second]), new Map([...weights, ['one/kernel', random([5, 3], 1)]])),
    'bad-shape',
    /kernel \[5,3\] does not fit its input \[1,4\]/,
  ],
] as const) {
  test(`${title} -> ${code}`, () => refuses(file, code, message));
}

test('text that is no JSON -> malformed', () => {
  assert.throws(
    () => importTfjs(new TextEncoder().encode('{"modelTopology": {'), new Map()),
    (error: unknown) => error instanceof ModelError && error.code === 'malformed' && /is it complete/.test(error.message),
  );
  assert.throws(
    () => importTfjs(bytesOfJson(chain), new Map(), { shape: new Map() } as TfjsOptions),
    (error: unknown) => error instanceof ModelError && error.code === 'bad-argument',
  );
});

test.run();
