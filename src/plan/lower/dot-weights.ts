// Owns the split of a layer's 8-bit weights for dot products, which the relaxed core computes (assembly/relaxed/operators/split.ts).
import { DotVariant, dotPanelBytes, splitStateBytes } from '../../core/abi-relaxed';
import type { Scratch } from '../../core/scratch';
import { aligned } from '../arena';
import { coreOperators } from '../core-operators';
import type { DotRules } from '../dot-rules';
import type { GemmLayer, GemmTaps } from '../gemm';
import { dotGemm } from '../gemm-kernels';
import type { Lowering } from '../lowering';
import { bytesOf } from '../region';
import { packingFields } from './packing';

/** The weights of a layer, split. */
export interface DotWeights {
  /** The codes of the file, or a copy in which weights with a rest are replaced by what the panels hold of them. */
  readonly codes: Uint8Array;
  /** DotPanel[panels] of the ABI. */
  readonly panels: Uint32Array;
  /** Bytes from a pixel's first tap. */
  readonly extraOffsets: Int32Array;
  /** [extras][16][4] */
  readonly extraWeights: Int8Array;
  /** Per output: the sum of its weights in extra quads. */
  readonly extraSums: Int32Array;
}

const width = dotGemm.panelChannels;
const panelWords = dotPanelBytes / 4;
const quadElements = 4;
const extraBytes = width * quadElements;
/** Below so many outputs, or weights of one, narrowing and requantizing cost more than dot products save where they saturate. */
const minSaturating = { outputs: 32, weights: 64 };
/** Of a layer's panels, in quads of their own; dot products are at least twice as fast as int16 weights where they are exact. */
const maxExtras = 1;
/** Of the memory that one layer may take while it is split; larger ones keep int16 weights. */
const maxBytes = 64 * 2 ** 20;
/** Of codes that are split at once. */
const maxPieceBytes = 4 * 2 ** 20;

type Part = 'state' | 'firstChannels' | 'panels' | 'sums' | 'elements' | 'marks' | 'filters' | 'weights' | 'codes';

/** Places of the parts that splitting a layer needs, of so many bytes each. */
function places(
  begin: number,
  sizes: Readonly<Record<Part, number>>,
): { readonly at: Readonly<Record<Part, number>>; readonly end: number } {
  let next = begin;
  const addresses = Object.entries(sizes).map(([name, bytes]): [string, number] => {
    const address = next;
    next += aligned(bytes);
    return [name, address];
  });
  return { at: Object.fromEntries(addresses) as Record<Part, number>, end: next };
}

