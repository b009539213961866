// Owns dead channels, which are 0 on all samples: their weights are limited so that they do not widen the range of the others.
import { type Graph, makeConstant, type Value, type WeightedNode, weightedInputs } from 'zeropoint/graph';
import type { Statistics } from '../../calibrate/statistics';
import type { WeightScheme } from '../build/scheme';
import { layerReals } from '../build/weights';
import { groupChannels, type ScaledLayer, visitWeights } from './channels';

/**
 * Edits `graph`, a prepared float graph, in place; its function on the samples stays the same. Weights of dead input channels are clipped
 * to the largest magnitude of the live weights that share their scale. Weights and bias of an output channel that is dead after its ReLU
 * are multiplied by a factor of at most 1 that makes its largest magnitude that of the live weights. Layers whose output `isTreated` leaves
 * out stay. Returns whether there are dead channels.
 */
export function limitDeadChannels(
  graph: Graph,
  statistics: Statistics,
  scheme: WeightScheme,
  isTreated: (value: Value) => boolean = () => true,
): boolean {
  let isChanged = false;
  for (const layer of groupChannels(graph).layers) {
    const { node } = layer;
    if (!isTreated(node.outputs[0])) continue;
    const input = statistics.get(node.inputs[weightedInputs(node.type)!.input]!.id);
    const output = statistics.get(node.outputs[0].id);
    if (!input || !output || node.type === 'TRANSPOSE_CONV' || input.max.length !== layer.inputs.length) continue;
    const isRectified = node.attributes.activation === 'RELU' || node.attributes.activation === 'RELU6';
    const deadInputs = input.max.map((max, c) => (max === 0 && input.min[c] === 0 ? 1 : 0));
    const deadOutputs = output.max.map((max) => (isRectified && max === 0 ? 1 : 0));
    if (deadInputs.includes(1) || deadOutputs.includes(1)) {
      limitLayer(layer, deadInputs, deadOutputs, scheme);
      isChanged = true;
    }
  }
  return isChanged;
}

function limitLayer(layer: ScaledLayer, deadInputs: Float32Array, deadOutputs: Float32Array, scheme: WeightScheme): void {
  const node: WeightedNode = layer.node;
  const { weights, bias } = layerReals(node);
  const slots = weightedInputs(node.type)!;
  /** Largest magnitude of the live weights per output channel; 0 where there are none. */
  const liveMax = new Float32Array(layer.outputs.length);
  visitWeights(layer, (i, output, input) => {
    if (!deadInputs[input] && !deadOutputs[output]) liveMax[output] = Math.max(liveMax[output], Math.abs(weights[i]));
  });
  const max = liveMax.reduce((largest, entry) => Math.max(largest, entry), 0);
  if (max === 0) return;
  const limited = weights.slice();
  const limitedMax = new Float32Array(layer.outputs.length);
  visitWeights(layer, (i, output, input) => {
    const limit = scheme.perChannel && liveMax[output] > 0 ? liveMax[output] : max;
    if (deadInputs[input]) limited[i] = Math.min(Math.max(weights[i], -limit), limit);
    limitedMax[output] = Math.max(limitedMax[output], Math.abs(limited[i]));
  });
  const factors = limitedMax.map((entry, output) => (deadOutputs[output] && entry > max ? max / entry : 1));
  visitWeights(layer, (i, output) => {
    limited[i] *= factors[output];
  });
  makeConstant(node.inputs[slots.weights]!, limited);
  const stored = node.inputs[slots.bias];
  if (stored)
    makeConstant(
      stored,
      bias.map((entry, output) => entry * factors[output]),
    );
}
