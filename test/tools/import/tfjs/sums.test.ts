// Tests that a TensorFlow.js import charges the sum of many small things, before it makes them, and that its work grows as the files do.
import '../../../support/steps';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type ErrorCode, ModelError } from '../../../../src/errors';
import { importTfjs } from '../../../../tools/import/tfjs/import';
import { countSteps } from '../../../support/steps';
import { bytesOfJson, functional, type GraphModel, graphFile, ints, type Layer, layersFile, type TfjsFile } from './file';
import { everyOperator } from './mutations';

const refuses = (file: TfjsFile, code: ErrorCode): void =>
  assert.throws(
    () => importTfjs(bytesOfJson(file), file.shards),
    (error: unknown) => error instanceof ModelError && error.code === code && error.message.length < 1000,
  );

const list = <T>(count: number, item: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => item(i));

/** Models within models, each of which calls the next `calls` times. */
function nested(depth: number, calls: number): ReturnType<typeof functional> {
  const inside = depth === 0 ? undefined : nested(depth - 1, calls);
  const layers: Layer[] = inside
    ? [{ className: 'Functional', name: 'm', inputs: ['i'], config: { ...inside.config, name: 'm' } }]
    : [{ className: 'Dropout', name: 'm', inputs: ['i'] }];
  const model = functional('m', { i: [null, 4] }, layers, ['m']);
  const config = model.config as unknown as { layers: { inbound_nodes: unknown[] }[]; output_layers: unknown };
  const first = inside ? 1 : 0;
  config.layers[1].inbound_nodes = list(calls, (i) => [i === 0 ? ['i', 0, 0, {}] : ['m', first + i - 1, 0, {}]]);
  config.output_layers = [['m', first + calls - 1, 0]];
  return model;
}

test('models within models that call each other again and again -> too-large', () => {
  importTfjs(bytesOfJson(layersFile(nested(3, 3), new Map())), new Map([['weights.bin', new Uint8Array(0)]]));
  refuses(layersFile(nested(12, 6), new Map()), 'too-large');
});

test('models nested 20 deep -> bad-graph', () => refuses(layersFile(nested(20, 1), new Map()), 'bad-graph'));

const relu = (name: string, input: string) => ({ op: 'Relu', name, inputs: [input] });
const beside = (nodes: GraphModel['nodes'], constants: GraphModel['constants'], outputs: readonly string[]): TfjsFile =>
  graphFile({ inputs: { x: [1, 4] }, constants, nodes: [...nodes, relu('y', 'x')], outputs: ['y', ...outputs] });

/** Per kind: a model of `count` small items, whose sum is too much with `many`. */
const sums: readonly (readonly [title: string, many: number, (count: number) => TfjsFile])[] = [
  [
    'constants that Fill makes',
    40,
    (count) =>
      beside(
        list(count, (i) => ({ op: 'Fill', name: `f${i}`, inputs: ['s', 'e'] })),
        { s: ints([2 ** 20]), e: ints([1], []) },
        list(count, (i) => `f${i}`),
      ),
  ],
  [
    'constants that Tile repeats',
    40,
    (count) =>
      beside(
        list(count, (i) => ({ op: 'Tile', name: `f${i}`, inputs: ['e', 's'] })),
        { s: ints([2 ** 20]), e: ints([1]) },
        list(count, (i) => `f${i}`),
      ),
  ],
];

for (const [title, many, family] of sums) {
  test(`${title}: four load; of ${many} those that are too much stay nodes`, () => {
    const bytesHeld = (count: number): number => {
      const file = family(count);
      const graph = importTfjs(bytesOfJson(file), file.shards);
      return graph.values.reduce((sum, { data }) => sum + (data?.byteLength ?? 0), 0);
    };
    assert.ok(bytesHeld(4) >= 4 * 2 ** 22);
    assert.ok(bytesHeld(many) <= 2 ** 27, 'constants are folded within the account of the import only');
  });
}

test('one shard that is joined again and again -> too-large', () => {
  const paths = new Array<string>(300).fill('w');
  const json = {
    ...everyOperator.json,
    weightsManifest: list(300, (i) => ({ paths, weights: [{ name: `w${i}`, shape: [300, 2 ** 15], dtype: 'float32' }] })),
  };
  refuses({ json, shards: new Map([['w', new Uint8Array(2 ** 17)]]) }, 'too-large');
});

/** Per kind: a model of `count` items that loads; its work may grow as its files do. */
const growing: readonly (readonly [title: string, (count: number) => TfjsFile])[] = [
  [
    'operators in a chain',
    (count) =>
      beside(
        list(count, (i) => relu(`c${i}`, i === 0 ? 'x' : `c${i - 1}`)),
        {},
        [`c${count - 1}`],
      ),
  ],
  ['constants', (count) => beside([], Object.fromEntries(list(count, (i) => [`k${i}`, ints([1])])), [])],
  [
    'outputs',
    (count) =>
      beside(
        list(count, (i) => relu(`c${i}`, 'x')),
        {},
        list(count, (i) => `c${i}`),
      ),
  ],
  [
    'inputs',
    (count) => graphFile({ inputs: Object.fromEntries(list(count, (i) => [`x${i}`, [1, 4]])), nodes: [relu('y', 'x0')], outputs: ['y'] }),
  ],
  [
    'layers in a chain',
    (count) =>
      layersFile(
        functional(
          'm',
          { x: [null, 4] },
          list(count, (i) => ({ className: 'ReLU', name: `l${i}`, inputs: [i === 0 ? 'x' : `l${i - 1}`] })),
          [`l${count - 1}`],
        ),
        new Map(),
      ),
  ],
  [
    'layers that one layer merges',
    (count) => {
      const layers = list(count, (i) => ({ className: 'ReLU', name: `l${i}`, inputs: ['x'] }));
      const merged = { className: 'Concatenate', name: 'c', inputs: layers.map(({ name }) => name) };
      return layersFile(functional('m', { x: [null, 4] }, [...layers, merged], ['c']), new Map());
    },
  ],
];

for (const [title, family] of growing) {
  test(`four times as many ${title} are at most five times the work`, () => {
    const steps = ([100, 400] as const).map((count) => {
      const file = family(count);
      const bytes = bytesOfJson(file);
      const shards = file.shards.size > 0 ? file.shards : new Map([['weights.bin', new Uint8Array(0)]]);
      // The first import runs code for the first time.
      importTfjs(bytes, shards);
      return countSteps(() => importTfjs(bytes, shards));
    });
    assert.ok(steps[1] <= 5 * steps[0], `${steps[0]} and ${steps[1]} steps`);
  });
}

test.run();
