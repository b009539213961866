// Owns spans of sines and cosines, in float64 one element at a time: within one unit in the last place of float32 for every argument.
//
// x = n pi / 2 + r with |r| <= pi / 4. Below 2^28 n is the nearest multiple, taken off in two parts of pi / 2; beyond, the bits of 4 / pi from
// those on that decide n modulo 4 are multiplied by the mantissa (ARM Optimized Routines, sincosf). The polynomials and the two parts are
// those of FreeBSD's msun (k_sinf.c, k_cosf.c, e_rem_pio2f.c).

/** `constants`: the bytes of 4 / pi. */
// @ts-ignore: decorator
@inline
export function trigonometricSpan(isSine: bool, input: usize, output: usize, elements: u32, constants: usize): void {
  for (; elements > 0; elements--, input += 4, output += 4) store<f32>(output, trigonometric(isSine, load<f32>(input), constants));
}

function trigonometric(isSine: bool, x: f32, constants: usize): f32 {
  const bits = reinterpret<u32>(x);
  const magnitude = bits & 0x7fffffff;
  if (magnitude >= 0x7f800000) return x - x;
  let quadrant: i32;
  let r: f64;
  if (magnitude < 0x4d800000) {
    const n = nearest(<f64>x * 0.6366197723675814);
    r = <f64>x - n * 1.5707963109016418 - n * 1.5893254773528196e-8;
    quadrant = <i32>n;
  } else {
    // Words of 32 bits that begin 8 bits after one another; the last of the 24 bytes comes first in memory.
    const word = constants + 23 - ((magnitude >> 26) & 15);
    const mantissa = <u64>((magnitude & 0xffffff) | 0x800000) << ((magnitude >> 23) & 7);
    let product: u64 = (mantissa * <u64>load<u32>(word)) << 32;
    product |= (mantissa * <u64>load<u32>(word - 8)) >> 32;
    product += mantissa * <u64>load<u32>(word - 4);
    const n = (product + (<u64>1 << 61)) >> 62;
    // pi / 2 x 2^-62
    r = <f64>(<i64>(product - (n << 62))) * 3.406121580086554e-19;
    quadrant = <i32>n;
    if (bits >> 31) {
      r = -r;
      quadrant = -quadrant;
    }
  }
  if (!isSine) quadrant++;
  const square = r * r;
  let result: f64;
  if (quadrant & 1) {
    const rest = -0.001388676377460993 + square * 0.00002439044879627741;
    result = 1 + square * -0.499999997251031 + square * square * 0.04166662332373906 + square * square * square * rest;
  } else {
    const rest = -0.00019839334836096632 + square * 0.0000027183114939898219;
    const cube = r * square;
    result = r + cube * (-0.16666666641626524 + square * 0.008333329385889463) + cube * square * square * rest;
  }
  return <f32>(quadrant & 2 ? -result : result);
}
