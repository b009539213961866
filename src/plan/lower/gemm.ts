// Owns the Convolution descriptor of the core: weights packed as int16 pairs, accumulators requantized.
import { centred, centredClamp, core } from '../formats/centred';
import { filterOrder, type GemmLayer, type GemmTaps, gemmPixels, gemmTaps } from '../gemm';
import { centredGemm } from '../gemm-kernels';
import { paddedChannels } from '../layout';
import type { Lowering } from '../lowering';
import { coreJob } from '../pack';
import { type Address, at, bytesOf } from '../region';
import { layerRequantization } from '../weights';
import { emitDotGemm } from './dot-gemm';
import { packingFields, packingPanels } from './packing';

const { panelChannels, stepElements, weightBytes } = centredGemm;

/** Plans the packing as [panel][tap][depth / 2][16][2]; a last panel has 8 channels when the padded channels are an odd multiple of 8. */
export function packWeights(lowering: Lowering, layer: GemmLayer, taps: GemmTaps, shifts: Uint8Array): Address {
  const { node, outputs } = layer;
  const panelBytes = taps.taps * taps.depth * panelChannels * weightBytes;
  const weights = at(lowering.packed('panels', (paddedChannels(outputs) / panelChannels) * panelBytes));
  const fields = {
    output: weights,
    ...packingFields(layer, taps),
    depthPairs: taps.depth / stepElements,
    panelOffsets: taps.panelOffsets,
    scaleShifts: lowering.constant('shifts', shifts),
  };
  const panels = packingPanels(layer, panelBytes, weights);
  lowering.pack(coreJob(centredGemm.packOperator, fields, bytesOf(node.inputs[1]!.data!), panels));
  return weights;
}

/** Emits a layer as a GEMM, by dot products where the binary has them and they are faster. Returns what the kernel's name ends with. */
export function emitGemm(lowering: Lowering, layer: GemmLayer): '' | ' dot' {
  if (emitDotGemm(lowering, layer)) return ' dot';
  emitPairGemm(lowering, layer);
  return '';
}

function emitPairGemm(lowering: Lowering, layer: GemmLayer): void {
  const { node, outputs } = layer;
  const [value] = node.outputs;
  const { mode, shift, bias, constants, scaleShifts } = layerRequantization(node, filterOrder(layer), lowering);
  const taps = gemmTaps(lowering, centred, centredGemm, layer);
  const weights = packWeights(lowering, layer, taps, scaleShifts);
  const padded = paddedChannels(outputs);
  lowering.emit(core, 'Convolution', {
    ...gemmPixels(lowering, layer, layer.output ?? lowering.createImage(value)),
    taps: taps.taps,
    tapOffsets: taps.tapOffsets,
    depthPairs: taps.depth / stepElements,
    panels: Math.floor(padded / panelChannels),
    tail: (padded % panelChannels) / 8,
    panelOffsets: taps.panelOffsets,
    weights,
    bias: lowering.constant('bias', bias),
    constants: lowering.constant('requantization', new Uint8Array(constants)),
    mode,
    shift,
    ...centredClamp(value, node.attributes.activation),
  });
}
