// Owns the one error type that every bad model, bad option or bad input ends in.

/**
 * Stable, machine-readable reasons. Codes are API and keep their meaning; messages may change.
 *
 * Container: `not-tflite`, `malformed` (offsets, vectors, strings, enums), `bad-index`, `too-large`, `unsupported-version`.
 * Semantics: `bad-shape`, `bad-dtype`, `bad-quantization`, `bad-option`, `bad-graph`, `dynamic-shape`,
 * `unsupported-operator`, `unsupported-feature`.
 * Use: `bad-data` (values that only a run can see, as GATHER indices), `bad-argument`, `host-operator-forbidden`, `disposed`.
 * Engine: `simd-required` (no WebAssembly, or none with SIMD), `wasm-forbidden` (a Content-Security-Policy or the host refuses to
 * compile it), `wasm-failed` (it could not be compiled or instantiated for another reason, which is the error's `cause`).
 */
export type ErrorCode =
  | 'not-tflite'
  | 'malformed'
  | 'bad-index'
  | 'too-large'
  | 'unsupported-version'
  | 'bad-shape'
  | 'bad-dtype'
  | 'bad-quantization'
  | 'bad-option'
  | 'bad-graph'
  | 'dynamic-shape'
  | 'unsupported-operator'
  | 'unsupported-feature'
  | 'bad-data'
  | 'bad-argument'
  | 'host-operator-forbidden'
  | 'simd-required'
  | 'wasm-forbidden'
  | 'wasm-failed'
  | 'disposed';

export interface ErrorDetails {
  /** The place: a tensor or operator by name and index, as `tensor 12 'conv1/Relu6'` or `CONV_2D #3`. */
  where?: string;
  cause?: unknown;
}

/** The only exception that loading or running a model throws. `message` names the place and says what to do. */
export class ModelError extends Error {
  readonly code: ErrorCode;
  /** The place alone, as `message` begins with it. */
  declare readonly where: string | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(details.where ? `${details.where}: ${message}` : message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    // Absent where there is none, so that engines print no `where: undefined`.
    if (details.where) this.where = details.where;
  }
}

// On the prototype, since engines compose the first line of `stack` before an instance has fields of its own.
Object.defineProperty(ModelError.prototype, 'name', { value: 'ModelError', configurable: true, writable: true });
