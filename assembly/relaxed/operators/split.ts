// Owns the split of 8-bit weights into panels that dot products compute exactly and extra quads that hold the rest.
//
//   A quad is four neighbouring input elements of one tap and their weights of all channels of a panel; a turn of the microkernel is two.
//   The weight of a panel's quad is the nearest one that is exact there; what is left of it goes to an extra quad, which is added after
//   the panel's own. Few weights have a rest: those beyond int8 once their zero point is subtracted, and on saturating processors pairs
//   whose magnitudes add up to more than 128: 128 x 255 is the largest sum of two products below 2^15.
import { DotPanel, DotVariant, SplitDotConvolutionDescriptor, SplitState } from '../abi';
import { anyRest, expand, markSaturating, saturatingRests, wideRests } from '../microkernels/i8-split';

/**
 * Billions of multiply-adds per second of the kernels of a saturating processor (AMD Zen 4, Node 24; only their ratios matter). int16
 * weights run at 45, but need no narrowing and save extra quads' time at load. An extra quad costs 1.3 of a panel's own.
 */
const INT16_SPEED: f32 = 50;
const ONES_SPEED: f32 = 57;
const PAIRS_SPEED: f32 = 67;
const EXTRA_COST: f32 = 1.3;

/** Where the codes of one filter lie, by its elements in the order of the microkernel. */
// @ts-ignore: decorator
@inline
function place(d: SplitDotConvolutionDescriptor, filter: usize, base: i32, element: u32): usize {
  const depth = d.turns << 3;
  const tap = element / depth;
  const inTap = <u32>(<i32>(element - tap * depth) - base);
  const span = inTap / d.spanElements;
  return filter + tap * d.tapStride + span * d.spanStride + (inTap - span * d.spanElements) * d.channelStride;
}

/** The weights of one filter as int16 [taps][depth]; elements without a weight keep their zeros. */
function expandFilter(d: SplitDotConvolutionDescriptor, filter: usize, base: i32, weights: usize): void {
  const tapBytes = <usize>d.turns << 4;
  for (let tap: u32 = 0; tap < d.taps; tap++) {
    for (let span: u32 = 0; span < d.spans; span++) {
      const source: usize = filter + tap * d.tapStride + span * d.spanStride;
      const output = weights + <usize>tap * tapBytes + (<usize>(base + <i32>(span * d.spanElements)) << 1);
      expand(source, output, d.channels, d.channelStride, d.signed != 0, d.zeroPoint);
    }
  }
}

/** The variant of a saturating panel that takes less time; adds its time to the state's. */
function chooseVariant(d: SplitDotConvolutionDescriptor, quads: u32, state: SplitState): DotVariant {
  let ones: u32 = 0;
  let pairs: u32 = 0;
  for (let quad: u32 = 0; quad < quads; quad++) {
    const mark = <u32>load<u8>(d.marks + quad);
    ones += mark & 1;
    pairs += mark >> 1;
  }
  const onesCost = (<f32>quads + EXTRA_COST * <f32>ones) / ONES_SPEED;
  const pairsCost = <f32>quads / PAIRS_SPEED + (EXTRA_COST * <f32>pairs) / ONES_SPEED;
  state.cost += min(onesCost, pairsCost);
  return pairsCost < onesCost ? DotVariant.Pairs : DotVariant.Ones;
}

/** Keeps what the panel holds of filter `i` of it, leaves the rests in `weights` and marks their quads. Returns the sum of the rests. */
function splitFilter(d: SplitDotConvolutionDescriptor, filter: usize, base: i32, weights: usize, variant: DotVariant): i32 {
  let sum: i32 = 0;
  const turns = d.taps * d.turns;
  for (let turn: u32 = 0; turn < turns; turn++) {
    const at = weights + (<usize>turn << 4);
    const rests = d.saturates ? saturatingRests(at, d.minWeight, variant == DotVariant.Pairs) : wideRests(at, d.minWeight);
    if (!rests) continue;
    for (let i: u32 = 0; i < 8; i++) {
      const rest = <i32>load<i16>(at + (i << 1));
      if (rest == 0) continue;
      sum += rest;
      store<u8>(d.marks + (turn << 1) + (i >> 2), 1);
      const code = place(d, filter, base, (turn << 3) + i);
      store<u8>(code, load<u8>(code) - <u8>rest);
    }
  }
  return sum;
}

