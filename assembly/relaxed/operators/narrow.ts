// Owns the operator that turns centred int16 into the 8-bit terms of dot products.
import { NarrowDescriptor } from '../abi';
import { narrowSpan } from '../microkernels/i8-narrow';

/** Threads take equal ranges of vectors. */
export function narrow(d: NarrowDescriptor, thread: u32, threads: u32): void {
  const vectors = (d.count + 15) >> 4;
  const begin = <usize>(((<u64>vectors) * thread) / threads) << 4;
  const end = <usize>(((<u64>vectors) * (thread + 1)) / threads) << 4;
  narrowSpan(d.input + (begin << 1), d.output + begin, d.output + end, d.delta, d.unsigned != 0);
}
