// Owns packing, which is done once, at load: by the core from pieces that are staged in the arena, or by the host.
import { descriptorBytes } from '../core/abi';
import { aligned } from './arena';
import { type CoreDescriptors, coreOperators } from './core-operators';
import type { DescriptorShape, Exact, Fields } from './descriptor';
import { centredGemm } from './gemm-kernels';
import type { Address, Region } from './region';

/** One layer's weights, or one constant to be centred. */
export interface CoreJob {
  /** The operator that the core runs. */
  readonly shape: DescriptorShape;
  /** All fields but the staged `input`; for a convolution also without `outputs`, `firstOutput` and `output`. */
  readonly fields: Fields;
  /** The file's bytes. */
  readonly source: Uint8Array;
  /** Filters that are neighbours in memory can be staged panel by panel; absent: the source is staged whole. */
  readonly panels?: { readonly outputs: number; readonly filterBytes: number; readonly panelBytes: number; readonly output: Address };
}

/** Elements that the host writes into linear memory, which holds zeros; made at load, so that no second copy is kept. */
interface HostJob {
  readonly region: Region;
  readonly write: (target: Float32Array) => void;
}

export type PackingJob = CoreJob | HostJob;

/** A job of one of the core's packing operators, whose fields are checked as those of an emitted descriptor are. */
export function coreJob<O extends keyof CoreDescriptors, F extends Omit<CoreDescriptors[O], 'input'>>(
  operator: O,
  fields: Exact<F, CoreDescriptors[O]>,
  source: Uint8Array,
  panels?: CoreJob['panels'],
): CoreJob {
  return { shape: coreOperators[operator], fields: fields as object as Fields, source, panels };
}

/** What the core runs on a piece of a job: the descriptor's fields and the staged bytes. */
interface PackingPiece {
  readonly shape: DescriptorShape;
  readonly fields: Fields;
  readonly bytes: Uint8Array;
}

/**
 * Executes the descriptors of staged pieces, in any order, for no piece reads what another one writes. The descriptors of a batch, which
 * ends with `drain`, lie one before the other: each is `descriptorBytes` below the one pushed before it.
 */
export interface PackingQueue {
  /** Staged bytes that a piece should have at most; more where a panel has more. */
  readonly pieceBytes: number;
  /** Takes the descriptor at `address`, whose input is staged. Returns whether it was executed, and the staging area is free again. */
  push(address: number): boolean;
  /** Returns when everything that was pushed has been executed. */
  drain(): void;
}

/** The queue of a single thread, which calls `run` with the address of every descriptor at once. */
export function singleQueue(run: (address: number) => void): PackingQueue {
  return {
    pieceBytes: Number.POSITIVE_INFINITY,
    push(address) {
      run(address);
      return true;
    },
    drain() {},
  };
}

/** The staging area holds staged bytes from its begin and their descriptors from its end downwards: one of each at least. */
export const stagingDescriptorBytes = descriptorBytes;

/** The smallest arena in which every job can be staged. */
export function stagingBytes(jobs: readonly PackingJob[]): number {
  let bytes = 0;
  for (const job of jobs) {
    if ('write' in job) continue;
    const { source, panels } = job;
    bytes = Math.max(bytes, panels ? Math.min(source.length, centredGemm.panelChannels * panels.filterBytes) : source.length);
  }
  return bytes === 0 ? 0 : aligned(stagingDescriptorBytes + bytes);
}

/** Cuts a job into pieces of at most `capacity` staged bytes, whole panels each. */
export function* packingPieces({ shape, fields, source, panels }: CoreJob, capacity: number): Generator<PackingPiece> {
  if (!panels) {
    yield { shape, fields, bytes: source };
    return;
  }
  const { panelChannels } = centredGemm;
  const step = Math.max(1, Math.floor(capacity / (panelChannels * panels.filterBytes))) * panelChannels;
  for (let first = 0; first < panels.outputs; first += step) {
    const outputs = Math.min(step, panels.outputs - first);
    const output = { region: panels.output.region, offset: panels.output.offset + (first / panelChannels) * panels.panelBytes };
    yield {
      shape,
      fields: { ...fields, output, outputs, firstOutput: first },
      bytes: source.subarray(first * panels.filterBytes, (first + outputs) * panels.filterBytes),
    };
  }
}
