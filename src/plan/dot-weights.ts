// Owns the split of 8-bit weights into panels that dot products compute exactly and extra quads that hold the rest.
//
//   A quad is four neighbouring input elements of one tap and their weights of all channels of a panel; a turn of the microkernel is two.
//   The weight of a panel's quad is the nearest one that is exact there; what is left of it goes to an extra quad, which is added after
//   the panel's own. Few weights have a rest: those beyond int8 once their zero point is subtracted, and on saturating processors pairs
//   whose magnitudes add up to more than 128: 128 x 255 is the largest sum of two products below 2^15.
import { DotVariant } from '../core/abi-relaxed';
import type { DotRules } from './dot-rules';
import type { GemmLayer, GemmTaps } from './gemm';
import { dotGemm } from './gemm-kernels';

/** The weights of a layer, split. */
export interface DotWeights {
  /** The codes of the file, or a copy in which weights with a rest are replaced by what the panels hold of them. */
  readonly codes: Uint8Array | Int8Array;
  /** DotPanel[panels] of the ABI, without the panels' inputs. */
  readonly panels: readonly { readonly firstExtra: number; readonly endExtra: number; readonly variant: DotVariant }[];
  /** Bytes from a pixel's first tap. */
  readonly extraOffsets: Int32Array;
  /** [extras][16][4] */
  readonly extraWeights: Int8Array;
  /** Per output: the sum of its weights in extra quads. */
  readonly extraSums: Int32Array;
}

const quadElements = 4;
const turnElements = dotGemm.stepElements;
const width = dotGemm.panelChannels;
/** Of two weights, and with DotVariant.Pairs of four: see above. */
const saturationLimit = 128;

/**
 * Billions of multiply-adds per second of the kernels of a saturating processor, with int16 weights for comparison, and the cost of an
 * extra quad in quads (`npm run bench:microkernels` and shared measurements on AMD Zen 4; only their ratios matter).
 */
const speeds = { int16: 45, ones: 57, pairs: 67, extraQuads: 1.3 };
/** Below so many outputs, or weights of one, narrowing and requantizing cost more than faster dot products save. */
const minSaturating = { outputs: 32, weights: 64 };

/** Limits a weight to [least, greatest]. */
function limited(weight: number, least: number, greatest: number): number {
  return Math.min(Math.max(weight, least), greatest);
}

/** The weights of one panel, in the order in which the microkernel multiplies them. */
class PanelWeights {
  /** [channel][taps x depth], zero point removed. */
  readonly weights: Int16Array;
  /** The index of each weight's code; -1 where the panel has none. */
  private readonly sources: Int32Array;
  readonly elements: number;

  constructor(
    private readonly layer: GemmLayer,
    private readonly taps: GemmTaps,
    private readonly codes: Uint8Array | Int8Array,
    private readonly zeroPoint: number,
    private readonly isConstant: (output: number) => boolean,
  ) {
    this.elements = taps.taps * taps.depth;
    this.weights = new Int16Array(width * this.elements);
    this.sources = new Int32Array(width * this.elements);
  }

  read(panel: number): void {
    const { weights, sources, elements, layer, taps, codes, zeroPoint } = this;
    const { outputs, groups, channels, outputStride, positionStride, channelStride } = layer;
    weights.fill(0);
    sources.fill(-1);
    const first = panel * width;
    const filters = Math.min(width, outputs - first);
    for (let i = 0; i < filters; i++) {
      const output = first + i;
      if (this.isConstant(output)) continue;
      const base = Math.floor((output * groups) / outputs) * channels - taps.firstChannels[panel];
      for (let tap = 0; tap < taps.taps; tap++) {
        for (let span = 0; span < taps.positions; span++) {
          let source = output * outputStride + (tap * taps.positions + span) * positionStride;
          let at = i * elements + tap * taps.depth + base + span * layer.input.layout.pixelElements;
          for (let channel = 0; channel < channels; channel++, at++, source += channelStride) {
            weights[at] = codes[source] - zeroPoint;
            sources[at] = source;
          }
        }
      }
    }
  }

  /** The code of the weight at `index`; `write` puts `weight` in its place. */
  write(index: number, weight: number, codes: Uint8Array | Int8Array): void {
    codes[this.sources[index]] = weight + this.zeroPoint;
  }
}

/** Visits the sums that a saturating processor makes: the indices of two weights, or of four with `pairs`. */
function forEachSum(elements: number, pairs: boolean, visit: (a: number, b: number, c: number, d: number) => void): void {
  for (let i = 0; i < width * elements; i += turnElements) {
    for (let j = i; j < i + quadElements; j += 2) {
      if (pairs) visit(j, j + 1, j + quadElements, j + quadElements + 1);
      else {
        visit(j, j + 1, -1, -1);
        visit(j + quadElements, j + quadElements + 1, -1, -1);
      }
    }
  }
}

/** How many quads of a panel need an extra one with each saturating variant. */
function countExtras(panel: PanelWeights): { ones: number; pairs: number } {
  const { weights, elements } = panel;
  const count = (pairs: boolean) => {
    const quads = new Uint8Array(elements / quadElements);
    forEachSum(elements, pairs, (a, b, c, d) => {
      const sum = Math.abs(weights[a]) + Math.abs(weights[b]) + (pairs ? Math.abs(weights[c]) + Math.abs(weights[d]) : 0);
      if (sum > saturationLimit) quads[Math.floor(((pairs ? c : a) % elements) / quadElements)] = 1;
    });
    return quads.reduce((sum, quad) => sum + quad, 0);
  };
  return { ones: count(false), pairs: count(true) };
}

