// Owns trials: the error of the quantized outputs that a variant of a float network leads to.
import { dequantize } from 'zeropoint';
import { loadSync } from 'zeropoint/float';
import { copyGraph, type Graph, removeDead, type TensorData } from 'zeropoint/graph';
import { collectRanges } from '../calibrate/collect';
import type { Ranges } from '../calibrate/ranges';
import type { CalibrationSettings } from '../calibrate/settings';
import type { Statistics } from '../calibrate/statistics';
import { loadFloat } from '../model/float-model';
import { setInputs } from '../model/inputs';
import type { Step } from '../steps';
import { buildQuantized } from './build/build';
import type { Scheme } from './build/scheme';
import type { WeightMethod } from './build/weights';
import { refine } from './refine/refine';

type SampleInputs = readonly (readonly TensorData[])[];

export interface TrialSettings {
  readonly weights: WeightMethod;
  readonly biasCorrection: boolean;
  readonly refit: boolean;
  readonly round: boolean;
  readonly calibration: CalibrationSettings;
}

/** Elements of the graph's inputs: `fit` for ranges, refinement and statistics, `validation` for the error. */
export interface TrialSamples {
  readonly fit: SampleInputs;
  readonly validation: SampleInputs;
}

/** Ranges of a float graph's values on `samples`, as the calibration's observer finds them. */
async function rangesOn(graph: Graph, samples: SampleInputs, settings: CalibrationSettings, step: Step): Promise<Ranges['tensors']> {
  const model = loadFloat(graph);
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
 * A copy whose outputs are the logits where those of `graph` are computed by SOFTMAX. A change dx of a logit changes its probability p by
 * p (1 - p) dx, so that squared errors of probabilities would measure only the classes with large ones.
 */
function endingInLogits(graph: Graph): Graph {
  const copy = copyGraph(graph);
  const softmaxOf = new Map(copy.nodes.filter(({ type }) => type === 'SOFTMAX').map((node) => [node.outputs[0], node]));
  copy.outputs = copy.outputs.map((value) => softmaxOf.get(value)?.inputs[0] ?? value);
  copy.signatures = [];
  removeDead(copy);
  return copy;
}

/**
 * Quantizes the prepared graph `float`, whose `statistics` are those on the samples `fit`, and returns sum (q - y)² / sum y² over all
 * elements of all outputs on the validation samples: q are the quantized network's real outputs, y the float network's, logits instead of
 * probabilities.
 */
export async function trialError(
  { float: whole, statistics }: { float: Graph; statistics: Statistics },
  { fit, validation }: TrialSamples,
  scheme: Scheme,
  { weights, biasCorrection, refit, round, calibration }: TrialSettings,
  step: Step,
): Promise<number> {
  const float = endingInLogits(whole);
  const draft = buildQuantized(float, await rangesOn(float, fit, calibration, step), { scheme, weights, skip: new Set() });
  if (biasCorrection || refit || round) await refine(draft, float, statistics, fit, { biasCorrection, refit, round });
  const floatModel = loadFloat(float);
  const model = loadSync(draft.graph);
  let [error, signal] = [0, 0];
  for (const sample of validation) {
    await step();
    const outputs = floatModel.run(sample);
    setInputs(model, sample);
    model.run();
    for (const [i, output] of model.outputs.entries()) {
      const actual = dequantize(output, output.data);
      const expected = outputs[i];
      for (let k = 0; k < actual.length; k++) {
        error += (actual[k] - Number(expected[k])) ** 2;
        signal += Number(expected[k]) ** 2;
      }
    }
  }
  floatModel.dispose();
  model.dispose();
  return error / (signal || 1);
}
