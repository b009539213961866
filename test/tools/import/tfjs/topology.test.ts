// Tests the forms in which Keras and TensorFlow.js write topologies: models within models, shared layers, names of weights.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { deviation, imported, runGraph } from './compare';
import { assertComputes, both, dense, first, product, relu, second, sequential, weights } from './dense-network';
import { functional, type Layer, layersFile, random } from './file';

const kerasTensor = (layer: string) => ({
  class_name: '__keras_tensor__',
  config: { shape: [null, 4], dtype: 'float32', keras_history: [layer, 0, 0] },
});

/** Keras 3: calls are { args, kwargs }, inputs are not in a list, types are objects. */
const keras3 = {
  class_name: 'Functional',
  config: {
    name: 'f',
    layers: [
      {
        module: 'keras.layers',
        class_name: 'InputLayer',
        config: { batch_shape: [null, 4], dtype: 'float32', name: 'in' },
        name: 'in',
        inbound_nodes: [],
      },
      ...[
        dense('one', { activation: { class_name: 'relu', config: {} }, dtype: { class_name: 'DTypePolicy', config: { name: 'float32' } } }),
        second,
      ].map((layer, i) => ({
        ...layer,
        name: layer.config.name,
        inbound_nodes: [{ args: [kerasTensor(i === 0 ? 'in' : 'one')], kwargs: { training: false } }],
      })),
    ],
    input_layers: ['in', 0, 0],
    output_layers: ['two', 0, 0],
  },
};

const inner = functional(
  'inner',
  { i: [null, 4] },
  [{ className: 'Dense', name: 'one', inputs: ['i'], config: { activation: 'relu' } }],
  ['one'],
);

for (const [title, topology] of [
  ['Sequential, a list of layers', { class_name: 'Sequential', config: [first, second] }],
  ['Sequential, an object', sequential([first, second])],
  [
    'Sequential with an InputLayer',
    sequential([
      { class_name: 'InputLayer', config: { name: 'in', batch_input_shape: [null, 4] } },
      dense('one', { activation: 'relu' }),
      second,
    ]),
  ],
  ['Sequential with build_input_shape', sequential([dense('one', { activation: 'relu' }), second], { build_input_shape: [null, 4] })],
  ['model_config of a Keras file', { keras_version: '2.10.0', backend: 'tensorflow', model_config: sequential([first, second]) }],
  ['Functional, as Keras 3 writes it', keras3],
  ['Sequential of Sequential, as Teachable Machine writes it', sequential([sequential([sequential([first])]), sequential([second])])],
  ['Sequential of Functional', sequential([inner, second])],
  [
    'Functional of Sequential and Functional',
    functional(
      'outer',
      { in: [null, 4] },
      [
        { className: 'Functional', name: 'inner', inputs: ['in'], config: inner.config },
        {
          className: 'Sequential',
          name: 'seq',
          inputs: ['inner'],
          config: { name: 'seq', layers: [{ class_name: 'Dropout', config: { name: 'drop' } }, second], build_input_shape: [null, 3] },
        },
      ],
      ['seq'],
    ),
  ],
] as const) {
  test(title, () => assertComputes(layersFile(topology, weights), both));
}

test('a shared layer is called twice with the same weights', () => {
  const layers: Layer[] = [
    { className: 'Dense', name: 'one', inputs: ['a'] },
    { className: 'Subtract', name: 'd', inputs: ['one', 'one'] },
  ];
  const topology = functional('f', { a: [null, 4], b: [null, 4] }, layers, ['d']);
  const config = topology.config as unknown as { layers: { inbound_nodes: unknown }[] };
  config.layers[2].inbound_nodes = [[['a', 0, 0, {}]], [['b', 0, 0, {}]]];
  config.layers[3].inbound_nodes = [
    [
      ['one', 0, 0, {}],
      ['one', 1, 0, {}],
    ],
  ];
  const graph = imported(layersFile(topology, weights));
  const [a, b] = [random([1, 4], 8), random([1, 4], 9)];
  const expected = product(a.data, 'one').map((value, i) => value - product(b.data, 'one')[i]);
  assert.ok(deviation(runGraph(graph, [a, b])[0].data, expected) < 1e-6);
  assert.is(graph.nodes[0].inputs[1], graph.nodes[1].inputs[1], 'the kernel is one constant');
});

for (const count of [1, 2] as const) {
  test(`a shared model is called twice, calls counted from ${count - 1}`, () => {
    const layers: Layer[] = [
      { className: 'Functional', name: 'inner', inputs: ['a'], config: inner.config },
      { className: 'Subtract', name: 'd', inputs: ['inner', 'inner'] },
    ];
    const topology = functional('f', { a: [null, 4], b: [null, 4] }, layers, ['d']);
    const config = topology.config as unknown as { layers: { inbound_nodes: unknown }[] };
    config.layers[2].inbound_nodes = [[['a', 0, 0, {}]], [['b', 0, 0, {}]]];
    config.layers[3].inbound_nodes = [
      [
        ['inner', count - 1, 0, {}],
        ['inner', count, 0, {}],
      ],
    ];
    const [a, b] = [random([1, 4], 8), random([1, 4], 9)];
    const expected = relu(product(a.data, 'one')).map((value, i) => value - relu(product(b.data, 'one'))[i]);
    assert.ok(deviation(runGraph(imported(layersFile(topology, weights)), [a, b])[0].data, expected) < 1e-6);
  });
}

for (const rename of [
  (name: string) => `model/inner/${name}`,
  (name: string) => name.replace('kernel', '0').replace('bias', '1'),
  (name: string) => name.replace('kernel', 'vars/0').replace('bias', 'vars/1'),
]) {
  test(`weights are found as ${rename('one/kernel')}`, () => {
    const renamed = new Map([...weights].map(([name, weight]) => [rename(name), weight]));
    assertComputes(layersFile(sequential([first, second]), renamed), both);
  });
}

test.run();
