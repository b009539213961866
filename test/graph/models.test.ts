// Tests validation on whole models: golden shapes per operator, and several images per run against the golden outputs of each.
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ModelError } from '../../src/errors';
import type { Graph, TensorData } from '../../src/graph/graph';
import { elementCount, viewAs } from '../../src/graph/graph';
import { validate } from '../../src/graph/validate';
import { evaluate, runReference } from '../../src/reference/run';
import { readModel } from '../../src/tflite/read';
import { assertSameData } from '../support/equal';
import { hasShared, sharedPath, sharedTest } from '../support/shared';

function load(model: string, batch?: number): Graph {
  const graph = readModel(new Uint8Array(readFileSync(sharedPath('models', `${model}.tflite`))));
  validate(graph, { evaluate, batch });
  return graph;
}

const models = hasShared
  ? readdirSync(sharedPath('models'))
      .filter((file) => file.endsWith('.tflite'))
      .map((file) => file.replace('.tflite', ''))
  : [];
const traced = new Set(hasShared ? readdirSync(sharedPath('golden')) : []);

for (const model of models) {
  sharedTest(test, `${model} validates${traced.has(model) ? ' and infers the golden shapes' : ''}`, () => {
    const graph = load(model);
    if (!traced.has(model)) return;
    const trace = readdirSync(sharedPath('golden', model)).find((file) => file.startsWith('trace_')) as string;
    const { ops } = JSON.parse(readFileSync(sharedPath('golden', model, trace), 'utf8'));
    assert.is(graph.nodes.length, ops.length);
    graph.nodes.forEach((node, i) => {
      const shapes = ops[i].outputs.map(({ shape }: { shape: number[] }) => shape);
      assert.equal(
        node.outputs.map(({ shape }) => [...shape]),
        shapes,
        `${node.type} #${node.id}`,
      );
    });
  });
}

/** Elements of several golden files behind each other, as one value of a batch. */
function golden(model: string, files: string[], dtype: Graph['inputs'][0]['dtype']): TensorData {
  const bytes = Buffer.concat(files.map((file) => readFileSync(sharedPath('golden', model, file))));
  const data = viewAs(dtype, new ArrayBuffer(bytes.length), 0, bytes.length / viewAs(dtype, new ArrayBuffer(8), 0, 1).BYTES_PER_ELEMENT);
  new Uint8Array(data.buffer).set(bytes);
  return data;
}

const batched: [model: string, cases: string[]][] = [
  ['kws_ref_model_int8', ['kws_left', 'kws_stop', 'random']],
  ['ad01_int8', ['toycar_win0', 'random']],
  ['resnet8_cifar10_int8', ['cifar_cat', 'random']],
  ['person_detect', ['person', 'no_person']],
  ['mobilenet_v1_0.25_128_quant', ['cat', 'parrot']],
];

for (const [model, cases] of batched) {
  sharedTest(test, `${model} with batch ${cases.length} gives the golden outputs of ${cases}`, () => {
    const graph = load(model, cases.length);
    const files = (part: (name: string) => string) => cases.map(part);
    const input = golden(
      model,
      files((name) => `input_${name}.bin`),
      graph.inputs[0].dtype,
    );
    assert.is(input.length, elementCount(graph.inputs[0].shape));
    const [output] = runReference(graph, [input]);
    const expected = golden(
      model,
      files((name) => `output_${name}_0.bin`),
      graph.outputs[0].dtype,
    );
    assertSameData(output, expected, `${model}, batch of ${cases}`);
  });
}

sharedTest(test, 'SSD postprocessing works on one image only: batch 2 -> bad-shape', () => {
  const model = 'coco_ssd_mobilenet_v1_1.0_quant_2018_06_29';
  assert.throws(
    () => load(model, 2),
    (error: unknown) => error instanceof ModelError && error.code === 'bad-shape',
  );
});

test.run();
