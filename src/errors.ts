// Owns the one error type for bad models, bad options and bad inputs.

/**
 * Stable, machine-readable reasons. Codes are API and keep their meaning; messages may change.
 *
 * Container: `not-tflite`, `malformed` (offsets, vectors, strings, enums), `bad-index`, `too-large`, `unsupported-version`.
 * Semantics: `bad-shape`, `bad-dtype`, `bad-quantization`, `bad-option`, `bad-graph`, `dynamic-shape`,
 * `unsupported-operator`, `unsupported-feature`.
 * Use: `bad-data` (elements that are known only in a run, such as GATHER indices), `bad-argument`, `host-operator-forbidden`, `disposed`.
 * Engine: `simd-required` (no WebAssembly, or none with SIMD), `wasm-forbidden` (a Content-Security-Policy or the host refuses to
 * compile it), `wasm-failed` (it could not be compiled or instantiated for another reason, which is the error's `cause`),
 * `worker-failed` (a worker did not start, ended, or does not answer).
 * Network: `fetch-failed` (a file did not come from its address).
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
  | 'worker-failed'
  | 'fetch-failed'
  | 'disposed';

interface ErrorDetails {
  /** The place: a tensor or operator, such as `tensor 12 'conv1/Relu6'` or `CONV_2D #3`. */
  where?: string;
  cause?: unknown;
}

/** The only exception that loading or running a model throws. `message` begins with the place and says what to do. */
export class ModelError extends Error {
  /** The reason, for programs. */
  readonly code: ErrorCode;
  /** The place, if there is one. */
  declare readonly where: string | undefined;

  constructor(code: ErrorCode, message: string, details?: ErrorDetails) {
    // Own members only: Object.prototype may have been changed.
    const { where, cause } = { __proto__: null, ...details } as ErrorDetails;
    super(where ? `${where}: ${message}` : message, cause === undefined ? undefined : { cause });
    this.code = code;
    // No property without a place, so that engines print no `where: undefined`.
    if (where) this.where = where;
  }
}

// On the prototype, since engines compose the first line of `stack` before an instance has fields of its own.
Object.defineProperty(ModelError.prototype, 'name', {
  __proto__: null,
  value: 'ModelError',
  configurable: true,
  writable: true,
} as PropertyDescriptor);
