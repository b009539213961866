// Owns the bytes of a float plan: program, constants and packed weights.
import { descriptorBytes, floatOperators } from '../core/abi-float';
import { writeDescriptor } from '../plan/descriptor';
import { type FloatPlan, programAddress } from './plan';

/** Writes the program, the constants and the packed weights into zeroed memory. */
export function emitPlan(plan: FloatPlan, memory: ArrayBuffer): void {
  const view = new DataView(memory);
  let address = programAddress;
  for (const step of plan.steps) {
    if (step.kind !== 'core') continue;
    writeDescriptor(view, address, floatOperators[step.operator], step.fields);
    address += descriptorBytes;
  }
  const bytes = new Uint8Array(memory);
  for (const region of plan.regions) if (region.data) bytes.set(region.data, region.address);
  for (const { region, write } of plan.fills) write(new Float32Array(memory, region.address, region.bytes / 4));
}
