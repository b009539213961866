// Owns the valid files from which hostile ones are made: small models of every kind, and shared ones where they exist.
import { readFileSync } from 'node:fs';
import { mobilenetV1 } from '../../src/builders/mobilenet-v1';
import type { OperatorType } from '../../src/graph/graph';
import { writeModel } from '../../src/tflite/write';
import { quantized } from '../support/build';
import { customModels } from '../support/custom-operators';
import { structOptions } from '../support/flex';
import { exampleGraph, examples } from '../support/operator-examples';
import { Random } from '../support/random';
import { recurrentModels } from '../support/recurrent';
import {
  arithmeticModel,
  convolutionModel,
  decoratedModel,
  detectionModel,
  everyOperator,
  movementModel,
  streamingModel,
} from '../support/sample-models';
import { hasShared, sharedPath } from '../support/shared';
import { formats, sparseElements, sparseModel } from '../support/sparse';
import { transposeBias } from '../support/transpose-bias';
import { families, isVoluminous } from './families';

/** Of the families' files that are mutated. */
const familyBytes = 2048;

const sharedModels = ['kws_ref_model_int8', 'resnet8_cifar10_int8', 'ad01_int8', 'person_detect', 'vww_96_int8'];

/** The smallest ones, for truncation at every byte. */
export const truncated = ['arithmetic uint8', 'decorated', 'detection', 'streaming'];

/** Valid files by name. */
export function seedModels(): Map<string, Uint8Array> {
  const models = new Map<string, Uint8Array>();
  for (const dtype of ['uint8', 'int8'] as const) {
    models.set(`convolution ${dtype}`, writeModel(convolutionModel(dtype)));
    models.set(`arithmetic ${dtype}`, writeModel(arithmeticModel(dtype)));
    models.set(`movement ${dtype}`, writeModel(movementModel(dtype)));
    models.set(`mobilenet ${dtype}`, mobilenetV1({ alpha: 0.25, resolution: 32, classes: 10, dtype }));
  }
  models.set('decorated', writeModel(decoratedModel()));
  models.set('streaming', writeModel(streamingModel()));
  models.set('detection', writeModel(detectionModel()));
  models.set('transpose bias', transposeBias({ options: structOptions(1, 2, 2), input: [1, 3, 4, 2], filter: [3, 2, 3, 2] }).file);
  models.set('every operator', writeModel(everyOperator('int8')));
  for (const [type, [dtypes]] of Object.entries(examples)) {
    const dtype = dtypes.includes('int8') ? 'int8' : dtypes[0];
    models.set(`${type} ${dtype}`, writeModel(exampleGraph(type as OperatorType, dtype)));
    // Operators that compute on int16; those that move elements take any dtype.
    if (dtypes.includes('int16') && !dtypes.includes('bool')) {
      models.set(`${type} int16`, writeModel(exampleGraph(type as OperatorType, 'int16')));
    }
  }
  const halves = exampleGraph('SOFTMAX', 'int8');
  Object.assign(halves.outputs[0], { dtype: 'int16', quantization: quantized(2 ** -16, -(2 ** 15)) });
  models.set('SOFTMAX int8 to int16', writeModel(halves));
  for (const [i, format] of formats.entries()) models.set(`sparse ${i}`, sparseModel(sparseElements(format, new Random(7)), format, 1));
  if (hasShared) for (const name of sharedModels) models.set(name, new Uint8Array(readFileSync(sharedPath('models', `${name}.tflite`))));
  return models;
}

/** One small file of every custom operator and every recurrent layer that zeropoint/float alone knows. */
export function customSeeds(): Map<string, Uint8Array> {
  return new Map([...customModels(), ...recurrentModels()].map(([name, graph]) => [name, writeModel(graph)]));
}

/** The smallest file of every hostile family whose work depends on its size: many references, sharing and long vectors, by name. */
export function familySeeds(): Map<string, Uint8Array> {
  return new Map(
    families()
      .filter(({ name }) => !isVoluminous(name))
      .map(({ name, make }) => [name, make(familyBytes)]),
  );
}
