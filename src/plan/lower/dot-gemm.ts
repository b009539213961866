// Owns the DotConvolution descriptor of the relaxed core: 8-bit weights and terms, accumulators requantized.
import { zeroPointOf } from '../../quant/params';
import { termDelta } from '../dot-rules';
import { terms, termsLayout, tileWorkspace } from '../dot-terms';
import { centredClamp, core } from '../formats/centred';
import { filterOrder, type GemmLayer, type GemmTaps, gemmPixels, gemmTaps } from '../gemm';
import { dotGemm } from '../gemm-kernels';
import { paddedChannels } from '../layout';
import type { Lowering } from '../lowering';
import { coreJob } from '../pack';
import { type Address, at } from '../region';
import { constantChannel, type LayerRequantization } from '../requantization';
import { layerRequantization } from '../weights';
import { type DotWeights, dropOutput, splitWeights } from './dot-weights';
import { packingFields, packingPanels } from './packing';

const { panelChannels, stepElements, weightBytes } = dotGemm;
/** Of terms; the weights of padding lanes are zero. */
const termsFormat = { elementBytes: 1, multipliesPadding: true };

/** The bias minus delta times the sum of the weights in extra quads; packing subtracts the rest. */
function biasOf({ bias, scaleShifts }: LayerRequantization, { extraSums }: DotWeights, delta: number): Int32Array {
  return bias.map((term, output) => (scaleShifts[output] === constantChannel ? term : term - Math.imul(delta, extraSums[output] ?? 0)));
}

/** Plans the packing as [panel][tap][depth / 4][16][4], a last panel with 16 or 8 channels, and of the bias. */
function pack(
  lowering: Lowering,
  layer: GemmLayer,
  taps: GemmTaps,
  split: DotWeights,
  requantization: LayerRequantization,
  delta: number,
): { weights: Address; bias: Address } {
  const { outputs } = layer;
  const panelBytes = taps.taps * taps.depth * panelChannels * weightBytes;
  const padded = paddedChannels(outputs);
  const weights = at(lowering.packed('panels', (padded / panelChannels) * panelBytes));
  const bias = at(lowering.packed('packed bias', 4 * padded));
  const fields = {
    output: weights,
    ...packingFields(layer, taps),
    turns: taps.depth / stepElements,
    firstChannels: lowering.shared(`panels ${taps.firstChannels}`, taps.firstChannels.length, () => Int32Array.from(taps.firstChannels)),
    scaleShifts: lowering.constant('shifts', requantization.scaleShifts),
    bias: lowering.constant('bias', biasOf(requantization, split, delta)),
    packedBias: bias,
    delta,
  };
  const panels = packingPanels(layer, panelBytes, weights);
  lowering.pack(coreJob(dotGemm.packOperator, fields, split.codes, panels));
  return { weights, bias };
}

/** Emits a layer by dot products. False, with nothing emitted, where the core has none or int16 weights are faster. */
export function emitDotGemm(lowering: Lowering, layer: GemmLayer): boolean {
  const rules = lowering.dots;
  if (!rules) return false;
  const { node, outputs } = layer;
  const [value] = node.outputs;
  const input = node.inputs[0]!;
  const layout = termsLayout(layer.input.layout);
  const taps = gemmTaps(lowering, termsFormat, dotGemm, { ...layer, input: { ...layer.input, layout } });
  const split = splitWeights(lowering, layer, taps, rules);
  if (!split) return false;
  const requantization = layerRequantization(node, filterOrder(layer), lowering, rules);
  const { mode, shift, constants, scaleShifts } = requantization;
  for (let output = 0; output < outputs; output++) if (scaleShifts[output] === constantChannel) dropOutput(split, output);
  const delta = termDelta(zeroPointOf(input), input.dtype as 'int8' | 'uint8', rules);
  const narrowed = { ...layer, input: terms(lowering, layer.input, delta) };
  const padded = paddedChannels(outputs);
  lowering.emit(core, 'DotConvolution', {
    ...gemmPixels(lowering, narrowed, layer.output ?? lowering.createImage(value)),
    taps: taps.taps,
    tapOffsets: taps.tapOffsets,
    turns: taps.depth / stepElements,
    panels: Math.floor(padded / panelChannels),
    tail: (padded % panelChannels) / 8,
    panelTable: lowering.constant('panels', split.panels),
    extraOffsets: lowering.constant('extra offsets', split.extraOffsets),
    extraWeights: lowering.constant('extra weights', split.extraWeights),
    ...pack(lowering, narrowed, taps, split, requantization, delta),
    constants: lowering.constant('requantization', new Uint8Array(constants)),
    mode,
    shift,
    ...centredClamp(value, node.attributes.activation),
    workspace: tileWorkspace(lowering),
  });
  return true;
}
