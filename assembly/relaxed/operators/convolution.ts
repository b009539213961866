// Owns CONV_2D, FULLY_CONNECTED and depthwise convolution with a multiplier on 8-bit terms: panels of output channels by ranges of pixels.
import { Requantization } from '../../abi';
import { DOT_PANEL_BYTES, DOT_WORKSPACE_BYTES, DotConvolutionDescriptor, DotPanel, DotVariant } from '../abi';
import { dotGemm } from '../microkernels/i8-gemm-dot';
import { saturatingGemm } from '../microkernels/i8-gemm-saturating';

/** A panel of 16 channels and several pixels, whose variant differs from panel to panel. */
function widePanel(d: DotConvolutionDescriptor, panel: usize, begin: i32, end: i32, workspace: usize): void {
  const variant = panelEntry(d, panel).variant;
  if (variant == DotVariant.Dot4) wideDot4(d, panel, begin, end, workspace);
  else if (variant == DotVariant.Dot2) wideDot2(d, panel, begin, end, workspace);
  else if (variant == DotVariant.Ones) wideOnes(d, panel, begin, end, workspace);
  else widePairs(d, panel, begin, end, workspace);
}

/** A panel of 16 channels and one pixel. Weights that are split for Pairs fit Ones as well; likewise below. */
function singlePanel(d: DotConvolutionDescriptor, panel: usize, begin: i32, end: i32, workspace: usize): void {
  const variant = panelEntry(d, panel).variant;
  if (variant == DotVariant.Dot4 || variant == DotVariant.Dot2) singleDot(d, panel, begin, end, workspace);
  else singleOnes(d, panel, begin, end, workspace);
}

/** A panel of 8 channels. */
function narrowPanel(d: DotConvolutionDescriptor, panel: usize, begin: i32, end: i32, workspace: usize): void {
  const variant = panelEntry(d, panel).variant;
  if (variant == DotVariant.Dot4 || variant == DotVariant.Dot2) narrowDot(d, panel, begin, end, workspace);
  else narrowOnes(d, panel, begin, end, workspace);
}

// Every kind of tile is a function of its own: engines optimize functions as a whole, and these within milliseconds of a first run.

function wideDot4(d: DotConvolutionDescriptor, panel: usize, begin: i32, end: i32, workspace: usize): void {
  const mode = end - begin < 4 ? <u32>Requantization.General : d.mode;
  if (mode == Requantization.ScaledHalf) wideScaledHalf(d, panel, begin, end, workspace);
  else if (mode == Requantization.SignedHalf) wideSignedHalf(d, panel, begin, end, workspace);
  else dotTiles(4, 4, Requantization.General, d, panel, begin, end, workspace);
}

function wideScaledHalf(d: DotConvolutionDescriptor, panel: usize, begin: i32, end: i32, workspace: usize): void {
  dotTiles(4, 4, Requantization.ScaledHalf, d, panel, begin, end, workspace);
}

function wideSignedHalf(d: DotConvolutionDescriptor, panel: usize, begin: i32, end: i32, workspace: usize): void {
  dotTiles(4, 4, Requantization.SignedHalf, d, panel, begin, end, workspace);
}

function wideDot2(d: DotConvolutionDescriptor, panel: usize, begin: i32, end: i32, workspace: usize): void {
  dotTiles(2, 4, Requantization.General, d, panel, begin, end, workspace);
}

function wideOnes(d: DotConvolutionDescriptor, panel: usize, begin: i32, end: i32, workspace: usize): void {
  saturatingTiles(2, 4, false, d, panel, begin, end, workspace);
}

function widePairs(d: DotConvolutionDescriptor, panel: usize, begin: i32, end: i32, workspace: usize): void {
  saturatingTiles(2, 4, true, d, panel, begin, end, workspace);
}

function singleDot(d: DotConvolutionDescriptor, panel: usize, begin: i32, end: i32, workspace: usize): void {
  dotTiles(1, 4, Requantization.General, d, panel, begin, end, workspace);
}

