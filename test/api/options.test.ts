// Tests that no option is ignored because of its name: unknown and misspelt ones are refused everywhere, undefined means the default.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type LoadOptions, load, loadSync, ModelError } from '../../src/index';
import { mobilenetV1 } from '../../src/mobilenet';
import { checkOptionNames } from '../../src/options';
import { loadReference } from '../../src/reference';
import { readModel } from '../../src/tflite';
import { collectRanges, compare, compareShard, openDataset, quantizeModel, searchPrecisions } from '../../tools/index';
import { tiny } from './samples';

/** The message of the `bad-argument` that `act` throws or rejects with. */
async function refusal(act: () => unknown): Promise<string> {
  try {
    await act();
  } catch (error) {
    assert.instance(error, ModelError, String(error));
    assert.is((error as ModelError).code, 'bad-argument');
    return (error as ModelError).message;
  }
  return assert.unreachable(`nothing was thrown by ${act}`) as never;
}

/** Wrong on purpose, as a caller without types passes it. */
const wrong = (options: unknown): never => options as never;
const graph = readModel(tiny());
const samples = wrong([]);

const misspelt: Record<string, [act: (options: never) => unknown, wrong: string, right: string]> = {
  load: [(options) => load(tiny(), options), 'maxbytes', 'maxBytes'],
  loadSync: [(options) => loadSync(tiny(), options), 'hostOperator', 'hostOperators'],
  loadReference: [(options) => loadReference(tiny(), options), 'batchs', 'batch'],
  mobilenetV1: [(options) => mobilenetV1(options), 'resolutoin', 'resolution'],
  openDataset: [(options) => openDataset('nowhere', options), 'maxCorruptshare', 'maxCorruptShare'],
  collectRanges: [(options) => collectRanges(wrong({}), samples, { observer: 'mse' }, options), 'saveevery', 'saveEvery'],
  'settings of collectRanges': [(settings) => collectRanges(wrong({}), samples, settings), 'observr', 'observer'],
  quantizeModel: [(options) => quantizeModel(graph, samples, options), 'equalise', 'equalize'],
  'scheme of quantizeModel': [(scheme) => quantizeModel(graph, samples, { scheme }), 'output', 'outputs'],
  searchPrecisions: [(options) => searchPrecisions(graph, samples, options), 'maxdrop', 'maxDrop'],
  compare: [(options) => compare(wrong({}), tiny(), samples, options), 'layersamples', 'layerSamples'],
  compareShard: [(options) => compareShard(wrong({}), tiny(), samples, options), 'Data', 'data'],
};

for (const [name, [act, wrongName, rightName]] of Object.entries(misspelt)) {
  test(`${name}: '${wrongName}' -> did you mean ${rightName}?`, async () => {
    const message = await refusal(() => act(wrong({ [wrongName]: 1 })));
    assert.match(message, `'${wrongName}'; did you mean ${rightName}?`);
  });
  test(`${name}: what is no object is refused`, async () => {
    for (const options of [null, 5, 'batch', []]) assert.match(await refusal(() => act(wrong(options))), 'must be an object');
  });
}

test('a name close to none lists all names', async () => {
  const message = await refusal(() => loadSync(tiny(), wrong({ threads: 4 })));
  assert.match(
    message,
    "load has no option 'threads'; it takes maxBytes, maxOperations, batch, shapes, signature, hostOperators, module, isa",
  );
});

test('names of Object.prototype are unknown options, too', async () => {
  for (const name of ['toString', 'constructor', 'hasOwnProperty']) {
    assert.match(await refusal(() => loadSync(tiny(), wrong({ [name]: 1 }))), `no option '${name}'`);
  }
});

test('the closest name has the fewest insertions, deletions and substitutions', async () => {
  const names = { kitten: 1, sitting: 1, saturday: 1 };
  for (const [name, closest] of [
    ['KITTEN', 'kitten'],
    ['sittin', 'sitting'],
    ['sunday', 'saturday'],
    ['mitten', 'kitten'],
  ]) {
    assert.match(await refusal(() => checkOptionNames(wrong({ [name]: 1 }), names, 'test')), `did you mean ${closest}?`);
  }
});

test('undefined stands for the default', () => {
  const unset: Record<keyof LoadOptions, undefined> = {
    maxBytes: undefined,
    maxOperations: undefined,
    batch: undefined,
    shapes: undefined,
    signature: undefined,
    hostOperators: undefined,
    module: undefined,
    isa: undefined,
  };
  assert.equal(loadSync(tiny(), unset).memory, loadSync(tiny()).memory);
  assert.equal(loadReference(tiny(), { batch: undefined }).outputs[0].shape, loadReference(tiny()).outputs[0].shape);
  const { alpha, resolution, classes } = { alpha: undefined, resolution: 32, classes: 10 };
  assert.equal(mobilenetV1({ alpha, resolution, classes, seed: undefined }), mobilenetV1({ alpha: 1, resolution, classes, seed: 1 }));
});

test.run();
