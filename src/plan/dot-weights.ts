// Owns the split of 8-bit weights into panels that dot products compute exactly and extra quads that hold the rest.
//
//   A quad is four neighbouring input elements of one tap and their weights of all channels of a panel; a turn of the microkernel is two.
//   The weight of a panel's quad is the nearest one that is exact there; what is left of it goes to an extra quad, which is added after
//   the panel's own. Few weights have a rest: those beyond int8 once their zero point is subtracted, and on saturating processors pairs
//   whose magnitudes add up to more than 128: 128 x 255 is the largest sum of two products below 2^15.
import type { Account } from '../account';
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
 * extra quad in quads: AMD Zen 4, Node 24; only their ratios matter.
 */
const speeds = { int16: 45, ones: 57, pairs: 67, extraQuads: 1.3 };
/**
 * Of one filter's turns: above them a tenth of a panel's quads need extra ones with Ones, or a seventh with Pairs, and what runs gain does
 * not pay for the time that loading takes.
 */
const maxShare = { ones: 0.015, pairs: 0.01 };
/** Below so many outputs, or weights of one, narrowing and requantizing cost more than faster dot products save. */
const minSaturating = { outputs: 32, weights: 64 };

/** Of a layer's panels so far, in quads of their own; dot products are at least twice as fast as int16 weights where they are exact. */
const maxExtras = 1;

/** Limits a weight to [least, greatest]. */
function limited(weight: number, least: number, greatest: number): number {
  return Math.min(Math.max(weight, least), greatest);
}

/** Where the weights of a layer lie among its codes, by output, and element of taps x depth in the order of the microkernel. */
class WeightPlaces {
  constructor(
    private readonly layer: GemmLayer,
    private readonly taps: GemmTaps,
  ) {}

  /** Index of a code; -1 where the panel holds a zero. */
  of(output: number, element: number): number {
    const { outputs, groups, channels, outputStride, positionStride, channelStride, input } = this.layer;
    const { depth, positions, firstChannels } = this.taps;
    const tap = Math.floor(element / depth);
    const base = Math.floor((output * groups) / outputs) * channels - firstChannels[Math.floor(output / width)];
    const inTap = element - tap * depth - base;
    const span = Math.floor(inTap / input.layout.pixelElements);
    const channel = inTap - span * input.layout.pixelElements;
    if (inTap < 0 || span >= positions || channel >= channels) return -1;
    return output * outputStride + (tap * positions + span) * positionStride + channel * channelStride;
  }

  /** Whether the codes of every turn are eight neighbours. */
  areContiguous(): boolean {
    const { groups, channels, channelStride, input } = this.layer;
    return groups === 1 && channelStride === 1 && channels % turnElements === 0 && input.layout.pixelElements % turnElements === 0;
  }
}

/**
 * Appends to `found`, from entry `count` on, the first of eight neighbouring codes from `begin` to `end` for each turn in which the values
 * of two pairs, in the same places of both quads, exceed the limit; returns the new count. All weights go through here, few are found.
 */
function scan(bytes: Uint8Array, values: Uint8Array, begin: number, end: number, limit: number, found: Int32Array, count: number): number {
  let next = count;
  for (let i = begin; i < end; i += turnElements) {
    const first = values[bytes[i]] + values[bytes[i + 1]] + values[bytes[i + 4]] + values[bytes[i + 5]];
    const second = values[bytes[i + 2]] + values[bytes[i + 3]] + values[bytes[i + 6]] + values[bytes[i + 7]];
    if (first > limit || second > limit) found[next++] = i;
  }
  return next;
}

/** The same for turns in which the values of one pair exceed the limit. */
function scanPairs(
  bytes: Uint8Array,
  values: Uint8Array,
  begin: number,
  end: number,
  limit: number,
  found: Int32Array,
  count: number,
): number {
  let next = count;
  for (let i = begin; i < end; i += turnElements) {
    const a = values[bytes[i]] + values[bytes[i + 1]];
    const b = values[bytes[i + 2]] + values[bytes[i + 3]];
    const c = values[bytes[i + 4]] + values[bytes[i + 5]];
    const d = values[bytes[i + 6]] + values[bytes[i + 7]];
    if (a > limit || b > limit || c > limit || d > limit) found[next++] = i;
  }
  return next;
}

/** By code as a byte: the weight's magnitude, or without saturation 1 for a weight that no single instruction holds. */
function codeValues(isSigned: boolean, zeroPoint: number, { saturates, minWeight }: DotRules): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => {
    const weight = (isSigned ? (byte << 24) >> 24 : byte) - zeroPoint;
    return saturates ? Math.abs(weight) : Number(weight < minWeight || weight > 127);
  });
}