/** Collects the rests of one layer's weights. */
class Extras {
  readonly offsets: number[] = [];
  readonly weights: number[] = [];
  readonly sums: Int32Array;
  /** Rests of the current panel, [16][4], by quad. */
  private rests = new Map<number, Int16Array>();

  constructor(
    private readonly taps: GemmTaps,
    private readonly rules: DotRules,
    outputs: number,
  ) {
    this.sums = new Int32Array(outputs);
  }

  /** The rest of the weight of channel `channel` of the panel at `element` of taps x depth. */
  add(panel: number, channel: number, element: number, rest: number): void {
    const quad = Math.floor(element / quadElements);
    const rests = this.rests.get(quad) ?? new Int16Array(width * quadElements);
    this.rests.set(quad, rests);
    rests[channel * quadElements + (element % quadElements)] += rest;
    this.sums[panel * width + channel] += rest;
  }

  /** Ends a panel: its rests become extra quads, several where one cannot hold them. */
  flush(): void {
    const { minWeight, saturates } = this.rules;
    for (const [quad, rests] of [...this.rests].sort(([a], [b]) => a - b)) {
      const element = quad * quadElements;
      const tap = Math.floor(element / this.taps.depth);
      while (rests.some((rest) => rest !== 0)) {
        this.offsets.push(this.taps.offsets[tap] + (element % this.taps.depth));
        for (let i = 0; i < rests.length; i += 2) {
          const first = limited(rests[i], minWeight, 127);
          const left = saturates ? saturationLimit - Math.abs(first) : saturationLimit;
          const second = limited(rests[i + 1], Math.max(minWeight, -left), Math.min(127, left));
          this.weights.push(first, second);
          rests[i] -= first;
          rests[i + 1] -= second;
        }
      }
    }
    this.rests = new Map();
  }
}

/** Whether every weight is one that dot products without saturation hold. */
function allFit(codes: Uint8Array | Int8Array, zeroPoint: number, { minWeight }: DotRules): boolean {
  const least = zeroPoint + minWeight;
  const greatest = zeroPoint + 127;
  for (let i = 0; i < codes.length; i++) if (codes[i] < least || codes[i] > greatest) return false;
  return true;
}

/**
 * Splits the weights of a layer for an engine's dot products. Undefined where int16 weights are faster, on saturating engines.
 * @param isConstant whether an output's weights are packed as zeros
 */
export function splitWeights(
  layer: GemmLayer,
  taps: GemmTaps,
  codes: Uint8Array | Int8Array,
  zeroPoint: number,
  rules: DotRules,
  isConstant: (output: number) => boolean,
): DotWeights | undefined {
  const panelCount = Math.ceil(layer.outputs / width);
  const variant = rules.unsigned ? DotVariant.Dot2 : DotVariant.Dot4;
  const extras = new Extras(taps, rules, layer.outputs);
  const filterWeights = layer.rows.filter * layer.columns.filter * layer.channels;
  if (rules.saturates && (layer.outputs < minSaturating.outputs || filterWeights < minSaturating.weights)) return undefined;
  if (!rules.saturates && allFit(codes, zeroPoint, rules)) {
    const none = { firstExtra: 0, endExtra: 0, variant };
    return result(
      codes,
      Array.from({ length: panelCount }, () => none),
      extras,
    );
  }
  const copy = codes.slice();
  const panel = new PanelWeights(layer, taps, codes, zeroPoint, isConstant);
  const { weights, elements } = panel;
  const panels: DotWeights['panels'][number][] = [];
  const quads = elements / quadElements;
  let cost = 0;
  for (let p = 0; p < panelCount; p++) {
    panel.read(p);
    const firstExtra = extras.offsets.length;
    const keep = (index: number, least: number, greatest: number): number => {
      const weight = weights[index];
      const kept = limited(weight, Math.max(least, rules.minWeight), Math.min(greatest, 127));
      if (kept !== weight) {
        panel.write(index, kept, copy);
        extras.add(p, Math.floor(index / elements), index % elements, weight - kept);
      }
      return Math.abs(kept);
    };
    let chosen: DotVariant = variant;
    if (rules.saturates) {
      const counts = countExtras(panel);
      const ones = (quads + speeds.extraQuads * counts.ones) / speeds.ones;
      const pairs = quads / speeds.pairs + (speeds.extraQuads * counts.pairs) / speeds.ones;
      chosen = pairs < ones ? DotVariant.Pairs : DotVariant.Ones;
      cost += Math.min(ones, pairs);
      // Panels are alike: the first ones decide whether the rest is split at all.
      if (cost > ((p + 1) * quads) / speeds.int16) return undefined;
      forEachSum(elements, chosen === DotVariant.Pairs, (...indices) => {
        let left = saturationLimit;
        for (const index of indices) if (index >= 0) left -= keep(index, -left, left);
      });
    } else for (let i = 0; i < weights.length; i++) keep(i, -128, 127);
    extras.flush();
    panels.push({ firstExtra, endExtra: extras.offsets.length, variant: chosen });
  }
  return result(copy, panels, extras);
}

function result(codes: DotWeights['codes'], panels: DotWeights['panels'], { offsets, weights, sums }: Extras): DotWeights {
  return { codes, panels, extraOffsets: Int32Array.from(offsets), extraWeights: Int8Array.from(weights), extraSums: sums };
}