/** Splits the weights of a layer for an engine's dot products. Undefined where int16 weights are faster. */
export function splitWeights({ scratch, account }: Lowering, layer: GemmLayer, taps: GemmTaps, rules: DotRules): DotWeights | undefined {
  const { node, outputs, outputStride } = layer;
  const fields = packingFields(layer, taps);
  const data = node.inputs[1]!.data as Uint8Array | Int8Array;
  const codes = bytesOf(data);
  const panelCount = Math.ceil(outputs / width);
  const variant = rules.unsigned ? DotVariant.Dot2 : DotVariant.Dot4;
  // int8 weights without zero point fit where -128 does.
  if (!rules.saturates && fields.signed && fields.zeroPoint === 0 && (rules.minWeight === -128 || !data.includes(-128))) {
    const panels = new Uint32Array(panelCount * panelWords);
    for (let i = 0; i < panelCount; i++) panels.set([taps.firstChannels[i], 0, 0, variant], i * panelWords);
    return { codes, panels, extraOffsets: new Int32Array(0), extraWeights: new Int8Array(0), extraSums: new Int32Array(outputs) };
  }
  const filterWeights = layer.rows.filter * layer.columns.filter * layer.channels;
  if (rules.saturates && (outputs < minSaturating.outputs || filterWeights < minSaturating.weights)) return undefined;
  const quads = (taps.taps * taps.depth) / quadElements;
  // Filters that are neighbours in the file are split in pieces of whole panels.
  const pieceOutputs = outputStride > 1 ? width * Math.max(1, Math.floor(maxPieceBytes / (width * outputStride))) : outputs;
  const most = maxExtras * panelCount * quads;
  const { at, end } = places(scratch.begin, {
    state: splitStateBytes,
    firstChannels: 4 * panelCount,
    panels: dotPanelBytes * panelCount,
    sums: 4 * outputs,
    elements: 4 * most,
    marks: quads,
    filters: 2 * extraBytes * quads,
    weights: extraBytes * most,
    codes: outputStride > 1 ? pieceOutputs * outputStride : codes.length,
  });
  if (end > maxBytes) return undefined;
  // The copy, the results, and looks at every weight.
  account?.spend(codes.length + (4 + extraBytes) * most, 2 * codes.length);
  const buffer = scratch.reserve(end);
  new Uint8Array(buffer).fill(0, at.state, at.state + splitStateBytes);
  new Int32Array(buffer, at.firstChannels, panelCount).set(taps.firstChannels);
  const { codes: input, elements: extraElements, weights: extraWeights, ...others } = at;
  const kept = splitInPieces(scratch, layer, codes, pieceOutputs, at, {
    ...fields,
    ...others,
    ...{ input, extraElements, extraWeights, turns: taps.depth / dotGemm.stepElements },
    ...{ minWeight: rules.minWeight, saturates: Number(rules.saturates), variant, maxExtras: most },
  });
  if (!kept) return undefined;
  const [extras] = new Uint32Array(buffer, at.state, 1);
  const elements = new Int32Array(buffer, at.elements, extras);
  return {
    codes: kept,
    panels: new Uint32Array(buffer, at.panels, panelCount * panelWords).slice(),
    extraOffsets: elements.map((element) => taps.offsets[Math.floor(element / taps.depth)] + (element % taps.depth)),
    extraWeights: new Int8Array(buffer, at.weights, extras * extraBytes).slice(),
    extraSums: new Int32Array(buffer, at.sums, outputs).slice(),
  };
}

/**
 * Has the core split a layer, `pieceOutputs` filters at a time, which are staged at `at.codes`. Returns the codes, or a copy of them with what the
 * panels hold; undefined where int16 weights are faster, which the first panel alone mostly tells.
 */
function splitInPieces(
  scratch: Scratch,
  { outputs, outputStride }: GemmLayer,
  codes: Uint8Array,
  pieceOutputs: number,
  at: Readonly<Record<Part, number>>,
  fields: Readonly<Record<string, number>>,
): Uint8Array | undefined {
  const buffer = scratch.reserve(0);
  const bytes = new Uint8Array(buffer);
  const [extras, declined] = [0, 1];
  const state = new Uint32Array(buffer, at.state, 2);
  let kept = codes;
  let count = outputStride > 1 ? Math.min(width, outputs) : outputs;
  for (let first = 0; first < outputs; first += count, count = Math.min(pieceOutputs, outputs - first)) {
    const piece = outputStride > 1 ? codes.subarray(first * outputStride, (first + count) * outputStride) : codes;
    bytes.set(piece, at.codes);
    const before = state[extras];
    scratch.run(coreOperators.SplitDotConvolution, { ...fields, outputs: count, firstOutput: first });
    if (state[declined] !== 0) return undefined;
    if (state[extras] === before) continue;
    if (kept === codes) kept = codes.slice();
    kept.set(bytes.subarray(at.codes, at.codes + piece.length), first * outputStride);
  }
  return kept;
}

/** Removes an output from the extra quads: its weights are packed as zeros. */
export function dropOutput({ panels, extraWeights, extraSums }: DotWeights, output: number): void {
  const panel = Math.floor(output / width) * panelWords;
  for (let extra = panels[panel + 1]; extra < panels[panel + 2]; extra++) {
    const at = extra * extraBytes + (output % width) * quadElements;
    extraWeights.fill(0, at, at + quadElements);
  }
  extraSums[output] = 0;
}
