// Owns the choice of the float binary by the option relaxedFloat.
import { ModelError } from '../errors';
import type { Cores } from './choose';
import { acceptsRelaxed } from './isa';
import type { CoreSource } from './source';

interface ChosenFloat {
  readonly source: CoreSource;
  readonly isRelaxed: boolean;
}

/**
 * The relaxed binary where the option is true, the platform has it and the engine accepts it. Throws `bad-argument` unless it is a boolean.
 */
export function chooseFloat({ simd, relaxed }: Cores, relaxedFloat: boolean): ChosenFloat {
  if (typeof relaxedFloat !== 'boolean')
    throw new ModelError('bad-argument', `relaxedFloat is ${String(relaxedFloat)}; it must be true or false`);
  return relaxedFloat && relaxed && acceptsRelaxed() ? { source: relaxed, isRelaxed: true } : { source: simd, isRelaxed: false };
}
