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
