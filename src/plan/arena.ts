// Owns the packing of intervals into one arena: a pure function from sizes and lifetimes to offsets.

/** `bytes` that must not be shared during steps [begin, end). */
export interface Interval {
  readonly bytes: number;
  readonly begin: number;
  readonly end: number;
}

export interface Placement {
  /** Byte offset of each interval, a multiple of 64. */
  readonly offsets: readonly number[];
  /** Size of the arena. */
  readonly bytes: number;
}

/** A cache line, so that no two regions share one. */
const alignment = 64;

/**
 * Greedy by size: the largest interval first, each at the lowest offset where it overlaps no placed interval that is alive at the same
 * time (the strategy of Pisarchyk and Lee, "Efficient Memory Management for Deep Neural Net Inference", 2020).
 */
export function placeIntervals(intervals: readonly Interval[]): Placement {
  const offsets = new Array<number>(intervals.length).fill(0);
  const order = intervals.map((_, i) => i).sort((a, b) => intervals[b].bytes - intervals[a].bytes || a - b);
  const placed: { offset: number; interval: Interval }[] = [];
  let bytes = 0;
  for (const i of order) {
    const interval = intervals[i];
    let offset = 0;
    // `placed` is sorted by offset: the first gap that is large enough is taken.
    for (const other of placed) {
      if (other.interval.end <= interval.begin || other.interval.begin >= interval.end) continue;
      if (offset + interval.bytes <= other.offset) break;
      offset = Math.max(offset, Math.ceil((other.offset + other.interval.bytes) / alignment) * alignment);
    }
    offsets[i] = offset;
    const position = placed.findIndex((other) => other.offset > offset);
    placed.splice(position < 0 ? placed.length : position, 0, { offset, interval });
    bytes = Math.max(bytes, offset + interval.bytes);
  }
  return { offsets, bytes: Math.ceil(bytes / alignment) * alignment };
}