/** The turns of single filters that need a look: all of them where their codes are no neighbours. */
class Suspects {
  /** Of the turns of one panel: outputs, and first elements of taps x depth. */
  readonly outputs: Int32Array;
  readonly elements: Int32Array;
  /** First codes of the turns, where a turn's codes are neighbours. */
  readonly firstCodes: Int32Array;
  readonly isContiguous: boolean;
  count = 0;
  /** Only turns that Ones cannot hold: Pairs was found not to be worth it. */
  onesOnly = false;
  private readonly values: Uint8Array;
  private readonly limit: number;
  private readonly bytes: Uint8Array;

  constructor(
    private readonly layer: GemmLayer,
    private readonly taps: GemmTaps,
    places: WeightPlaces,
    codes: Uint8Array | Int8Array,
    zeroPoint: number,
    rules: DotRules,
  ) {
    const turns = (width * taps.taps * taps.depth) / turnElements;
    this.outputs = new Int32Array(turns);
    this.elements = new Int32Array(turns);
    this.firstCodes = new Int32Array(turns);
    this.bytes = new Uint8Array(codes.buffer, codes.byteOffset, codes.length);
    this.limit = rules.saturates ? saturationLimit : 0;
    this.isContiguous = places.areContiguous();
    this.values = codeValues(codes instanceof Int8Array, zeroPoint, rules);
  }

  /** Share of the first panel's turns that are suspects of Ones alone, or of Pairs; 0 where codes are no neighbours. */
  share(onesOnly: boolean): number {
    if (!this.isContiguous) return 0;
    this.onesOnly = onesOnly;
    for (let output = 0; output < Math.min(width, this.layer.outputs); output++) this.add(output);
    const share = this.count / this.elements.length;
    this.count = 0;
    this.onesOnly = false;
    return share;
  }

  add(output: number): void {
    const { taps, depth, positions } = this.taps;
    const before = this.count;
    if (!this.isContiguous) {
      for (let element = 0; element < taps * depth; element += turnElements) this.elements[this.count++] = element;
    } else {
      const { channels, outputStride, input } = this.layer;
      const begin = output * outputStride;
      this.count = (this.onesOnly ? scanPairs : scan)(
        this.bytes,
        this.values,
        begin,
        begin + outputStride,
        this.limit,
        this.firstCodes,
        before,
      );
      for (let i = before; i < this.count; i++) {
        const code = this.firstCodes[i] - begin;
        const position = Math.floor(code / channels);
        const inTap = (position % positions) * input.layout.pixelElements + code - position * channels;
        this.elements[i] = Math.floor(position / positions) * depth + inTap;
      }
    }
    this.outputs.fill(output, before, this.count);
  }
}

/** Pairs of weights of a turn that saturating processors add up: indices in the turn; with Pairs two each. */
const firstPairs = [0, 2];
const allPairs = [0, 2, quadElements, quadElements + 2];

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
    private readonly account?: Account,
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
        // 64 numbers in a list, and their places.
        this.account?.spend(1000, 1000);
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

/**
 * Whether dot products may be faster than int16 weights, from the layer's size and its first panel: a quad needs an extra one where any of
 * 16 filters does. Cheap, and true of all layers where nothing saturates.
 */
export function mayPay(layer: GemmLayer, taps: GemmTaps, codes: Uint8Array | Int8Array, zeroPoint: number, rules: DotRules): boolean {
  if (!rules.saturates) return true;
  const filterWeights = layer.rows.filter * layer.columns.filter * layer.channels;
  if (layer.outputs < minSaturating.outputs || filterWeights < minSaturating.weights) return false;
  return new Suspects(layer, taps, new WeightPlaces(layer, taps), codes, zeroPoint, rules).share(true) <= maxShare.ones;
}

/**
 * Splits the weights of a layer for an engine's dot products. Undefined where int16 weights are faster.
 * @param isConstant whether an output's weights are packed as zeros
 */
