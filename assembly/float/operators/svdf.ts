// Owns SVDF, of float32 activations and of int8: products with features, the memory of every filter, and sums over it.
import { IntegerSvdfDescriptor, PANEL_ROWS, SvdfDescriptor } from '../abi-recurrent';
import { copyBytes, zeroSpan } from '../microkernels/f32-copy';
import { clampSpan, tanhSpan } from '../microkernels/f32-unary';
import { floatFilter, integerFilter } from '../microkernels/filter-memory';
import { addCodeProducts, addProducts } from '../microkernels/matrix-vector';
import { widen } from '../microkernels/quantize-vector';

/** Every filter's memory moves one step back: so do all memories as one, whose newest elements are still to be written. */
function shiftMemory(before: usize, after: usize, elements: u32, elementBytes: usize): void {
  copyBytes(before + elementBytes, after, <usize>(elements - 1) * elementBytes);
}

// @ts-ignore: decorator
@inline
function panelsOf(filters: u32): u32 {
  return (filters + PANEL_ROWS - 1) / PANEL_ROWS;
}

/** The workspace holds a sum of every row, then codes. */
export function svdf(d: SvdfDescriptor): void {
  const panels = panelsOf(d.filters);
  const rowBytes = <usize>(panels * PANEL_ROWS) << 2;
  const sums = d.workspace;
  const filterBytes = <usize>d.memory << 2;
  shiftMemory(d.before, d.after, d.batch * d.filters * d.memory, 4);
  let state = d.after;
  let output = d.output;
  for (let b: u32 = 0; b < d.batch; b++) {
    zeroSpan(sums, rowBytes);
    addProducts(d.form, d.weights, d.input + (<usize>(b * d.inputs) << 2), d.inputs, panels, sums, d.scales, sums + rowBytes);
    for (let filter: u32 = 0; filter < d.filters; output += 4) {
      let sum = d.bias ? load<f32>(d.bias + (<usize>(filter / d.rank) << 2)) : 0;
      for (let i: u32 = 0; i < d.rank; i++, filter++) {
        store<f32>(state + filterBytes - 4, load<f32>(sums + (<usize>filter << 2)));
        sum += floatFilter(state, d.time + <usize>filter * filterBytes, d.memory);
        state += filterBytes;
      }
      store<f32>(output, sum);
    }
  }
  const elements = (d.batch * d.filters) / d.rank;
  if (d.isTanh) tanhSpan(d.output, d.output, elements, d.constants);
  else clampSpan(d.output, d.output, elements, d.constants, d.lower, d.upper);
}

/** MultiplyByQuantizedMultiplier with double rounding (tflite/kernels/internal/common.cc), step by step, within +-`limit`. */
function rescale(x: i32, multiplier: i32, shift: i32, limit: i32): i32 {
  const high = <i32>((<i64>(x << max(shift, 0)) * multiplier + (1 << 30)) >> 31);
  const exponent = max(-shift, 0);
  const mask = <i32>((<i64>1 << exponent) - 1);
  const result = (high >> exponent) + <i32>((high & mask) > (mask >> 1) + <i32>(high < 0));
  return min(max(result, -limit - 1), limit);
}

/** `state` is the first of the memories; the clamp is before the zero point's addition, which wraps. */
function storeNewest(d: IntegerSvdfDescriptor, state: usize, sum: i32): void {
  const last = <usize>(d.memory - 1);
  if (d.wide) store<i16>(state + (last << 1), <i16>(rescale(sum, d.stateMultiplier, d.stateShift, 0x7fff) + d.stateZeroPoint));
  else store<i8>(state + last, <i8>(rescale(sum, d.stateMultiplier, d.stateShift, 0x7f) + d.stateZeroPoint));
}

export function integerSvdf(d: IntegerSvdfDescriptor): void {
  const panels = panelsOf(d.filters);
  const rowBytes = <usize>(panels * PANEL_ROWS) << 2;
  const sums = d.workspace;
  const codes = sums + rowBytes;
  const filterBytes = <usize>d.memory << d.wide;
  const count = d.rank * d.memory;
  shiftMemory(d.before, d.after, d.batch * d.filters * d.memory, 1 << d.wide);
  let state = d.after;
  let output = d.output;
  for (let b: u32 = 0; b < d.batch; b++) {
    zeroSpan(sums, rowBytes);
    widen(d.input + <usize>(b * d.inputs), d.inputs, d.inputZeroPoint, codes);
    addCodeProducts(d.weights, codes, (d.inputs + 1) >> 1, panels, sums, 0, 0);
    for (let filter: u32 = 0; filter < d.filters; filter += d.rank, output++) {
      for (let i: u32 = 0; i < d.rank; i++) storeNewest(d, state + <usize>i * filterBytes, load<i32>(sums + (<usize>(filter + i) << 2)));
      const time = d.time + (<usize>(filter * d.memory) << 1);
      const bias = d.bias ? load<i32>(d.bias + (<usize>(filter / d.rank) << 2)) : 0;
      const sum = d.wide ? integerFilter(true, state, 0, time, count) : integerFilter(false, state, d.stateZeroPoint, time, count);
      // Beyond 1023 codes are saturated, whatever the zero point is.
      const code = rescale(bias + sum, d.outputMultiplier, d.outputShift, 1023) + d.outputZeroPoint;
      store<i8>(output, <i8>min(max(code, -128), 127));
      state += <usize>d.rank * filterBytes;
    }
  }
}
