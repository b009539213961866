// Owns pieces that tests of datasets and calibration share: inputs, walks, refusals.
import * as assert from 'uvu/assert';
import { ModelError } from '../../src/errors';
import type { DType, Value } from '../../src/graph/graph';
import type { Sample } from '../../tools/dataset/dataset';
import { type FloatModel, loadFloat } from '../../tools/model/float-model';
import { GraphBuilder } from './build';

/** A model input that no model has. */
export function inputValue(shape: readonly number[], dtype: DType = 'float32', name = 'x'): Value {
  return { id: 0, name, dtype, shape };
}

/** All samples, inputs copied. */
export async function collect(samples: AsyncIterable<Sample>): Promise<(Omit<Sample, 'inputs'> & { inputs: number[][] })[]> {
  const all = [];
  for await (const sample of samples) all.push({ ...sample, inputs: sample.inputs.map((data) => Array.from(data as Float32Array)) });
  return all;
}

/** Asserts that `work` ends in a ModelError of that code and message. */
export async function refuses(work: () => Promise<unknown>, code: string, message: RegExp): Promise<void> {
  try {
    await work();
  } catch (error) {
    assert.instance(error, ModelError, String((error as Error).stack));
    assert.is((error as ModelError).code, code, (error as ModelError).message);
    assert.match((error as ModelError).message, message);
    return;
  }
  assert.unreachable(`not refused with ${code}`);
}

/** RELU of `count` numbers, then times -2: tensors t0, t1 and t3. */
export function smallFloatModel(count: number): FloatModel {
  const g = new GraphBuilder();
  const [relu] = g.node('RELU', {}, [g.input('float32', [1, count])], { dtype: 'float32', shape: [1, count] });
  const factor = g.constant('float32', [1], [-2]);
  const [out] = g.node('MUL', { activation: 'NONE' }, [relu, factor], { dtype: 'float32', shape: [1, count] });
  return loadFloat(g.outputs(out));
}