export function splitWeights(
  layer: GemmLayer,
  taps: GemmTaps,
  codes: Uint8Array | Int8Array,
  zeroPoint: number,
  rules: DotRules,
  isConstant: (output: number) => boolean,
  account?: Account,
): DotWeights | undefined {
  const { outputs } = layer;
  const panelCount = Math.ceil(outputs / width);
  const variant = rules.unsigned ? DotVariant.Dot2 : DotVariant.Dot4;
  const extras = new Extras(taps, rules, outputs, account);
  // int8 weights without zero point fit where -128 does.
  if (!rules.saturates && codes instanceof Int8Array && zeroPoint === 0 && (rules.minWeight === -128 || !codes.includes(-128))) {
    const none = { firstExtra: 0, endExtra: 0, variant };
    return result(
      codes,
      Array.from({ length: panelCount }, () => none),
      extras,
    );
  }
  // The copy, and lists of the turns of one panel.
  account?.spend(2 * codes.length + 24 * taps.taps * taps.depth, 20 * codes.length);
  const places = new WeightPlaces(layer, taps);
  const suspects = new Suspects(layer, taps, places, codes, zeroPoint, rules);
  if (rules.saturates) suspects.onesOnly = suspects.share(false) > maxShare.pairs;
  let copy = codes;
  const panels: DotWeights['panels'][number][] = [];
  const quads = (taps.taps * taps.depth) / quadElements;
  let cost = 0;
  const weights = new Int16Array(turnElements);
  /** Reads turn `n` of the suspects. */
  const read = (n: number) => {
    const output = suspects.outputs[n];
    const element = suspects.elements[n];
    const first = suspects.firstCodes[n];
    for (let i = 0; i < turnElements; i++) {
      const place = suspects.isContiguous ? first + i : places.of(output, element + i);
      weights[i] = place < 0 ? 0 : codes[place] - zeroPoint;
    }
  };
  const pair = (i: number) => Math.abs(weights[i]) + Math.abs(weights[i + 1]);
  /** Keeps what the panel can hold of the weight at `i` of the turn; returns its magnitude. */
  const keep = (output: number, element: number, i: number, least: number, greatest: number): number => {
    const kept = limited(weights[i], Math.max(least, rules.minWeight), Math.min(greatest, 127));
    if (kept !== weights[i]) {
      if (copy === codes) copy = codes.slice();
      copy[places.of(output, element + i)] = kept + zeroPoint;
      extras.add(Math.floor(output / width), output % width, element + i, weights[i] - kept);
    }
    return Math.abs(kept);
  };
  for (let p = 0; p < panelCount; p++) {
    const firstExtra = extras.offsets.length;
    const last = Math.min((p + 1) * width, outputs);
    suspects.count = 0;
    for (let output = p * width; output < last; output++) if (!isConstant(output)) suspects.add(output);
    const { count } = suspects;
    let chosen: DotVariant = variant;
    if (rules.saturates) {
      const marks = new Uint8Array(quads);
      for (let n = 0; n < count; n++) {
        const element = suspects.elements[n];
        read(n);
        const quad = element / quadElements;
        for (const i of allPairs) if (pair(i) > saturationLimit) marks[quad + (i >> 2)] |= 1;
        for (const i of firstPairs) if (pair(i) + pair(i + quadElements) > saturationLimit) marks[quad + 1] |= 2;
      }
      let ones = 0;
      let pairs = 0;
      for (const mark of marks) {
        ones += mark & 1;
        pairs += mark >> 1;
      }
      const onesCost = (quads + speeds.extraQuads * ones) / speeds.ones;
      const pairsCost = quads / speeds.pairs + (speeds.extraQuads * pairs) / speeds.ones;
      const hasPairs = pairsCost < onesCost && !suspects.onesOnly;
      if (pairsCost > 1.2 * onesCost) suspects.onesOnly = true;
      chosen = hasPairs ? DotVariant.Pairs : DotVariant.Ones;
      cost += hasPairs ? pairsCost : onesCost;
      // Panels are alike: the first ones decide whether the rest is split at all.
      if (cost > ((p + 1) * quads) / speeds.int16) return undefined;
    }
    for (let n = 0; n < count; n++) {
      const output = suspects.outputs[n];
      const element = suspects.elements[n];
      read(n);
      if (!rules.saturates) for (let i = 0; i < turnElements; i++) keep(output, element, i, -128, 127);
      else {
        for (const i of chosen === DotVariant.Pairs ? firstPairs : allPairs) {
          let left = saturationLimit;
          for (const j of chosen === DotVariant.Pairs ? [i, i + 1, i + quadElements, i + quadElements + 1] : [i, i + 1]) {
            left -= keep(output, element, j, -left, left);
          }
        }
      }
    }
    extras.flush();
    // More extra quads than the panel has of its own cost more than int16 weights.
    if (extras.offsets.length > maxExtras * (p + 1) * quads) return undefined;
    panels.push({ firstExtra, endExtra: extras.offsets.length, variant: chosen });
  }
  return result(copy, panels, extras);
}

function result(codes: DotWeights['codes'], panels: DotWeights['panels'], { offsets, weights, sums }: Extras): DotWeights {
  return { codes, panels, extraOffsets: Int32Array.from(offsets), extraWeights: Int8Array.from(weights), extraSums: sums };
}
