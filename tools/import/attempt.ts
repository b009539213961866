// Owns naming the part of a file that an error about the new graph comes from.
import { ModelError } from 'zeropoint';

/** The result of `body`; a ModelError of another place is thrown as one of `where`, with the place inside it in the message. */
export function attempt<T>(body: () => T, where: string): T {
  try {
    return body();
  } catch (cause) {
    if (!(cause instanceof ModelError) || cause.where === where) throw cause;
    throw new ModelError(cause.code, cause.message, { where, cause });
  }
}
