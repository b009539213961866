// Owns the steps of a float32 LSTM after its products: normalization, cells and what leaves them (`LstmStepFloat`, tflite/kernels/lstm_eval.cc).

/** `x` += `weights` times `cells`, of `count` elements, a multiple of 4. */
export function addPeephole(x: usize, weights: usize, cells: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16) {
    v128.store(x, f32x4.add(v128.load(x), f32x4.mul(v128.load(weights), v128.load(cells))));
    weights += 16;
    cells += 16;
  }
}

/**
 * x becomes (x - mean) / sqrt(variance + 1e-8) * norm + bias (`PortableMeanStddevNormalization`, reference/portable_tensor_utils.cc), of
 * `cells` elements; sums are added in order.
 */
export function normalize(x: usize, cells: i32, norm: usize, bias: usize): void {
  const bytes = <usize>cells << 2;
  let sum: f32 = 0;
  for (let at: usize = 0; at < bytes; at += 4) sum += load<f32>(x + at);
  const mean = sum / <f32>cells;
  let squares: f32 = 0;
  for (let at: usize = 0; at < bytes; at += 4) {
    const difference = load<f32>(x + at) - mean;
    squares += difference * difference;
  }
  const inverse: f32 = 1 / sqrt<f32>(squares / <f32>cells + <f32>1e-8);
  for (let at: usize = 0; at < bytes; at += 4) {
    store<f32>(x + at, (load<f32>(x + at) - mean) * inverse * load<f32>(norm + at) + load<f32>(bias + at));
  }
}

/** Cells c become clamp(kept c + entered change); entered is 1 - kept where `isCoupled`. Of `count` elements, a multiple of 4. */
export function updateFloatCells(
  cells: usize,
  kept: usize,
  entered: usize,
  isCoupled: bool,
  change: usize,
  count: i32,
  clip: f32,
): void {
  const upper = f32x4.splat(clip > 0 ? clip : <f32>Infinity);
  const lower = f32x4.neg(upper);
  for (const end = cells + (<usize>count << 2); cells < end; cells += 16) {
    const f = v128.load(kept);
    const i = isCoupled ? f32x4.sub(f32x4.splat(1), f) : v128.load(entered);
    const next = f32x4.add(f32x4.mul(f, v128.load(cells)), f32x4.mul(v128.load(change), i));
    v128.store(cells, f32x4.pmax(f32x4.pmin(next, upper), lower));
    kept += 16;
    entered += 16;
    change += 16;
  }
}

/** `output` = x y, of `count` elements, a multiple of 4. */
export function multiplyGates(output: usize, x: usize, y: usize, count: i32): void {
  for (const end = output + (<usize>count << 2); output < end; output += 16) {
    v128.store(output, f32x4.mul(v128.load(x), v128.load(y)));
    x += 16;
    y += 16;
  }
}
