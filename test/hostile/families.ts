// Owns the list of all families of hostile files.
import { type Family, familiesOf, type Kind } from './families/family';
import { growthKinds } from './families/growth';
import { operatorKinds } from './families/operators';
import { structureKinds } from './families/structure';

/** Every kind in every sharing that makes a difference, in a fixed order. */
export function families(): Family[] {
  const kinds: readonly Kind[] = [...structureKinds, ...operatorKinds, ...growthKinds];
  return kinds.flatMap(familiesOf);
}

/** Whether the files describe tensors of megabytes at any size, so that most of their time is the kernels'. */
export function isVoluminous(name: string): boolean {
  return /^(fold|run|border|detections)/.test(name);
}
