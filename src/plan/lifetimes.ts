// Owns lifetimes: the first and last step that touch each region.
import type { Interval } from './arena';
import type { Address, Region } from './region';
import type { Step } from './step';

function isAddress(field: unknown): field is Address {
  return typeof field === 'object' && field !== null && 'region' in field;
}

/** Every region that a step reads or writes. */
function touched(step: Step): Region[] {
  const fields: unknown[] = step.kind === 'core' ? Object.values(step.fields) : [...step.inputs, ...step.outputs];
  return fields.filter(isAddress).map((field) => field.region);
}

/** One interval per region, in order. Pinned regions, and those that no step touches, live through all steps. */
export function regionLifetimes(regions: readonly Region[], steps: readonly Step[]): Interval[] {
  const first = new Map<Region, number>();
  const last = new Map<Region, number>();
  steps.forEach((step, i) => {
    for (const region of touched(step)) {
      if (!first.has(region)) first.set(region, i);
      last.set(region, i);
    }
  });
  return regions.map((region) => {
    const isWhole = region.pinned || !first.has(region);
    return { bytes: region.bytes, first: isWhole ? 0 : first.get(region)!, last: isWhole ? steps.length : last.get(region)! };
  });
}
