// Owns the way from a tile's accumulators in memory to centred int16: constants are loaded once for all pixels of the tile.
import { Requantization } from '../../abi';
import { general, hasFourth, narrowClamp, requantizePair } from '../../requantize';

/**
 * `rows` pixels of `vectors` x 4 accumulators, pixel after pixel; the results of pixel r go to `output` plus the i32 at `offsets` + 4 r,
 * or at `last`, where that comes first. Called, not inlined: it is compiled once for all GEMMs and depthwise kernels.
 */
export function requantizeTile(
  accumulators: usize,
  rows: i32,
  vectors: i32,
  output: usize,
  offsets: usize,
  last: usize,
  constants: usize,
  mode: i32,
  shift: i32,
  lower: v128,
  upper: v128,
): void {
  switch (mode) {
    case Requantization.NonNegative:
      tile(Requantization.NonNegative, accumulators, rows, vectors, output, offsets, last, constants, shift, lower, upper);
      break;
    case Requantization.Signed:
      tile(Requantization.Signed, accumulators, rows, vectors, output, offsets, last, constants, shift, lower, upper);
      break;
    case Requantization.Scaled:
      tile(Requantization.Scaled, accumulators, rows, vectors, output, offsets, last, constants, shift, lower, upper);
      break;
    case Requantization.ScaledSigned:
      tile(Requantization.ScaledSigned, accumulators, rows, vectors, output, offsets, last, constants, shift, lower, upper);
      break;
    case Requantization.ScaledHalf:
      tile(Requantization.ScaledHalf, accumulators, rows, vectors, output, offsets, last, constants, shift, lower, upper);
      break;
    case Requantization.SignedHalf:
      tile(Requantization.SignedHalf, accumulators, rows, vectors, output, offsets, last, constants, shift, lower, upper);
      break;
    case Requantization.Float:
      tile(Requantization.Float, accumulators, rows, vectors, output, offsets, last, constants, shift, lower, upper);
      break;
    case Requantization.FloatSigned:
      tile(Requantization.FloatSigned, accumulators, rows, vectors, output, offsets, last, constants, shift, lower, upper);
      break;
    default:
      tileGeneral(accumulators, rows, vectors, output, offsets, last, constants, lower, upper);
  }
}

/**
 * Eight channels of four pixels, or of the first two, from registers: accumulators l and h of four channels each. `rows` and `mode`,
 * ScaledHalf or SignedHalf, are literals; `place` are where the pixels' results go. A store is three instructions on arm64, where it is
 * checked against the memory's end, so that hot kernels keep their accumulators out of memory.
 */
// @ts-ignore: decorator
@inline
export function requantizeColumn(
  mode: i32,
  rows: i32,
  place0: usize,
  place1: usize,
  place2: usize,
  place3: usize,
  l0: v128,
  h0: v128,
  l1: v128,
  h1: v128,
  l2: v128,
  h2: v128,
  l3: v128,
  h3: v128,
  constants: usize,
  lower: v128,
  upper: v128,
): void {
  const a0 = v128.load(constants);
  const a1 = v128.load(constants, 16);
  const a2 = v128.load(constants, 32);
  const a3 = v128.load(constants, 48);
  const b0 = v128.load(constants, 64);
  const b1 = v128.load(constants, 80);
  const b2 = v128.load(constants, 96);
  const b3 = v128.load(constants, 112);
  v128.store(place0, requantizePair(l0, h0, mode, 0, a0, a1, a2, a3, b0, b1, b2, b3, lower, upper));
  v128.store(place1, requantizePair(l1, h1, mode, 0, a0, a1, a2, a3, b0, b1, b2, b3, lower, upper));
  if (rows == 2) return;
  v128.store(place2, requantizePair(l2, h2, mode, 0, a0, a1, a2, a3, b0, b1, b2, b3, lower, upper));
  v128.store(place3, requantizePair(l3, h3, mode, 0, a0, a1, a2, a3, b0, b1, b2, b3, lower, upper));
}

/** `mode` is a literal. */
// @ts-ignore: decorator
@inline
function tile(
  mode: i32,
  accumulators: usize,
  rows: i32,
  vectors: i32,
  output: usize,
  offsets: usize,
  last: usize,
  constants: usize,
  shift: i32,
  lower: v128,
  upper: v128,
): void {
  const pixelBytes = <usize>vectors << 4;
  const end = accumulators + pixelBytes;
  const offsetsEnd = offsets + (<usize>rows << 2);
  do {
    const a0 = v128.load(constants);
    const a1 = v128.load(constants, 16);
    const a2 = v128.load(constants, 32);
    const a3 = hasFourth(mode) ? v128.load(constants, 48) : a0;
    const b0 = v128.load(constants, 64);
    const b1 = v128.load(constants, 80);
    const b2 = v128.load(constants, 96);
    const b3 = hasFourth(mode) ? v128.load(constants, 112) : b0;
    let from = accumulators;
    let at = offsets;
    do {
      const low = v128.load(from);
      const high = v128.load(from, 16);
      const results = requantizePair(low, high, mode, shift, a0, a1, a2, a3, b0, b1, b2, b3, lower, upper);
      v128.store(output + <usize>load<i32>(min(at, last)), results);
      from += pixelBytes;
      at += 4;
    } while (at < offsetsEnd);
    output += 16;
    constants += 128;
    accumulators += 32;
  } while (accumulators < end);
}

function tileGeneral(
  accumulators: usize,
  rows: i32,
  vectors: i32,
  output: usize,
  offsets: usize,
  last: usize,
  constants: usize,
  lower: v128,
  upper: v128,
): void {
  for (let row = 0; row < rows; row++) {
    const pixel = output + <usize>load<i32>(min(offsets + (<usize>row << 2), last));
    for (let vector = 0; vector < vectors; vector += 2) {
      const group = constants + (<usize>vector << 6);
      const low = general(v128.load(accumulators), group);
      v128.store(pixel + (<usize>vector << 3), narrowClamp(low, general(v128.load(accumulators, 16), group + 64), lower, upper));
      accumulators += 32;
    }
  }
}
