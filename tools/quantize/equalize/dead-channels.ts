// Owns channels that are always 0: their weights may not coarsen the codes of those that matter.
import { type Graph, makeConstant, type WeightedNode, weightedInputs } from 'zeropoint/graph';
import { layerReals } from '../build/weights';
import type { SchemeName } from '../scheme';
import type { Statistics } from '../statistics';
import { groupChannels, type ScaledLayer, visitWeights } from './channels';

/**
 * Edits `graph`, a prepared float graph, in place and without changing its function on the samples. Weights that met nothing but zeros
 * are limited to the largest of the others that share their scale; a channel whose ReLU gave nothing but zeros is scaled down with its
 * bias until its weights are no larger than the others'.
 */
export function limitDeadChannels(graph: Graph, statistics: Statistics, scheme: SchemeName): void {
  for (const layer of groupChannels(graph).layers) {
    const { node } = layer;
    const input = statistics.get(node.inputs[weightedInputs(node.type)!.input]!.id);
    const output = statistics.get(node.outputs[0].id);
    if (!input || !output || node.type === 'TRANSPOSE_CONV' || input.max.length !== layer.inputs.length) continue;
    const isRectified = node.attributes.activation === 'RELU' || node.attributes.activation === 'RELU6';
    const deadInputs = input.max.map((max, c) => (max === 0 && input.min[c] === 0 ? 1 : 0));
    const deadOutputs = output.max.map((max) => (isRectified && max === 0 ? 1 : 0));
    if (deadInputs.includes(1) || deadOutputs.includes(1)) limitLayer(layer, deadInputs, deadOutputs, scheme);
  }
}

function limitLayer(layer: ScaledLayer, deadInputs: Float32Array, deadOutputs: Float32Array, scheme: SchemeName): void {
  const node: WeightedNode = layer.node;
  const { weights, bias } = layerReals(node);
  const slots = weightedInputs(node.type)!;
  /** Largest weight per output channel among those that matter; 0 where none does. */
  const rows = new Float32Array(layer.outputs.length);
  visitWeights(layer, (i, output, input) => {
    if (!deadInputs[input] && !deadOutputs[output]) rows[output] = Math.max(rows[output], Math.abs(weights[i]));
  });
  const largest = rows.reduce((most, row) => Math.max(most, row), 0);
  if (largest === 0) return;
  const limited = weights.slice();
  const all = new Float32Array(layer.outputs.length);
  visitWeights(layer, (i, output, input) => {
    const limit = scheme === 'int8' && rows[output] > 0 ? rows[output] : largest;
    if (deadInputs[input]) limited[i] = Math.min(Math.max(weights[i], -limit), limit);
    all[output] = Math.max(all[output], Math.abs(limited[i]));
  });
  const factors = all.map((row, output) => (deadOutputs[output] && row > largest ? largest / row : 1));
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
