// Owns the tests of reading: real models, views and copies, quantization, options, FlexBuffer maps, trailers.
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { describeValue, elementCount, type Node } from '../../src/graph/graph';
import { printGraph } from '../../src/graph/print';
import { readFlexMap } from '../../src/tflite/flexbuffer';
import { readModel } from '../../src/tflite/read';
import { writeModel } from '../../src/tflite/write';
import { convolutionModel, decoratedModel, detectionOptions } from '../support/sample-models';
import { sharedPath, sharedTest } from '../support/shared';

/** Values, nodes, operators by type and length of the trailer: counted once with flatc's JSON of the same files. */
const facts: [file: string, values: number, nodes: number, types: Record<string, number>, trailer: number][] = [
  ['mobilenet_v1_0.25_128_quant', 89, 31, { CONV_2D: 15, DEPTHWISE_CONV_2D: 13, AVERAGE_POOL_2D: 1, RESHAPE: 1, SOFTMAX: 1 }, 21822],
  ['person_detect', 89, 31, { CONV_2D: 14, DEPTHWISE_CONV_2D: 14, AVERAGE_POOL_2D: 1, RESHAPE: 1, SOFTMAX: 1 }, 0],
  ['ad01_int8', 31, 10, { FULLY_CONNECTED: 10 }, 0],
];

/** Models with a golden trace: the operators in order, with dtype and quantization of every output. */
const traced = [
  ['mobilenet_v2_1.0_224_quant', 'random'],
  ['tf2_mobilenet_v2_1.0_224_ptq', 'random'],
  ['deeplabv3_mnv2_dm05_pascal_quant', 'random'],
  ['movenet_single_pose_lightning_ptq', 'random'],
  ['coco_ssd_mobilenet_v1_1.0_quant_2018_06_29', 'random'],
  ['person_detect', 'random'],
  ['kws_ref_model_int8', 'random'],
  ['vww_96_int8', 'random'],
  ['resnet8_cifar10_float', 'random'],
] as const;

function load(name: string): Uint8Array {
  return new Uint8Array(readFileSync(sharedPath('models', `${name}.tflite`)));
}

for (const [name, values, nodes, types, trailer] of facts) {
  sharedTest(test, `${name} has its operators, tensors and trailer`, () => {
    const graph = readModel(load(name));
    const counts: Record<string, number> = {};
    for (const node of graph.nodes) counts[node.type] = (counts[node.type] ?? 0) + 1;
    assert.equal([graph.values.length, graph.nodes.length, counts, graph.trailer.length], [values, nodes, types, trailer]);
  });
}
