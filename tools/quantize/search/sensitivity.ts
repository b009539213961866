// Owns sensitivity: the noise of a network's outputs that each activation and each layer's weights add when they alone are quantized.
import {
  copyGraph,
  type Graph,
  type Node,
  type TensorParams,
  type Value,
  type WeightedNode,
  weightedInputs,
  weightedValues,
} from 'zeropoint/graph';
import type { Ranges } from '../../calibrate/ranges';
import { loadFloat } from '../../model/float-model';
import type { Step } from '../../steps';
import { outputRule } from '../build/operators';
import { ActivationParameters } from '../build/parameters';
import { type CodeType, canHaveInt4Weights, int4Weights, type Scheme, type WeightScheme } from '../build/scheme';
import { layerReals, quantizeLayerWeights, type WeightMethod } from '../build/weights';
import { withLogits } from '../decide/held';
import { decodeWeights } from '../refine/correct-bias';
import type { SampleInputs } from '../survey';

/**
 * Noise of the outputs relative to their signal: mean over the outputs of sum (q - y)² / sum y², of a SOFTMAX by its logits. Noise of
 * independent sources adds up, which small noise is.
 */
export interface Sensitivity {
  /** Of activations in the scheme's codes. */
  readonly values: ReadonlyMap<Value, number>;
  /** Of weights in the scheme's codes, and in codes of 4 bits. */
  readonly weights: ReadonlyMap<Node, number>;
  readonly int4Weights: ReadonlyMap<Node, number>;
}

export interface SensitivitySettings {
  readonly scheme: Scheme;
  /** Ranges of weights of the scheme; those of 4 bits are by least squared error. */
  readonly weights: WeightMethod;
  /** Whether weights of 4 bits are measured. */
  readonly int4: boolean;
}

/** Samples that noise is measured on. A sum over all elements of the outputs varies little from sample to sample. */
export const noiseSamples = 4;

/** Runs of `measureSensitivity`, with one step each. */
export function sensitivityRuns(float: Graph, settings: SensitivitySettings): number {
  return changesOf(float, settings).length;
}

/** What is quantized alone. */
type Change =
  | { readonly kind: 'value'; readonly value: Value }
  | { readonly kind: 'weights' | 'int4Weights'; readonly layer: WeightedNode };

function changesOf(float: Graph, { scheme, int4 }: SensitivitySettings): Change[] {
  const changes: Change[] = [];
  for (const node of float.nodes) {
    const rule = outputRule(node, scheme.activations.dtype);
    // Operators that share one scale with their inputs add no error of their own.
    if (rule !== 'shared') {
      for (const value of node.outputs) if (value.dtype === 'float32') changes.push({ kind: 'value', value });
    }
    if (rule !== 'weighted') continue;
    changes.push({ kind: 'weights', layer: node as WeightedNode });
    if (int4 && canHaveInt4Weights(node)) changes.push({ kind: 'int4Weights', layer: node as WeightedNode });
  }
  return changes;
}

/** Sensitivities of a prepared float graph with `ranges` by value name, on the first samples. @throws what `step` throws */
export async function measureSensitivity(
  float: Graph,
  ranges: Ranges['tensors'],
  samples: readonly SampleInputs[],
  settings: SensitivitySettings,
  step: Step,
): Promise<Sensitivity> {
  const { scheme } = settings;
  const { dtype } = scheme.activations;
  const parameters = new ActivationParameters(float, new Set(float.nodes.filter((node) => outputRule(node, dtype))), ranges, dtype);
  const measured = new NoiseOfOutputs(float, samples.slice(0, noiseSamples));
  const found = { value: new Map<Value, number>(), weights: new Map<Node, number>(), int4Weights: new Map<Node, number>() };
  for (const change of changesOf(float, settings)) {
    await step();
    if (change.kind === 'value') {
      found.value.set(change.value, measured.withCodes(change.value, parameters.of(change.value), dtype));
      continue;
    }
    const { layer, kind } = change;
    const [own, method] = kind === 'weights' ? ([scheme.weights, settings.weights] as const) : ([int4Weights, 'mse'] as const);
    const { scale } = parameters.of(weightedValues(layer).input);
    found[kind].set(layer, measured.withWeights(layer, decoded(layer, scale, own, method)));
  }
  return { values: found.value, weights: found.weights, int4Weights: found.int4Weights };
}

