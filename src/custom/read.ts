// Owns reading .tflite files with all custom operators, for tools and the reference.
import type { Account } from '../account';
import type { Graph } from '../graph/graph';
import { type ModelBytes, readModel as read } from '../tflite/read';
import { readExtensions } from '.';

/**
 * Reads one subgraph of a .tflite model: that of the signature with this key, or the first. Constants view `bytes` where their alignment
 * allows; do not change `bytes` while the graph is in use. Time and memory are bounded by `account`, by default one for a file of this
 * length (see Account). Structure, indices, dtypes, quantization and the ranges of options are checked; `validate` checks shapes and
 * operands.
 * @throws ModelError, and no other error: `not-tflite`, `malformed`, `bad-index`, `bad-graph`, `too-large`, `unsupported-version`,
 * `bad-shape`, `dynamic-shape`, `bad-dtype`, `bad-quantization`, `bad-option`, `unsupported-operator`, `unsupported-feature`, `bad-argument`
 */
export function readModel(bytes: ModelBytes, account?: Account, signature?: string): Graph {
  return read(bytes, account, signature, readExtensions);
}
