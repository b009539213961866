// Owns pieces that tests of datasets and calibration share: inputs and walks.
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

/** RELU of `count` numbers, then times -2: tensors t0, t1 and t3. */
export function smallFloatModel(count: number): FloatModel {
  const g = new GraphBuilder();
  const [relu] = g.node('RELU', {}, [g.input('float32', [1, count])], { dtype: 'float32', shape: [1, count] });
  const factor = g.constant('float32', [1], [-2]);
  const [out] = g.node('MUL', { activation: 'NONE' }, [relu, factor], { dtype: 'float32', shape: [1, count] });
  return loadFloat(g.outputs(out));
}