function singleOnes(d: DotConvolutionDescriptor, panel: usize, begin: i32, end: i32, workspace: usize): void {
  saturatingTiles(1, 4, false, d, panel, begin, end, workspace);
}

function narrowDot(d: DotConvolutionDescriptor, panel: usize, begin: i32, end: i32, workspace: usize): void {
  dotTiles(4, 2, Requantization.General, d, panel, begin, end, workspace);
}

function narrowOnes(d: DotConvolutionDescriptor, panel: usize, begin: i32, end: i32, workspace: usize): void {
  saturatingTiles(2, 2, false, d, panel, begin, end, workspace);
}

// @ts-ignore: decorator
@inline
function panelEntry(d: DotConvolutionDescriptor, panel: usize): DotPanel {
  return changetype<DotPanel>(d.panelTable + panel * DOT_PANEL_BYTES);
}

/** `rows` and `vectors` are literals. */
// @ts-ignore: decorator
@inline
function dotTiles(
  rows: i32,
  vectors: i32,
  hot: i32,
  d: DotConvolutionDescriptor,
  panel: usize,
  begin: i32,
  end: i32,
  workspace: usize,
): void {
  const entry = panelEntry(d, panel);
  dotGemm(
    rows,
    vectors,
    hot,
    d.input + <usize>entry.input,
    d.inputOffsets,
    d.output + (panel << 5),
    d.outputOffsets,
    begin,
    end,
    d.weights + panel * <usize>d.taps * <usize>d.turns * 128,
    d.tapOffsets,
    d.taps,
    d.turns,
    d.extraOffsets + (<usize>entry.firstExtra << 2),
    d.extraOffsets + (<usize>entry.endExtra << 2),
    d.extraWeights + (<usize>entry.firstExtra << 6),
    d.bias + (panel << 6),
    d.constants + (panel << 8),
    d.mode,
    d.shift,
    i16x8.splat(<i16>d.lower),
    i16x8.splat(<i16>d.upper),
    workspace,
  );
}

/** `rows`, `vectors` and `pairs` are literals. */
// @ts-ignore: decorator
@inline
function saturatingTiles(
  rows: i32,
  vectors: i32,
  pairs: bool,
  d: DotConvolutionDescriptor,
  panel: usize,
  begin: i32,
  end: i32,
  workspace: usize,
): void {
  const entry = panelEntry(d, panel);
  saturatingGemm(
    rows,
    vectors,
    pairs,
    d.input + <usize>entry.input,
    d.inputOffsets,
    d.output + (panel << 5),
    d.outputOffsets,
    begin,
    end,
    d.weights + panel * <usize>d.taps * <usize>d.turns * 128,
    d.tapOffsets,
    d.taps,
    d.turns,
    d.extraOffsets + (<usize>entry.firstExtra << 2),
    d.extraOffsets + (<usize>entry.endExtra << 2),
    d.extraWeights + (<usize>entry.firstExtra << 6),
    d.bias + (panel << 6),
    d.constants + (panel << 8),
    d.mode,
    d.shift,
    i16x8.splat(<i16>d.lower),
    i16x8.splat(<i16>d.upper),
    workspace,
  );
}

/** Threads take equal ranges of pixels; of panels where there is one pixel. */
export function dotConvolution(d: DotConvolutionDescriptor, thread: u32, threads: u32): void {
  const workspace = d.workspace + <usize>thread * DOT_WORKSPACE_BYTES;
  const panels = <usize>d.panels;
  if (d.pixels == 1) {
    const last = (panels * (thread + 1)) / threads;
    for (let panel = (panels * thread) / threads; panel < last; panel++) singlePanel(d, panel, 0, 1, workspace);
    if (d.tail && thread == 0) narrowPanel(d, panels, 0, 1, workspace);
    return;
  }
  const begin = <i32>(((<u64>d.pixels) * thread) / threads);
  const end = <i32>(((<u64>d.pixels) * (thread + 1)) / threads);
  if (begin >= end) return;
  for (let panel: usize = 0; panel < panels; panel++) widePanel(d, panel, begin, end, workspace);
  if (d.tail) narrowPanel(d, panels, begin, end, workspace);
}
