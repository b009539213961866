// Owns judging a variant of a float network by its quantized outputs, for choices that help some networks and harm others.

import { dequantize } from 'zeropoint';
import { loadFloat, loadSync } from 'zeropoint/float';
import { copyGraph, type Graph, removeDead, type TensorData } from 'zeropoint/graph';
import { writeModel } from 'zeropoint/tflite';
import { collectRanges } from '../calibrate/collect';
import type { CalibrationSettings, Ranges } from '../calibrate/ranges';
import { setInputs } from '../model/inputs';
import type { Step } from '../steps';
import { buildQuantized } from './build/build';
import type { WeightMethod } from './build/weights';
import { refine } from './refine/refine';
import type { Scheme } from './scheme';
import type { Statistics } from './statistics';

export interface TrialSettings {
  readonly scheme: Scheme;
  readonly weights: WeightMethod;
  readonly biasCorrection: boolean;
  readonly refit: boolean;
  readonly round: boolean;
  readonly calibration: CalibrationSettings;
}

/** Ranges as the calibration finds them, on these samples. */
async function rangesOn(
  graph: Graph,
  samples: readonly (readonly TensorData[])[],
  settings: CalibrationSettings,
  step: Step,
): Promise<Ranges['tensors']> {
  const model = loadFloat(copyGraph(graph));
  const dataset = (async function* () {
    for (const [index, inputs] of samples.entries()) {
      yield { name: `${index}`, index, inputs };
      await step();
    }
  })();
  const { tensors } = await collectRanges(model, dataset, settings);
  model.dispose();
  return tensors;
}

/**
 * A copy whose outputs are logits where they were probabilities: squared errors of those hear nothing but the few samples that the network
 * is sure of.
 */
function endingInLogits(graph: Graph): Graph {
  const copy = copyGraph(graph);
  const last = new Map(copy.nodes.filter(({ type }) => type === 'SOFTMAX').map((node) => [node.outputs[0], node]));
  copy.outputs = copy.outputs.map((value) => last.get(value)?.inputs[0] ?? value);
  copy.signatures = [];
  removeDead(copy);
  return copy;
}

/**
 * Sum of squared errors of the quantized outputs over the samples `judged`, relative to that of the float outputs, probabilities before
 * their softmax. The graph is refined on the samples `made`, which `statistics` of the prepared graph `float` are of.
 */
export async function trialError(
  { float: whole, statistics }: { float: Graph; statistics: Statistics },
  made: readonly (readonly TensorData[])[],
  judged: readonly (readonly TensorData[])[],
  { scheme, weights, biasCorrection, refit, round, calibration }: TrialSettings,
  step: Step,
): Promise<number> {
  const float = endingInLogits(whole);
  const draft = buildQuantized(float, await rangesOn(float, made, calibration, step), { scheme, weights, skip: new Set() });
  if (biasCorrection || refit || round) await refine(draft, float, statistics, made, { biasCorrection, refit, round });
  const expected = loadFloat(copyGraph(float));
  const model = loadSync(writeModel(draft.graph));
  let [error, signal] = [0, 0];
  for (const sample of judged) {
    await step();
    const outputs = expected.run(sample);
    setInputs(model, sample);
    model.run();
    for (const [i, output] of model.outputs.entries()) {
      const actual = dequantize(output, output.data);
      const wanted = outputs[i];
      for (let k = 0; k < actual.length; k++) {
        error += (actual[k] - Number(wanted[k])) ** 2;
        signal += Number(wanted[k]) ** 2;
      }
    }
  }
  expected.dispose();
  model.dispose();
  return error / (signal || 1);
}
