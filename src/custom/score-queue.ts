// Owns a priority queue of scores that gives equal ones in the order of the C++ standard library's.

/**
 * std::priority_queue by score, largest first. Entries of one score leave in the order that libstdc++'s heap gives (`bits/stl_heap.h`,
 * __push_heap and __adjust_heap), on which decoders of 8-bit scores, which are often equal, depend.
 */
export class ScoreQueue<T> {
  private readonly heap: T[] = [];

  constructor(private readonly scoreOf: (entry: T) => number) {}

  get length(): number {
    return this.heap.length;
  }

  push(entry: T): void {
    this.heap.push(entry);
    this.rise(this.heap.length - 1, entry);
  }

  /** Takes out the entry of the largest score. */
  pop(): T | undefined {
    const { heap } = this;
    const [top] = heap;
    const last = heap.pop();
    if (last !== undefined && heap.length > 0) this.rise(this.sink(), last);
    return top;
  }

  /** Moves the hole at the top down along larger children, to the bottom; returns where it ends. */
  private sink(): number {
    const { heap, scoreOf } = this;
    let hole = 0;
    for (let child = 2; child < heap.length; child = 2 * hole + 2) {
      if (scoreOf(heap[child]) < scoreOf(heap[child - 1])) child--;
      heap[hole] = heap[child];
      hole = child;
    }
    const only = 2 * hole + 1;
    if (only !== heap.length - 1) return hole;
    heap[hole] = heap[only];
    return only;
  }

  /** Moves parents of smaller scores down from the hole, and puts `entry` there. */
  private rise(from: number, entry: T): void {
    const { heap, scoreOf } = this;
    const score = scoreOf(entry);
    let hole = from;
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      if (!(scoreOf(heap[parent]) < score)) break;
      heap[hole] = heap[parent];
      hole = parent;
    }
    heap[hole] = entry;
  }
}
