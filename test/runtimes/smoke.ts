// Owns the type of what smoke.mjs returns.

/** SHA-256 in hexadecimal, by tensor name; outputs once more as `output 0`. */
export type Hashes = Readonly<Record<string, string>>;

export interface SmokeOfScheme {
  /** Of the built model's bytes. */
  readonly model: string;
  /** Of the tensors, as the core computes them after loadSync and after load, and as the reference does. */
  readonly sync: Hashes;
  readonly async: Hashes;
  /** After so many runs that the core is optimized: relaxed dot products must not change then. */
  readonly warm: Hashes;
  readonly reference: Hashes;
}

/** Whether several threads compute what one does, by their number. */
export type ThreadsSmoke = Readonly<Record<string, boolean>>;

export type Smoke = Readonly<Record<'uint8' | 'int8', SmokeOfScheme>>;
