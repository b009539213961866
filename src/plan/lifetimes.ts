// Owns lifetimes: the steps from the first to the last that read or write each region.
import type { Interval } from './arena';
import { type Address, type Region, wholeOf } from './region';
import type { Step } from './step';

function isAddress(field: unknown): field is Address {
  return typeof field === 'object' && field !== null && 'region' in field;
}

/** Every region that a step reads or writes. */
export function regionsOf(step: Step): Region[] {
  const fields: unknown[] = step.kind === 'core' ? Object.values(step.fields) : [...step.inputs, ...step.outputs];
  return fields.filter(isAddress).map((field) => field.region);
}

/**
 * One interval per region, in order; that of a whole holds those of its parts. Pinned regions, and those that no step reads or writes, live
 * through all steps and after them.
 */
export function regionLifetimes(regions: readonly Region[], steps: readonly Step[]): Interval[] {
  const begin = new Map<Region, number>();
  const end = new Map<Region, number>();
  steps.forEach((step, i) => {
    for (const region of regionsOf(step).map(wholeOf)) {
      if (!begin.has(region)) begin.set(region, i);
      end.set(region, i + 1);
    }
  });
  return regions.map((region) => {
    const isWhole = region.pinned || !begin.has(region);
    return { bytes: region.bytes, begin: isWhole ? 0 : begin.get(region)!, end: isWhole ? steps.length + 1 : end.get(region)! };
  });
}
