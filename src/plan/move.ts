// Owns the core's Move descriptor: elements of any size from one layout to another by nested loops.
import { core } from './formats/centred';
import type { Lowering } from './lowering';
import { type Address, at } from './region';

/** Position i is at i x `input` bytes from the first, or at entry i of `input`, and goes to i x `output` bytes from the first. */
export interface MoveLoop {
  readonly count: number;
  readonly input: number | readonly number[];
  readonly output: number;
}

/** Whether `outer` and `inner` are one loop over the positions of both. */
function isMergeable(outer: MoveLoop, inner: MoveLoop): boolean {
  return outer.input === (inner.input as number) * inner.count && outer.output === inner.output * inner.count;
}

/** The same positions in as few loops as possible; loops of one position are kept. */
export function mergeLoops(loops: readonly MoveLoop[]): MoveLoop[] {
  const merged: MoveLoop[] = [];
  for (const loop of loops) {
    const outer = merged.at(-1);
    if (outer && isMergeable(outer, loop)) merged[merged.length - 1] = { ...loop, count: outer.count * loop.count };
    else merged.push(loop);
  }
  return merged;
}

/** Loops in the order of the output, so that it is written from front to back, and as few as possible. */
function ordered(loops: readonly MoveLoop[], elementBytes: number): MoveLoop[] {
  const merged = mergeLoops([...loops].sort((a, b) => Math.abs(b.output) - Math.abs(a.output)));
  // A plane whose rows are neighbours in the input and whose columns are in the output is transposed in tiles.
  const rows = merged.findIndex(({ input }) => input === elementBytes);
  if (rows >= 0 && rows < merged.length - 1) merged.splice(merged.length - 2, 0, ...merged.splice(rows, 1));
  return merged;
}

/** Emits a move from `input` to `output`; nothing where a loop has no position. */
export function emitMove(lowering: Lowering, elementBytes: number, input: Address, output: Address, loops: readonly MoveLoop[]): void {
  if (loops.some(({ count }) => count === 0)) return;
  let first = input.offset;
  const several = loops.filter((loop) => {
    if (loop.count === 1 && typeof loop.input !== 'number') first += loop.input[0];
    return loop.count > 1;
  });
  const nest = ordered(several, elementBytes);
  if (nest.length === 0) nest.push({ count: 1, input: elementBytes, output: elementBytes });
  const tables: number[] = [];
  const words = nest.flatMap(({ count, input: step, output: outputBytes }) => {
    if (typeof step === 'number') return [count, step, outputBytes, -1];
    const table = tables.length;
    for (const offset of step) tables.push(offset);
    return [count, 0, outputBytes, table];
  });
  // Nodes may share indices, which each of them turns into positions.
  lowering.account?.charge('number', tables.length);
  lowering.emit(core, 'Move', {
    input: at(input.region, first),
    output,
    elementBytes,
    loopCount: nest.length,
    loops: lowering.shared(`loops ${words}`, words.length, () => Int32Array.from(words)),
    // Not shared: a key of all positions would cost every node that reads the same indices more than they do.
    tables: tables.length > 0 ? lowering.constant('positions', Int32Array.from(tables)) : 0,
  });
}
