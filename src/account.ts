// Owns the account of one load: the heap and the work that reading, checking, folding, planning and packing take, charged before they do.
import { ModelError } from './errors';

interface Cost {
  /** Of heap and buffers, with what is garbage until the next collection. */
  readonly bytes: number;
  /** Of about a nanosecond each on the reference machine of SECURITY.md. */
  readonly operations: number;
}

/** What one unit costs from reading to packing, rounded up. Measured by `npm run bench:costs`: growth of time and heap with the number of units. */
export const costs = {
  /** A FlatBuffer table. */
  table: { bytes: 260, operations: 1000 },
  /** A number of a vector: read, checked. */
  number: { bytes: 120, operations: 70 },
  /** A string, and each of its bytes. */
  string: { bytes: 200, operations: 2000 },
  character: { bytes: 4, operations: 4 },
  /** A byte of a constant that is copied. */
  copiedByte: { bytes: 1, operations: 1 },
  /** A tensor: its table, its value, its place in memory. */
  tensor: { bytes: 1500, operations: 8000 },
  /** An operator: its table, its node, its descriptors. */
  operator: { bytes: 5000, operations: 40000 },
  /** An input or output of an operator. */
  operand: { bytes: 600, operations: 7000 },
  /** An output channel of a layer: its multiplier and its requantization. */
  channel: { bytes: 80, operations: 300 },
  /** A weight of a layer: its range and its packing. */
  weight: { bytes: 0, operations: 6 },
  /** An entry of an offset table. */
  offset: { bytes: 8, operations: 15 },
} as const satisfies Record<string, Cost>;

export type CostKind = keyof typeof costs;

/** Linear memory that a model may take, unless an option says otherwise. */
export const defaultMaxBytes = 256 * 2 ** 20;
/** What loading may take besides `maxBytes`: graphs have objects, and small models more of them than elements. */
const spareBytes = 16 * 2 ** 20;
/** What loading any file may take: small files have operators, but hardly any bytes. */
const spareOperations = 5e8;
/** For each byte of the file: constants are read, converted, checked and packed. */
const operationsPerByte = 200;

/** Sums of what was charged to one load, bounded by `maxBytes` and by the length of the file. */
export class Account {
  /** Of heap, buffers and linear memory: a bound of what the load holds at once. */
  bytes = 0;
  /** See Cost. */
  operations = 0;
  private readonly maxOperations: number;

  /** `fileBytes`: the file's length, or the bytes of a graph's constants. */
  constructor(
    fileBytes: number,
    private readonly maxBytes = defaultMaxBytes,
  ) {
    this.maxOperations = spareOperations + operationsPerByte * fileBytes;
  }

  /** Charges `count` units. Throws `too-large` when the account is exhausted. */
  charge(kind: CostKind, count: number): void {
    this.spend(count * costs[kind].bytes, count * costs[kind].operations);
  }

  /** Charges memory that is about to be allocated and work that is about to be done. Throws `too-large` when it is more than is left. */
  spend(bytes: number, operations = 0): void {
    if (this.bytes + bytes > this.maxBytes + spareBytes) {
      throw new ModelError(
        'too-large',
        `its file, objects and memory take more than ${this.bytes + bytes} bytes, which maxBytes = ${this.maxBytes} does not allow; raise maxBytes if you trust it`,
      );
    }
    if (this.operations + operations > this.maxOperations) {
      throw new ModelError(
        'too-large',
        'loading it takes far more time than a file of its length should: its parts are shared or repeated too often',
      );
    }
    this.bytes += bytes;
    this.operations += operations;
  }

  /** Whether so much more can be spent. */
  affords(bytes: number, operations: number): boolean {
    return this.bytes + bytes <= this.maxBytes + spareBytes && this.operations + operations <= this.maxOperations;
  }
}