/** Real weights of a layer's codes. */
function decoded(layer: WeightedNode, inputScale: number, scheme: WeightScheme, method: WeightMethod): Float32Array {
  const codes = quantizeLayerWeights(layer, inputScale, scheme, method);
  return decodeWeights(codes, weightedValues(layer).weights.shape, layerReals(layer).axis);
}

const nextId = (taken: readonly { readonly id: number }[]): number => taken.reduce((next, { id }) => Math.max(next, id + 1), 0);

/** Runs changed copies of a float network on samples, beside the network itself. */
class NoiseOfOutputs {
  private readonly graph: Graph;
  /** Outputs whose errors count, by position. */
  private readonly heads: readonly number[];
  /** Outputs of the network, per sample. */
  private readonly expected: readonly (readonly Float32Array[])[];

  constructor(
    float: Graph,
    private readonly samples: readonly SampleInputs[],
  ) {
    const { graph, logitsOf, limits } = withLogits(float);
    // Signatures name outputs, which are replaced.
    this.graph = { ...graph, signatures: [] };
    const isReal = (i: number) => graph.outputs[i].dtype === 'float32';
    // Logits of the logistic function, which have limits, are as large as one likes where it is saturated: probabilities count.
    const headOf = (i: number, logits = logitsOf.get(i)) => (logits !== undefined && limits[logits] === undefined ? logits : i);
    this.heads = float.outputs.map((_, i) => headOf(i)).filter(isReal);
    this.expected = this.run(graph);
  }

  /** Noise where a value is rounded to codes. */
  withCodes(value: Value, { scale, zeroPoint }: TensorParams, dtype: CodeType): number {
    const copy = copyGraph(this.graph);
    const firstNode = nextId(copy.nodes);
    const source = copy.values.find(({ id }) => id === value.id)!;
    const added = (members: Partial<Value> & Pick<Value, 'name' | 'dtype'>): Value => {
      const { shape, shapeSignature } = source;
      const result: Value = { shape, shapeSignature, ...members, id: nextId(copy.values) };
      copy.values.push(result);
      return result;
    };
    const codes = added({ name: `${source.name} codes`, dtype, quantization: { scale: [scale], zeroPoint: [zeroPoint], axis: 0 } });
    const rounded = added({ name: `${source.name} rounded`, dtype: 'float32' });
    for (const node of copy.nodes) node.inputs = node.inputs.map((input) => (input === source ? rounded : input));
    copy.outputs = copy.outputs.map((output) => (output === source ? rounded : output));
    const node = (type: 'QUANTIZE' | 'DEQUANTIZE', input: Value, output: Value, id: number): Node =>
      ({ type, id, attributes: {}, inputs: [input], outputs: [output], version: 1 }) as Node;
    const at = copy.nodes.findIndex(({ outputs }) => outputs.includes(source)) + 1;
    copy.nodes.splice(at, 0, node('QUANTIZE', source, codes, firstNode), node('DEQUANTIZE', codes, rounded, firstNode + 1));
    return this.noiseOf(copy);
  }

  /** Noise where a layer has other weights. */
  withWeights(layer: WeightedNode, weights: Float32Array): number {
    const copy = copyGraph(this.graph);
    const changed = copy.nodes.find(({ id }) => id === layer.id) as WeightedNode;
    const slot = weightedInputs(changed.type)!.weights;
    const value: Value = { ...changed.inputs[slot]!, data: weights, id: nextId(copy.values) };
    copy.values.push(value);
    changed.inputs[slot] = value;
    return this.noiseOf(copy);
  }

  private noiseOf(graph: Graph): number {
    const actual = this.run(graph);
    const shares = this.heads.map((_, head) => {
      let [error, signal] = [0, 0];
      for (const [s, outputs] of this.expected.entries()) {
        for (const [i, real] of outputs[head].entries()) {
          error += (actual[s][head][i] - real) ** 2;
          signal += real ** 2;
        }
      }
      return error / (signal || 1);
    });
    return shares.reduce((sum, share) => sum + share, 0) / Math.max(1, shares.length);
  }

  private run(graph: Graph): Float32Array[][] {
    const model = loadFloat(graph);
    try {
      return this.samples.map((inputs) => {
        const outputs = model.run(inputs);
        return this.heads.map((i) => outputs[i] as Float32Array);
      });
    } finally {
      model.dispose();
    }
  }
}
