// Owns one row of SOFTMAX: exp(beta (x - max)) over its sum (tflite/kernels/internal/reference/softmax.h).
import { exponential } from '../exponential';

function rowMaximum(input: usize, channels: u32): f32 {
  let largest = load<f32>(input);
  const end = input + (<usize>channels << 2);
  for (let at = input; at < end; at += 4) largest = max(largest, load<f32>(at));
  return largest;
}

/** `channels` > 0 elements; the output may be written up to the next multiple of 4, where padding lanes lie. */
export function softmaxRow(input: usize, output: usize, channels: u32, beta: f32): void {
  const largest = f32x4.splat(rowMaximum(input, channels));
  const scale = f32x4.splat(beta);
  const end = output + (<usize>channels << 2);
  let o = output;
  while (o < end) {
    v128.store(o, exponential(f32x4.mul(f32x4.sub(v128.load(input), largest), scale)));
    input += 16;
    o += 16;
  }
  let sum: f32 = 0;
  for (let at = output; at < end; at += 4) sum += load<f32>(at);
  const divisor = f32x4.splat(sum);
  for (let at = output; at < end; at += 16) v128.store(at, f32x4.div(v128.load(at), divisor));
}
