// Owns the bytes of a float plan: the only file of it that writes descriptors.
import { descriptorBytes, floatFields, operators } from './abi';
import { type FloatPlan, programAddress } from './plan';
import type { CoreStep } from './step';

function writeDescriptor(into: DataView, address: number, { operator, fields }: CoreStep): void {
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

/** Writes the program, the constants and the packed weights into zeroed memory. */
export function emitPlan(plan: FloatPlan, memory: ArrayBuffer): void {
  const view = new DataView(memory);
  let address = programAddress;
  for (const step of plan.steps) {
    if (step.kind !== 'core') continue;
    writeDescriptor(view, address, step);
    address += descriptorBytes;
  }
  const bytes = new Uint8Array(memory);
  for (const region of plan.regions) if (region.data) bytes.set(region.data, region.address);
  for (const { region, write } of plan.fills) write(new Float32Array(memory, region.address, region.bytes / 4));
}
