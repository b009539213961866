// Owns the account of an import: elements, values and steps that a file may make it hold and compute, in all.
import { ModelError } from 'zeropoint';

/**
 * What an import costs is counted in units: an element written or visited, which takes up to 8 bytes and about 20 ns in the reference kernels.
 * Every file may cost `freeUnits` (128 MB), and `unitsPerByte` for each of its bytes: weights are read, reordered, scaled and folded, each
 * time as a copy. `maxUnits` bounds all files.
 */
const freeUnits = 2 ** 24;
const unitsPerByte = 4;
const maxUnits = 2 ** 29;

/** Units of what is no element, by the time that Node.js takes for it: 1.6 us for decoding a message, 0.25 us for a name or an integer. */
export const unitsOf = {
  message: 80,
  scalar: 12,
  /** A node of the graph, with its shapes inferred. */
  node: 128,
  /** A value of the graph. */
  value: 64,
} as const;

export class ImportAccount {
  /** Units that the files allow in all. */
  private total: number;
  private left: number;

  /** @param fileBytes length of the file */
  constructor(fileBytes: number) {
    this.total = Math.min(freeUnits + unitsPerByte * fileBytes, maxUnits);
    this.left = this.total;
  }

  /** Adds what another file of the model allows; once for each file. */
  grant(fileBytes: number): void {
    const more = Math.min(unitsPerByte * fileBytes, maxUnits - this.total);
    this.total += more;
    this.left += more;
  }

  affords(units: number): boolean {
    return units <= this.left;
  }

  /** To be called before the units are allocated or computed. @throws ModelError `too-large` where the file has used up its account */
  charge(units: number, where?: string): void {
    // Also for NaN, which sizes of a hostile file may lead to.
    if (!(units <= this.left)) {
      throw new ModelError(
        'too-large',
        'its constants and nodes take more memory and work than a file of this size may; simplify the model',
        {
          where,
        },
      );
    }
    this.left -= units;
  }
}
