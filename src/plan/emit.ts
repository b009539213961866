// Owns the bytes of a plan: program, constants and packed weights.
import { descriptorBytes } from '../core/abi';
import { aligned } from './arena';
import { writeDescriptor } from './descriptor';
import { type PackingQueue, packingPieces, stagingDescriptorBytes } from './pack';
import type { Plan } from './plan';

/** Writes the program and the constants. */
export function emitProgram(plan: Plan, memory: ArrayBufferLike): void {
  const view = new DataView(memory);
  let address = plan.programAddress;
  for (const step of plan.steps) {
    if (step.kind !== 'core') continue;
    writeDescriptor(view, address, step.shape, step.fields);
    address += descriptorBytes;
  }
  const bytes = new Uint8Array(memory);
  for (const region of plan.regions) if (region.data) bytes.set(region.data, region.address);
}

/** Packs all weights: stages pieces in the arena, as many as it holds, and has `queue` execute the core's descriptors for them. */
export function packWeights(plan: Plan, memory: ArrayBufferLike, queue: PackingQueue): void {
  const view = new DataView(memory);
  const bytes = new Uint8Array(memory);
  const begin = plan.arenaAddress;
  const end = begin + plan.memory.arena;
  const capacity = Math.min(plan.memory.arena - stagingDescriptorBytes, queue.pieceBytes);
  let staged = begin;
  let descriptors = end;
  for (const job of plan.packing) {
    if ('write' in job) {
      job.write(new Float32Array(memory, job.region.address, job.region.bytes / 4));
      continue;
    }
    for (const piece of packingPieces(job, capacity)) {
      if (staged + piece.bytes.length > descriptors - stagingDescriptorBytes) {
        queue.drain();
        staged = begin;
        descriptors = end;
      }
      descriptors -= stagingDescriptorBytes;
      bytes.set(piece.bytes, staged);
      const input = { region: { kind: 'arena', name: 'staging', bytes: 0, pinned: false, address: staged } as const, offset: 0 };
      writeDescriptor(view, descriptors, piece.shape, { ...piece.fields, input });
      staged += aligned(piece.bytes.length);
      if (queue.push(descriptors)) {
        staged = begin;
        descriptors = end;
      }
    }
  }
  queue.drain();
}
