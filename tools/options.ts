// Owns reading the options of the library's functions: known names only, and own properties only.
import { checkOptionNames, type OptionNames } from 'zeropoint/graph';

/** A copy of the object's own properties that inherits nothing, so that a changed Object.prototype gives it no members. */
export function ownProperties<O extends object>(object: O): O {
  return Object.assign(Object.create(null), object);
}

/**
 * The given options as `ownProperties`; `owner` is the function that takes them.
 * @throws ModelError `bad-argument` for what is no object, and for names that are not in `names`
 */
export function readOptions<O extends object>(options: O, names: OptionNames<O>, owner: string): O {
  checkOptionNames<O>(options, names, owner);
  return ownProperties(options);
}
