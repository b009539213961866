// Owns the packing of weights at load: which bytes are staged in the arena and which descriptor the core runs on them.
import { descriptorBytes } from '../core/abi';
import type { Reference } from './region';
import type { CoreStep } from './step';

/** One layer's weights, or one constant to be centred. */
export interface PackingJob {
  readonly operator: CoreStep['operator'];
  /** All fields but the staged `input`; for a convolution also without `outputs`, `firstOutput` and `output`. */
  readonly fields: CoreStep['fields'];
  /** The file's bytes. */
  readonly source: Uint8Array;
  /** Filters that lie one after the other can be staged 16 at a time; everything else is staged whole. */
  readonly panels?: { readonly outputs: number; readonly filterBytes: number; readonly panelBytes: number; readonly output: Reference };
}

/** What the core runs on a piece of a job: the descriptor's fields and the staged bytes. */
export interface PackingPiece {
  readonly operator: CoreStep['operator'];
  readonly fields: CoreStep['fields'];
  readonly bytes: Uint8Array;
}

/** The staging area holds one descriptor and then the staged bytes. */
export const stagingDescriptorBytes = descriptorBytes;

const panelOutputs = 16;

/** The least arena that every job can be staged in. */
export function stagingBytes(jobs: readonly PackingJob[]): number {
  let bytes = 0;
  for (const job of jobs) {
    const source = job.panels ? Math.min(job.source.length, panelOutputs * job.panels.filterBytes) : job.source.length;
    bytes = Math.max(bytes, source);
  }
  return bytes === 0 ? 0 : Math.ceil((stagingDescriptorBytes + bytes) / 64) * 64;
}

/** Cuts a job into pieces of at most `capacity` staged bytes, whole panels each. */
export function* packingPieces(job: PackingJob, capacity: number): Generator<PackingPiece> {
  const { operator, fields, source, panels } = job;
  if (!panels) {
    yield { operator, fields, bytes: source };
    return;
  }
  const step = Math.max(1, Math.floor(capacity / (panelOutputs * panels.filterBytes))) * panelOutputs;
  for (let first = 0; first < panels.outputs; first += step) {
    const outputs = Math.min(step, panels.outputs - first);
    const output = { region: panels.output.region, offset: panels.output.offset + (first / panelOutputs) * panels.panelBytes };
    yield {
      operator,
      fields: { ...fields, output, outputs, firstOutput: first },
      bytes: source.subarray(first * panels.filterBytes, (first + outputs) * panels.filterBytes),
    };
  }
}
