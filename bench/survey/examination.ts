// Owns what the survey says of one file, as the process that examines it hands it over.

/** Numbers of a network: of 8 bits, 16-bit activations, float32 with float16 or 8-bit weights ("hybrid"), or float32. */
export type Numbers = '8-bit' | 'int16' | 'float16' | 'hybrid' | 'float32';

export interface Examination {
  readonly file: string;
  readonly numbers?: Numbers;
  /** Why zeropoint refused the file: the error's code and message. */
  readonly refused?: { readonly code: string; readonly message: string };
  /** Operators that run on the host, with their counts. */
  readonly host?: Readonly<Record<string, number>>;
  /** Milliseconds of a run, interleaved with the peer. */
  readonly milliseconds?: number;
  readonly peer?: {
    readonly name: string;
    /** Why the peer refused the file. */
    readonly refused?: string;
    readonly milliseconds?: number;
    /** Root mean square of the differences of all outputs over that of the peer's outputs, the largest of all outputs. */
    readonly difference?: number;
  };
}
