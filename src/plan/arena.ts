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

/** `bytes` rounded up to a multiple of the alignment of regions, 64. */
export function aligned(bytes: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}

/** Comparisons of intervals, for all of them and for each, up to which they are compared. Real networks need a few dozen for each. */
const spareComparisons = 2 ** 16;
const comparisonsPerInterval = 256;

/**
 * Intervals that span all others lie first, one after the other, since no memory of theirs can be shared. The rest is placed above them:
 * compared with those that are alive at the same time where these are few, by classes of size where they are many: in n log n.
 */
export function placeIntervals(intervals: readonly Interval[]): Placement {
  const offsets = new Array<number>(intervals.length).fill(0);
  const begin = intervals.reduce((least, interval) => Math.min(least, interval.begin), Infinity);
  const end = intervals.reduce((most, interval) => Math.max(most, interval.end), 0);
  const rest: number[] = [];
  let bytes = 0;
  intervals.forEach((interval, i) => {
    if (interval.begin > begin || interval.end < end) rest.push(i);
    else {
      offsets[i] = bytes;
      bytes += aligned(interval.bytes);
    }
  });
  const comparisons = pairsAlive(intervals, rest, end);
  const place = comparisons <= spareComparisons + comparisonsPerInterval * rest.length ? placeBySize : placeByClasses;
  return { offsets, bytes: aligned(place(intervals, rest, bytes, offsets)) };
}

/** For every step the square of the number of intervals that are alive, summed up: what placeBySize compares. */
function pairsAlive(intervals: readonly Interval[], chosen: readonly number[], steps: number): number {
  const changes = new Int32Array(steps + 1);
  for (const i of chosen) {
    changes[intervals[i].begin]++;
    changes[intervals[i].end]--;
  }
  let [alive, pairs] = [0, 0];
  for (const change of changes) {
    alive += change;
    pairs += alive * alive;
  }
  return pairs;
}

/**
 * Greedy by size: the largest interval first, each at the lowest offset where it overlaps no placed interval that is alive at the same
 * time (the strategy of Pisarchyk and Lee, "Efficient Memory Management for Deep Neural Net Inference", 2020). Sets the offsets of the
 * intervals `chosen`, from `base` on, and returns the end.
 */
function placeBySize(intervals: readonly Interval[], chosen: readonly number[], base: number, offsets: number[]): number {
  const order = [...chosen].sort((a, b) => intervals[b].bytes - intervals[a].bytes || a - b);
  /** Of each step, the placed intervals that are alive. */
  const alive = new Map<number, number[]>();
  let bytes = base;
  for (const i of order) {
    const interval = intervals[i];
    const others = new Set<number>();
    for (let step = interval.begin; step < interval.end; step++) for (const other of alive.get(step) ?? []) others.add(other);
    let offset = base;
    // The first gap that is large enough is taken.
    for (const other of [...others].sort((a, b) => offsets[a] - offsets[b])) {
      if (offset + interval.bytes <= offsets[other]) break;
      offset = Math.max(offset, aligned(offsets[other] + intervals[other].bytes));
    }
    offsets[i] = offset;
    for (let step = interval.begin; step < interval.end; step++) {
      const list = alive.get(step);
      if (list) list.push(i);
      else alive.set(step, [i]);
    }
    bytes = Math.max(bytes, offset + interval.bytes);
  }
  return bytes;
}

/**
 * The same in n log n: sizes are rounded up to powers of two, and an interval takes a place of its class that has become free, or a new
 * one at the end. At most twice the sum of what each class needs at once.
 */
function placeByClasses(intervals: readonly Interval[], chosen: readonly number[], base: number, offsets: number[]): number {
  const byBegin = [...chosen].sort((a, b) => intervals[a].begin - intervals[b].begin || a - b);
  const byEnd = [...chosen].sort((a, b) => intervals[a].end - intervals[b].end || a - b);
  const free = new Map<number, number[]>();
  const freeOf = (i: number): { size: number; places: number[] } => {
    const size = Math.max(alignment, 2 ** Math.ceil(Math.log2(Math.max(1, intervals[i].bytes))));
    const places = free.get(size) ?? [];
    free.set(size, places);
    return { size, places };
  };
  let bytes = base;
  let ended = 0;
  for (const i of byBegin) {
    while (intervals[byEnd[ended]].end <= intervals[i].begin) freeOf(byEnd[ended]).places.push(offsets[byEnd[ended++]]);
    const { size, places } = freeOf(i);
    offsets[i] = places.pop() ?? bytes;
    bytes = Math.max(bytes, offsets[i] + size);
  }
  return bytes;
}
