// Owns the bytes of a plan: program, constants and packed weights.
import { descriptorBytes } from '../core/abi';
import { writeDescriptor } from './descriptor';
import { packingPieces, stagingDescriptorBytes } from './pack';
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

/** Packs all weights: stages each piece in the arena and has `run` execute the core's descriptor at the given address. */
export function packWeights(plan: Plan, memory: ArrayBufferLike, run: (descriptorAddress: number) => void): void {
  const view = new DataView(memory);
  const bytes = new Uint8Array(memory);
  const staging = plan.arenaAddress + stagingDescriptorBytes;
  const input = { region: { kind: 'arena', name: 'staging', bytes: 0, pinned: false, address: staging } as const, offset: 0 };
  for (const job of plan.packing) {
    if ('write' in job) {
      job.write(new Float32Array(memory, job.region.address, job.region.bytes / 4));
      continue;
    }
    for (const piece of packingPieces(job, plan.memory.arena - stagingDescriptorBytes)) {
      bytes.set(piece.bytes, staging);
      writeDescriptor(view, plan.arenaAddress, piece.shape, { ...piece.fields, input });
      run(plan.arenaAddress);
    }
  }
}
