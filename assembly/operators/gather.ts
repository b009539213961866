// Owns GATHER and GATHER_ND: spans of dense elements by indices, each checked before it is used.
import { GatherDescriptor, GatherFailure } from '../abi-move';
import { moveLine } from '../microkernels/move';

/** Byte offset in the input of the span whose indices lie at `at`; -1: one of them is outside, which is recorded. */
function spanOffset(d: GatherDescriptor, at: usize): i32 {
  let offset = 0;
  for (let i: u32 = 0; i < d.depth; i++) {
    const index = d.wide ? load<i64>(at + (<usize>i << 3)) : <i64>load<i32>(at + (<usize>i << 2));
    const axis = d.axes + (<usize>i << 3);
    if (<u64>index >= <u64>load<u32>(axis)) {
      changetype<GatherFailure>(d.failure).axis = i + 1;
      store<i64>(d.failure, index, 8);
      return -1;
    }
    offset += <i32>index * load<i32>(axis, 4);
  }
  return offset;
}

export function gather(d: GatherDescriptor): void {
  changetype<GatherFailure>(d.failure).axis = 0;
  const tupleBytes = <usize>(d.depth << (d.wide ? 3 : 2));
  let output: usize = d.output;
  for (let batch: u32 = 0; batch < d.batches; batch++) {
    const indices: usize = d.indices + <usize>(batch * d.picks) * tupleBytes;
    for (let outer: u32 = 0; outer < d.outer; outer++) {
      const input: usize = d.input + batch * d.batchBytes + outer * d.outerBytes;
      for (let pick: u32 = 0; pick < d.picks; pick++) {
        const offset = spanOffset(d, indices + <usize>pick * tupleBytes);
        if (offset < 0) return;
        moveLine(1, d.spanBytes, input + <usize>offset, 1, output, 1);
        output += <usize>d.spanBytes;
      }
    }
  }
}
