// Owns quantization schemes: what becomes 8-bit and how. Data, not code.
import { checkOptionNames } from 'zeropoint/graph';

/**
 * `int8`: TensorFlow Lite's full-integer specification: int8 activations, int8 symmetric weights per channel.
 * `uint8`: the legacy scheme of the first quantized MobileNets: uint8 activations and uint8 weights, all asymmetric and per tensor.
 */
export type SchemeName = 'int8' | 'uint8';

export interface Scheme {
  readonly name: SchemeName;
  /** Dtype of the file's inputs and outputs; float32 puts QUANTIZE and DEQUANTIZE at the ends. */
  readonly inputs: 'float32' | 'int8' | 'uint8';
  readonly outputs: 'float32' | 'int8' | 'uint8';
}

/** @throws ModelError `bad-argument` for members that no scheme has */
export function checkScheme(scheme: Partial<Scheme> = {}): void {
  checkOptionNames<Scheme>(scheme, { name: 1, inputs: 1, outputs: 1 }, 'scheme');
}

/** int8 unless named; inputs and outputs in the scheme's own type. */
export function defaultScheme({ name = 'int8', inputs = name, outputs = name }: Partial<Scheme> = {}): Scheme {
  return { name, inputs, outputs };
}
