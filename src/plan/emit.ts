// Owns the bytes of a plan: the only file that writes descriptors.
import { descriptorBytes, operators } from '../core/abi';
import { packingPieces, stagingDescriptorBytes } from './pack';
import type { Plan } from './plan';
import type { Field } from './region';
import type { CoreStep } from './step';

/** Field names that are float32 in the descriptors. */
const floatFields = new Set(['scale']);

function writeDescriptor(into: DataView, address: number, operator: CoreStep['operator'], fields: Readonly<Record<string, Field>>): void {
  const { kind, fields: names } = operators[operator];
  into.setUint32(address, kind, true);
  names.forEach((name, i) => {
    const field = fields[name];
    if (field === undefined) throw new TypeError(`${operator} lacks ${name}`);
    const value = typeof field === 'number' ? field : field.region.address + field.offset;
    if (floatFields.has(name)) into.setFloat32(address + 4 + 4 * i, value, true);
    else into.setInt32(address + 4 + 4 * i, value, true);
  });
}

/** Writes the program and the constants. */
export function emitProgram(plan: Plan, memory: ArrayBufferLike): void {
  const view = new DataView(memory);
  let address = plan.programAddress;
  for (const step of plan.steps) {
    if (step.kind !== 'core') continue;
    writeDescriptor(view, address, step.operator, step.fields);
    address += descriptorBytes;
  }
  const bytes = new Uint8Array(memory);
  for (const region of plan.regions) if (region.data) bytes.set(region.data, region.address);
}

/** Packs all weights: stages each piece in the arena and has `run` execute the descriptor at the given address. */
export function packWeights(plan: Plan, memory: ArrayBufferLike, run: (descriptorAddress: number) => void): void {
  const view = new DataView(memory);
  const bytes = new Uint8Array(memory);
  const staging = plan.arenaAddress + stagingDescriptorBytes;
  const input = { region: { kind: 'arena', name: 'staging', bytes: 0, pinned: false, address: staging } as const, offset: 0 };
  for (const job of plan.packing) {
    for (const piece of packingPieces(job, plan.memory.arena - stagingDescriptorBytes)) {
      bytes.set(piece.bytes, staging);
      writeDescriptor(view, plan.arenaAddress, piece.operator, { ...piece.fields, input });
      run(plan.arenaAddress);
    }
  }
}
