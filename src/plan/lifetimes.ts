// Owns lifetimes: the first and last step that touch each region.
import type { Interval } from './arena';
import type { Reference, Region } from './region';
import type { CoreStep, FloatStep, HostStep } from './step';

/** What touches regions, whichever core runs it. */
type Touching = Pick<CoreStep, 'kind' | 'fields'> | HostStep | FloatStep;

function isReference(field: unknown): field is Reference {
  return typeof field === 'object' && field !== null && 'region' in field;
}

/** Every region that a step reads or writes. */
function touched(step: Touching): Region[] {
  const fields: unknown[] = step.kind === 'core' ? Object.values(step.fields) : [...step.inputs, ...step.outputs];
  return fields.filter(isReference).map((field) => field.region);
}

/** One interval per region, in order. Pinned regions, and all of them when `reuse` is off, live through all steps. */
export function regionLifetimes(regions: readonly Region[], steps: readonly Touching[], reuse: boolean): Interval[] {
  const first = new Map<Region, number>();
  const last = new Map<Region, number>();
  steps.forEach((step, i) => {
    for (const region of touched(step)) {
      if (!first.has(region)) first.set(region, i);
      last.set(region, i);
    }
  });
  return regions.map((region) => {
    const whole = region.pinned || !reuse || !first.has(region);
    return { bytes: region.bytes, first: whole ? 0 : first.get(region)!, last: whole ? steps.length : last.get(region)! };
  });
}