/** The rests of a panel as extra quads, several where one cannot hold them. False where there are too many. */
function addExtras(d: SplitDotConvolutionDescriptor, quads: u32, filters: u32, state: SplitState): bool {
  const filterBytes = <usize>quads << 3;
  for (let quad: u32 = 0; quad < quads; quad++) {
    if (load<u8>(d.marks + quad) == 0) continue;
    const rests = d.filters + (<usize>quad << 3);
    while (anyRest(rests, filterBytes, filters)) {
      if (state.extras == d.maxExtras) return false;
      const output = d.extraWeights + (<usize>state.extras << 6);
      memory.fill(output, 0, 64);
      store<u32>(d.extraElements + (<usize>state.extras << 2), quad << 2);
      state.extras++;
      for (let i: u32 = 0; i < filters; i++) {
        const from = rests + <usize>i * filterBytes;
        for (let pair: u32 = 0; pair < 2; pair++) {
          const first = max(d.minWeight, min(127, <i32>load<i16>(from + (pair << 2))));
          const left = d.saturates ? 128 - abs(first) : 128;
          const second = max(max(d.minWeight, -left), min(min(127, left), <i32>load<i16>(from + (pair << 2), 2)));
          store<i16>(from + (pair << 2), load<i16>(from + (pair << 2)) - <i16>first);
          store<i16>(from + (pair << 2), load<i16>(from + (pair << 2), 2) - <i16>second, 2);
          store<i8>(output + (i << 2) + (pair << 1), <i8>first);
          store<i8>(output + (i << 2) + (pair << 1), <i8>second, 1);
        }
      }
    }
  }
  return true;
}

/** Whole panels of a layer; ends early, declined, where the panels so far are slower than int16 weights. */
export function splitDotConvolution(d: SplitDotConvolutionDescriptor): void {
  const state = changetype<SplitState>(d.state);
  const quads = (d.taps * d.turns) << 1;
  const filterBytes = <usize>quads << 3;
  for (let first: u32 = 0; first < d.outputs; first += 16) {
    const filters = min<u32>(d.outputs - first, 16);
    const panelIndex = (d.firstOutput + first) >> 4;
    const panel = changetype<DotPanel>(d.panels + panelIndex * offsetof<DotPanel>());
    const firstChannel = load<i32>(d.firstChannels + (panelIndex << 2));
    memory.fill(d.marks, 0, quads);
    memory.fill(d.filters, 0, 16 * filterBytes);
    for (let i: u32 = 0; i < filters; i++) {
      const output = d.firstOutput + first + i;
      const base = <i32>(output / d.outputsPerGroup) * <i32>d.channels - firstChannel;
      const weights = d.filters + <usize>i * filterBytes;
      expandFilter(d, d.input + (first + i) * d.outputStride, base, weights);
      if (d.saturates) markSaturating(weights, d.marks, quads);
    }
    let variant: DotVariant = d.variant;
    if (d.saturates) {
      variant = chooseVariant(d, quads, state);
      // Panels are alike: the first ones decide whether the rest is split at all.
      state.declined = u32(state.cost > <f32>((panelIndex + 1) * quads) / INT16_SPEED);
      if (state.declined) return;
    }
    panel.input = firstChannel;
    panel.firstExtra = state.extras;
    panel.variant = variant;
    memory.fill(d.marks, 0, quads);
    for (let i: u32 = 0; i < filters; i++) {
      const output = d.firstOutput + first + i;
      const base = <i32>(output / d.outputsPerGroup) * <i32>d.channels - firstChannel;
      const weights = d.filters + <usize>i * filterBytes;
      store<i32>(
        d.sums + (<usize>output << 2),
        splitFilter(d, d.input + (first + i) * d.outputStride, base, weights, variant),
      );
    }
    state.declined = u32(!addExtras(d, quads, filters, state));
    if (state.declined) return;
    panel.endExtra = state.extras;
  }
}
